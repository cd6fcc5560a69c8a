//! Kernels, once they are warm: what compiled code is worth.

use crate::programs::KERNELS;
use crate::subject::{Row, Subject, Value, call, program};
use crate::world::World;

pub const ABOUT: &str = "Run time of C kernels after warm-up: the median of the second half of five calls. Native \
    code comes from the same compiler and the same source. It uses vectors of the same width, and none where the \
    WebAssembly code uses none.";

pub fn subjects(world: &World) -> Vec<Subject> {
    let quick = usize::from(world.quick);
    let kernels = KERNELS.iter().map(|kernel| {
        let task = program(
            world.kernel(kernel.name),
            vec![call("run", kernel.arguments[quick], 5)],
        );
        let row = Row::new(kernel.name, Value::Warm(0))
            .about(kernel.about)
            .ahead(&[("wasmtime", 0.97)]);
        Subject::new(kernel.name, task, vec![row]).known([kernel.known[quick]])
    });
    kernels.collect()
}
