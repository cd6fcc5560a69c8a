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
use transom::{Escaped, Instance, Store, Val};

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
