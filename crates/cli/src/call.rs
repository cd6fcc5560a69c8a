//! Calls of a program: `_start`, or the function of `--invoke`.
//!
//! Every error of a call becomes a failure by `ending::failure`.

use crate::args::Run;
use crate::ending;
use crate::entry::Entry;
use crate::failure::Failure;
use crate::output::say;
use crate::values;
use crate::world::World;
use transom::{Escaped, Instance, Store, Val, component};
use transom_inspect::{functions, wave};

/// Calls what was decided to be called, and prints the results of the function of `--invoke`, one a line.
pub fn entry(store: &mut Store<World>, instance: Instance, entry: &Entry, args: &Run) -> Result<(), Failure> {
    if let Some(first) = entry.first {
        call(store, instance, (first, &[]), args)?;
    }
    let Some((name, arguments)) = &entry.invoked else {
        return Ok(());
    };
    for result in call(store, instance, (name, arguments), args)? {
        say(format_args!("{}\n", values::display(&*store, &result)))?;
    }
    Ok(())
}

/// Calls a function of a component, and prints its result in WAVE, if it has one.
pub fn component(
    store: &mut Store<World>,
    instance: &component::Instance,
    call: &functions::Call,
    args: &Run,
) -> Result<(), Failure> {
    let function = &call.function;
    let mut place = None;
    for name in function.instances.iter().chain([&function.name]) {
        place = instance.get_export_index(&mut *store, place.as_ref(), name);
    }
    let func = place.and_then(|place| instance.get_func(&mut *store, place));
    let func = func.expect("the component exports the function");
    let mut results = vec![component::Val::Bool(false); function.ty.results().len()];
    func.call(&mut *store, &call.arguments, &mut results)
        .map_err(|error| ending::failure(store, &error, args))?;
    let mut texts = results.iter().map(wave::text);
    texts.try_for_each(|text| say(format_args!("{text}\n")))
}

/// Calls an exported function with arguments of its types.
pub fn call(
    store: &mut Store<World>,
    instance: Instance,
    (name, arguments): (&str, &[Val]),
    args: &Run,
) -> Result<Vec<Val>, Failure> {
    let func = instance.get_func(&mut *store, name);
    let func = func.ok_or_else(|| {
        Failure::new(format!(
            "the module does not export a function `{}`",
            Escaped(name)
        ))
    })?;
    let mut results = vec![Val::I32(0); func.ty(&*store).results().len()];
    func.call(&mut *store, arguments, &mut results)
        .map_err(|error| ending::failure(store, &error, args))?;
    Ok(results)
}
