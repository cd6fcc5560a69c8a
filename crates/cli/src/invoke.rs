//! `--invoke`: calls one exported function with arguments that are written as text.

use crate::args::Limits;
use crate::failure::Failure;
use crate::output::say;
use crate::report;
use crate::values;
use crate::world::World;
use transom::{Escaped, ExternType, Func, Instance, Module, Store, Val};

/// What to call.
pub struct Invocation<'a> {
    pub name: &'a str,
    pub args: &'a [String],
    pub limits: &'a Limits,
}

/// Calls the function and prints its results, one a line.
pub fn invoke(
    store: &mut Store<World>,
    module: &Module,
    instance: Instance,
    call: &Invocation<'_>,
) -> Result<(), Failure> {
    let Some(func) = instance.get_func(&mut *store, call.name) else {
        let failure = Failure::new(format!("the module exports no function `{}`", Escaped(call.name)));
        return Err(failure.details(functions(module)));
    };
    let args = arguments(store, func, call)?;
    let mut results = vec![Val::I32(0); func.ty(&*store).results().len()];
    func.call(&mut *store, &args, &mut results)
        .map_err(|error| report::ended(&error, call.limits))?;
    for result in &results {
        say(format_args!("{}\n", values::display(&*store, result)))?;
    }
    Ok(())
}

fn arguments(store: &Store<World>, func: Func, call: &Invocation<'_>) -> Result<Vec<Val>, Failure> {
    let ty = func.ty(store);
    let signature = || format!("`{}` is {}", Escaped(call.name), values::signature(&ty));
    if ty.params().len() != call.args.len() {
        let what = format!(
            "`{}` takes {} argument(s), not {}",
            Escaped(call.name),
            ty.params().len(),
            call.args.len()
        );
        return Err(Failure::new(what).hint(signature()));
    }
    let parsed = call
        .args
        .iter()
        .zip(ty.params())
        .map(|(text, ty)| values::parse(text, &ty));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|what| Failure::new(what).hint(signature()))
}

/// The functions that a module exports, one a line, with their types.
fn functions(module: &Module) -> String {
    let mut text = "it exports".to_owned();
    for export in module.exports() {
        if let ExternType::Func(ty) = export.ty() {
            text += &format!("\n  {} {}", Escaped(export.name()), values::signature(&ty));
        }
    }
    text
}

/// Everything that a module exports, one a line.
pub fn exports(module: &Module) -> String {
    let mut text = String::new();
    for export in module.exports() {
        let what = match export.ty() {
            ExternType::Func(ty) => format!("function {}", values::signature(&ty)),
            ExternType::Global(ty) => format!("global {}", ty.content()),
            ExternType::Table(ty) => format!("table of {}", ty.element()),
            ExternType::Memory(_) => "memory".to_owned(),
            ExternType::Tag(_) => "tag".to_owned(),
        };
        text += &format!("  {}: {what}\n", Escaped(export.name()));
    }
    text
}
