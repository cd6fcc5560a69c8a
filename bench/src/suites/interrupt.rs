//! What it costs that a program can be stopped.

use crate::programs::KERNELS;
use crate::subject::{Row, Subject, Value, call};
use crate::world::World;
use transom_bench_protocol::{Limits, Program, Task};

pub const ABOUT: &str = "The cost of interruption from outside (epochs in Wasmtime; Transom's programs are always \
    interruptible), and of counting work (fuel, metering). The same process runs the program with and without it, in \
    turns. A factor of 1 means no cost.";

const SOME: &[&str] = &["sha256", "sort", "interpreter", "recursion", "matrix_simd"];

pub fn subjects(world: &World) -> Vec<Subject> {
    let quick = usize::from(world.quick);
    let kernels = KERNELS.iter().filter(|kernel| SOME.contains(&kernel.name));
    let subjects = kernels.flat_map(|kernel| {
        [
            (Limits::Interruptible, "interruptible"),
            (Limits::Fuel, "with fuel"),
        ]
        .map(|(limits, how)| {
            let task = Task::Program(Program {
                modules: vec![world.kernel(kernel.name)],
                limits: vec![Limits::Default, limits],
                calls: vec![call("run", kernel.arguments[quick], 5)],
            });
            let rows = vec![
                Row::new(format!("{}, {how}", kernel.name), Value::Warm(1)),
                Row::new(format!("{}, {how}, by without", kernel.name), Value::WarmBy(1, 0)),
            ];
            Subject::new(format!("{}, {how}", kernel.name), task, rows).known([kernel.known[quick]; 2])
        })
    });
    subjects.collect()
}
