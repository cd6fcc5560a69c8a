//! What it costs that a program can be stopped.

use crate::programs::KERNELS;
use crate::subject::{Row, Subject, Value, call};
use crate::world::World;
use transom_bench_protocol::{Limits, Program, Task};

pub const ABOUT: &str = "What it costs that a program can be stopped from outside (epochs in Wasmtime; Transom's \
    programs always can be), and that its work is counted (fuel, metering). The same process runs the program with and \
    without, in turns: a factor of 1 is no cost.";

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
