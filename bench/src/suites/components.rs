//! Components: calls across their boundaries, and instances of a composition.

use crate::subject::{Row, Subject, Value};
use crate::world::World;
use anyhow::Result;
use transom_bench_protocol::{Case, Task};

pub const ABOUT: &str = "One call of a function of two integers into a component, out of it, and from one component to another; lists and \
    strings from one component to another, and from the host; and the creation, one call and destruction of a store with an instance of \
    four components. Items are records of a u64, a bool and an f32.";

/// The row, the case, how many calls, and what Transom aims at.
const CALLS: &[(&str, &str, u64, f64)] = &[
    ("host to component", "host to component", 3_000_000, 15e-9),
    ("component to host", "run-host", 5_000_000, 8e-9),
    ("component to component", "run-add", 10_000_000, 4e-9),
    (
        "component to component, 1 MiB of bytes",
        "run-bytes",
        1_000,
        105e-6,
    ),
    (
        "component to component, a string of 1 KiB",
        "run-text",
        500_000,
        150e-9,
    ),
    (
        "component to component, a string of 1 KiB as the result",
        "run-give",
        500_000,
        150e-9,
    ),
    ("component to component, 1,000 items", "run-items", 10_000, 5e-6),
    (
        "host to component, 1 MiB of bytes",
        "host to component, a list of bytes",
        1_000,
        105e-6,
    ),
    (
        "host to component, a string of 1 KiB",
        "host to component, a string",
        500_000,
        150e-9,
    ),
];

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let calls = world.module("component calls", include_str!("../../components/calls.wat"))?;
    let four = world.module("four components", include_str!("../../components/four.wat"))?;
    let case = |name: &str, module: &std::path::Path, count| {
        Task::Case(Case {
            suite: "components".to_owned(),
            name: name.to_owned(),
            count,
            times: 6,
            module: module.to_owned(),
            folder: world.folder.path().to_owned(),
        })
    };
    let mut subjects = Vec::new();
    for &(title, name, count, most) in CALLS {
        let count = if world.quick { count / 20 } else { count };
        let row = Row::new(title, Value::Warm(0)).most(most);
        subjects.push(Subject::new(title, case(name, &calls, count), vec![row]));
    }
    let title = "four components, an instance and a call";
    let count = if world.quick { 100 } else { 3_000 };
    let row = Row::new(title, Value::Each(0));
    subjects.push(Subject::new(title, case("instances", &four, count), vec![row]));
    Ok(subjects)
}
