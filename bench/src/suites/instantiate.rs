//! Instances of a module that is known.

use crate::subject::{Row, Subject, Value};
use crate::world::World;
use anyhow::Result;
use transom_bench_protocol::{Case, Task};

pub const ABOUT: &str = "Creation and destruction of a store and an instance of a compiled module; and many \
    instances at once, with the resident memory of each. Pooling is Wasmtime's allocator with preallocated slots.";

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let bare = world.module("functions", include_str!("../../instantiate/bare.wat"))?;
    let whole = world.module("whole", include_str!("../../instantiate/whole.wat"))?;
    let (one, many) = if world.quick { (200, 500) } else { (5_000, 10_000) };
    let case = |name: &str, module: &std::path::Path, count, times| {
        Task::Case(Case {
            suite: "instantiate".to_owned(),
            name: name.to_owned(),
            count,
            times,
            module: module.to_owned(),
            folder: world.folder.path().to_owned(),
        })
    };
    let subject = |title: String, task, row: Row| Subject::new(title, task, vec![row]);
    let mut subjects = Vec::new();
    for (name, module) in [
        ("functions only", &bare),
        ("memory and table", &whole),
        ("memory and table, and a call", &whole),
    ] {
        let row = Row::new(name, Value::Each(0)).most(5e-6);
        subjects.push(subject(name.to_owned(), case(name, module, one, 5), row));
    }
    let title = format!("{many} alive at once, time of each");
    subjects.push(subject(
        title.clone(),
        case("alive at once", &whole, many, 1),
        Row::new(title, Value::Each(0)),
    ));
    for (count, title) in [
        (1, "1 alive, memory".to_owned()),
        (many, format!("{many} alive at once, memory of each")),
    ] {
        let row = Row::new(title.clone(), Value::Each(0)).memory();
        subjects.push(subject(
            title,
            case("alive at once, memory of each", &whole, count, 1),
            row,
        ));
    }
    Ok(subjects)
}
