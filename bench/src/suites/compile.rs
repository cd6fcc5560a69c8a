//! Compilers, in bytes of WebAssembly per second, and in memory.

use crate::programs::KERNELS;
use crate::subject::{Row, Subject, Value};
use crate::world::World;
use std::path::{Path, PathBuf};
use transom_bench_protocol::{Compile, Job, Task, Tier};

pub const ABOUT: &str = "Bytes of WebAssembly compiled per second, with all functions compiled: by the compiler with \
    the best code, and by the quickest compiler, which is the baseline compiler of Transom and V8.";

/// A module that `setup` brings: its file, its name, and whether it takes too long to be compiled more than once.
const BROUGHT: &[(&str, &str, bool)] = &[
    ("programs/sqlite.wasm", "sqlite", false),
    ("modules/boolector.wasm", "boolector", false),
    ("modules/yosys.wasm", "yosys", true),
];

pub fn subjects(world: &World) -> Vec<Subject> {
    let kernels: Vec<PathBuf> = KERNELS.iter().map(|kernel| world.kernel(kernel.name)).collect();
    let mut subjects = tiers("the kernels", Ok(kernels), false);
    for &(file, name, long) in BROUGHT {
        if !(long && world.quick) {
            subjects.extend(tiers(name, world.made(file).map(|path| vec![path]), long));
        }
    }
    subjects
}

fn tiers(name: &str, modules: Result<Vec<PathBuf>, String>, long: bool) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (tier, how) in [(Tier::Optimising, "optimised"), (Tier::Quickest, "quickest")] {
        for threads in [1, 2] {
            if long && threads == 1 {
                continue;
            }
            let name = format!(
                "{name}, {how}, {threads} thread{}",
                if threads == 1 { "" } else { "s" }
            );
            let subject = subject(name, modules.clone(), tier, threads);
            subjects.push(if long { subject.rounds(1) } else { subject });
        }
    }
    subjects
}

fn subject(name: String, modules: Result<Vec<PathBuf>, String>, tier: Tier, threads: usize) -> Subject {
    let bytes = |path: &PathBuf| Path::new(path).metadata().map_or(0, |data| data.len());
    let total = modules.iter().flatten().map(bytes).sum();
    let rows = vec![
        Row::new(name.clone(), Value::Rate(0, total)),
        Row::new(format!("{name}, peak memory"), Value::Peak),
    ];
    let job = modules.map(|modules| Job {
        // Once in each process: V8 would find again what it has compiled.
        task: Task::Compile(Compile { modules, times: 1 }),
        threads,
        tier,
    });
    Subject::each(name, move |_| job.clone(), rows)
}
