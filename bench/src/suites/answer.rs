//! From the bytes of a module to its result: what somebody waits who runs a program once.

use crate::programs::{KERNELS, LARGER};
use crate::subject::{Row, Subject, Value, call, program};
use crate::world::World;

pub const ABOUT: &str = "Time from the bytes of a module to its result, in a process that has already started: \
    compilation and one call. Programs run from a millisecond to seconds. Both fast compilation and fast code \
    therefore matter.";

/// The kernels that are here too: small code, so that what is compiled hardly counts when they run long.
const SOME: &[&str] = &[
    "nbody",
    "mandelbrot",
    "collatz",
    "sort",
    "json",
    "regex",
    "sha256",
    "forth",
    "raytracer",
    "matrix_simd",
];

/// The larger programs that run for seconds too.
const LONG: &[&str] = &["lua", "sqlite", "zstd"];

pub fn subjects(world: &World) -> Vec<Subject> {
    let kernels = KERNELS
        .iter()
        .filter(|kernel| SOME.contains(&kernel.name))
        .enumerate()
        .map(|(index, kernel)| {
            // Half of them run for moments.
            let size = if world.quick { 1 } else { index % 2 };
            let task = program(
                world.kernel(kernel.name),
                vec![call("run", kernel.arguments[size], 1)],
            );
            let name = format!("{} {}", kernel.name, kernel.arguments[size]);
            Subject::new(
                name.clone(),
                task,
                vec![Row::new(name, Value::Answer).about(kernel.about)],
            )
            .known([kernel.known[size]])
        });
    let larger = LARGER.iter().flat_map(|larger| {
        let runs = match (world.quick, LONG.contains(&larger.name)) {
            (true, _) => &larger.runs[..1],
            (false, false) => &larger.runs[..2],
            (false, true) => larger.runs,
        };
        runs.iter().enumerate().map(|(length, &(argument, known))| {
            let name = format!("{} {argument}", larger.name);
            let row = vec![Row::new(name.clone(), Value::Answer).about(larger.about)];
            let subject = match world.made(&format!("programs/{}.wasm", larger.name)) {
                Ok(module) => Subject::new(name, program(module, vec![call("run", argument, 1)]), row),
                Err(reason) => Subject::each(name, move |_| Err(reason.clone()), row),
            };
            // What runs for seconds varies little.
            subject
                .known([known])
                .rounds(if length == 2 { 2 } else { usize::MAX })
        })
    });
    kernels.chain(larger).collect()
}
