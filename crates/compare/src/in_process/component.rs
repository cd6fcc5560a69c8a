//! Components in this process: an instance for each call, which imports nothing.

use super::bounded::{guarded, refused, stopped, store};
use crate::engine::{FunctionCall, Task, all, impossible};
use crate::outcome::{Outcome, Phase, Step, Trap, Unlinkable};
use crate::process::Bounds;
use transom::component::{Component, Linker, Val};
use transom::{Engine, StoreLimits};
use transom_inspect::invocation::Invocation;
use transom_inspect::wave;

/// What comes of each step of a task for a component.
pub fn steps(engine: &Engine, binary: &[u8], task: &Task, bounds: Bounds) -> Vec<Step> {
    let component = guarded(|| Component::from_binary(engine, binary).map_err(|error| refused(&error)));
    let component = match component {
        Ok(component) => component,
        Err(step) => return all(task, &step),
    };
    let run = |call| guarded(|| run(&component, call, bounds)).unwrap_or_else(|step| step);
    match task {
        Task::Functions(calls) => calls.iter().map(|call| run(Some(call))).collect(),
        _ => all(task, &run(None)),
    }
}

/// Instantiates a component, and calls a function if there is one to call.
fn run(component: &Component, call: Option<&FunctionCall>, bounds: Bounds) -> Result<Step, Step> {
    let linker = Linker::<StoreLimits>::new(component.engine());
    if let Some(problem) = linker.link_problems(component).first() {
        let outcome = Outcome::Unlinkable(Unlinkable::MissingImport);
        let names = format!("{:?} is imported", problem.path.join("#"));
        return Err(Step::new(Phase::Link, outcome).saying(names));
    }
    let mut store = store(component.engine(), bounds)?;
    let instance = linker
        .instantiate(&mut store, component)
        .map_err(|error| stopped(Phase::Instantiate, &error))?;
    let Some(call) = call else {
        return Ok(Step::new(Phase::Execute, Outcome::Accepted));
    };
    let mut place = None;
    for name in call.instances.iter().chain([&call.function]) {
        place = instance.get_export_index(&mut store, place.as_ref(), name);
    }
    let Some(func) = place.and_then(|place| instance.get_func(&mut store, place)) else {
        return Ok(Step::new(Phase::Execute, Outcome::Accepted));
    };
    let ty = func.ty(&store);
    let arguments = Invocation::parse(&call.text).and_then(|call| call.arguments(&ty));
    let arguments = arguments.map_err(|error| impossible(error.message))?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    func.call(&mut store, &arguments, &mut results)
        .map_err(|error| widened(stopped(Phase::Execute, &error)))?;
    // What is read again has the text that another engine's value gets.
    let text = |(value, ty)| {
        let text = wave::text(value);
        wave::canonical(&text, &ty).unwrap_or(text)
    };
    let text = results.iter().zip(ty.results()).map(text).next();
    Ok(Step::new(
        Phase::Execute,
        Outcome::Value(text.unwrap_or_default()),
    ))
}

/// A trap with the other kinds that others may see in it: the engine has one kind for all that is beyond a memory, whether code of the program
/// or the canonical ABI leads there, and does not tell what `realloc` returned from a string or a list that is beyond it.
fn widened(mut step: Step) -> Step {
    if let Outcome::Trap(traps) = &mut step.outcome {
        match traps[..] {
            [Trap::OutOfBoundsMemory] => traps.extend([Trap::OutOfBoundsList, Trap::OutOfBoundsPointer]),
            [Trap::OutOfBoundsString | Trap::OutOfBoundsList] => traps.push(Trap::OutOfBoundsPointer),
            _ => {}
        }
    }
    step
}
