//! Programs that call their host by WASI preview 1.

use crate::subject::{Row, Subject, Value};
use crate::world::World;
use anyhow::Result;
use std::fs::{File, create_dir, write};
use transom_bench_protocol::{Case, Task};

pub const ABOUT: &str = "Calls of WASI preview 1, and file access. Native is the same work without a WebAssembly \
    program.";

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let (bytes, many, few, calls) = match world.quick {
        true => (1 << 22, 1_000, 100, 1_000),
        // Wasmtime reads the whole directory for each part of it.
        false => (1 << 28, 4_000, 400, 200_000),
    };
    prepare(world, bytes, many, few)?;
    let guest = world.module("wasi", include_str!("../../wasi/guest.wat"))?;
    let subject = |row: Row, export: &str, count: u64| {
        let task = Task::Case(Case {
            suite: "wasi".to_owned(),
            name: export.to_owned(),
            count,
            times: 3,
            module: guest.clone(),
            folder: world.folder.path().to_owned(),
        });
        Subject::new(row.name.clone(), task, vec![row])
    };
    let time = |name: &str| Row::new(name, Value::Each(0));
    let rate = |name: &str| Row::new(name, Value::PerSecond(0));
    Ok(vec![
        subject(time("fd_write of 64 bytes, captured").most(60e-9), "write", calls),
        subject(time("clock_time_get, monotonic").most(40e-9), "monotonic", calls),
        subject(time("clock_time_get, realtime").most(40e-9), "realtime", calls),
        subject(time("random_get of 16 bytes"), "random", calls),
        subject(time("path_open and fd_close"), "open", calls / 10),
        subject(
            rate("writing a file, 64 KiB blocks").ahead(&[("native", 0.9)]),
            "write_file",
            bytes,
        ),
        subject(
            rate("reading a file, 64 KiB blocks").ahead(&[("native", 0.9)]),
            "read_file",
            bytes,
        ),
        subject(time("fd_readdir, an entry of many"), "list_many", many),
        subject(time("fd_readdir, an entry of few"), "list_few", few),
    ])
}

/// Makes the file `read`, and the folders `many` and `few` to list.
fn prepare(world: &World, bytes: u64, many: u64, few: u64) -> Result<()> {
    for (name, count) in [("many", many), ("few", few)] {
        let folder = world.folder.path().join(name);
        create_dir(&folder)?;
        for index in 0..count {
            File::create(folder.join(format!("file-{index:06}.txt")))?;
        }
    }
    write(world.folder.path().join("read"), vec![0; bytes as usize])?;
    Ok(())
}
