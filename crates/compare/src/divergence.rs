//! Reduction of a module while engines diverge in the same way.

use crate::comparer::Comparer;
use crate::comparison::Comparison;
use crate::engine::Task;
use crate::process;
use crate::subjects::Subject;
use crate::verdict::Kind;
use std::time::{Duration, Instant};
use transom_inspect::{Error, Result};
use transom_reduce::{Bounds, Progress, reduce};

/// Reduces a module while engines diverge in the same way at the same call. Returns the module with that one call.
///
/// Assumes that engines with the same outcome continue to agree: only one engine of each group runs, and all run at the end.
///
/// # Errors
///
/// The engines agree, the divergence is not reproducible, or the subject is not a module.
pub fn reduce_divergence(
    comparer: &Comparer,
    subject: Subject,
    comparison: &Comparison,
    bounds: &Bounds,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Subject> {
    let Some((at, name)) = comparison
        .verdict
        .at
        .clone()
        .filter(|_| comparison.verdict.kind != Kind::Agreement)
    else {
        return Err(Error::new("the engines agree about this module"));
    };
    let task = match subject.task {
        Task::Calls(_) => Task::Calls(vec![name]),
        Task::Program(arguments) => Task::Program(arguments),
        Task::Script => return Err(Error::new("cannot reduce a script; reduce one of its modules")),
        Task::Instantiate | Task::Functions(_) => return Err(Error::new("cannot reduce a component")),
    };
    let subject = Subject {
        task,
        labels: subject.labels.get(at).cloned().into_iter().collect(),
        ..subject
    };
    let first = |names: &Vec<String>| {
        comparer
            .engines()
            .position(|engine| names.contains(&engine.identity().name))
    };
    let few = comparison
        .verdict
        .groups
        .iter()
        .filter_map(|group| first(&group.engines))
        .collect::<Vec<_>>();
    let all = (0..comparer.engines().count()).collect::<Vec<_>>();
    for engines in [few, all.clone()] {
        let reduced = reduce_with(comparer, &subject, &engines, bounds, progress)?;
        let whole = comparer.bounds();
        if signature(comparer, &reduced, &all, whole)? == signature(comparer, &subject, &all, whole)? {
            return Ok(reduced);
        }
    }
    Err(Error::new(
        "the divergence is not reproducible: engines diverge in different ways in each run",
    ))
}

fn reduce_with(
    comparer: &Comparer,
    subject: &Subject,
    engines: &[usize],
    bounds: &Bounds,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Subject> {
    let start = Instant::now();
    let wanted = signature(comparer, subject, engines, comparer.bounds())?;
    // What is left of a loop may never end, and there is no need to wait long to see that it is something else.
    let within = process::Bounds {
        time: comparer.bounds().time.min(10 * start.elapsed() + LEAST),
        ..comparer.bounds()
    };
    let with = |bytes: &[u8]| Subject {
        bytes: bytes.to_vec(),
        ..subject.clone()
    };
    let mut keeps =
        |bytes: &[u8]| signature(comparer, &with(bytes), engines, within).is_ok_and(|found| found == wanted);
    let reduced = reduce(&subject.bytes, bounds, &mut keeps, progress)?;
    Ok(with(&reduced.binary))
}

/// The least time that a candidate has.
const LEAST: Duration = Duration::from_millis(100);

fn signature(
    comparer: &Comparer,
    subject: &Subject,
    engines: &[usize],
    within: process::Bounds,
) -> Result<String> {
    let compared = comparer.compare_some(subject.clone(), engines, within);
    let compared = compared.map_err(|error| Error::new(format!("cannot write temporary files: {error}")))?;
    Ok(compared.verdict.signature())
}
