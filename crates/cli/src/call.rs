//! Calls of a program: `_start`, or the function of `--invoke` with arguments that are written as text.
//!
//! Every error of a call becomes a failure by `report::ended`, which decides the exit code.

use crate::args::{Limits, Run};
use crate::failure::Failure;
use crate::output::say;
use crate::report;
use crate::values;
use crate::world::World;
use transom::{Escaped, ExternType, Func, Instance, Module, Store, Val};

/// Runs the program, or calls the function that `--invoke` names.
pub fn program(
    store: &mut Store<World>,
    module: &Module,
    instance: Instance,
    args: &Run,
) -> Result<(), Failure> {
    if let Some(name) = &args.invoke {
        // A library of WASI is set up by this function before any other one is called.
        export(store, instance, "_initialize", &args.limits)?;
        return invoke(store, module, instance, name, args);
    }
    if !export(store, instance, "_start", &args.limits)? {
        let (file, exports) = (Escaped(args.file().display()), exports(module));
        say(match exports.is_empty() {
            true => format!("`{file}` is not a program, and it has no exports\n"),
            false => format!("`{file}` is not a program (it has no `_start`); its exports:\n{exports}"),
        })?;
    }
    Ok(())
}

/// Calls an export that takes and returns nothing; whether there is one.
pub fn export(
    store: &mut Store<World>,
    instance: Instance,
    name: &str,
    limits: &Limits,
) -> Result<bool, Failure> {
    let Ok(func) = instance.get_typed_func::<(), ()>(&mut *store, name) else {
        return Ok(false);
    };
    func.call(&mut *store, ())
        .map_err(|error| report::ended(&error, limits))?;
    Ok(true)
}

/// Calls the function and prints its results, one a line.
fn invoke(
    store: &mut Store<World>,
    module: &Module,
    instance: Instance,
    name: &str,
    args: &Run,
) -> Result<(), Failure> {
    let Some(func) = instance.get_func(&mut *store, name) else {
        let failure = Failure::new(format!(
            "the module does not export a function `{}`",
            Escaped(name)
        ));
        return Err(failure.details(functions(module)));
    };
    let arguments = arguments(store, func, name, args.args())?;
    let mut results = vec![Val::I32(0); func.ty(&*store).results().len()];
    func.call(&mut *store, &arguments, &mut results)
        .map_err(|error| report::ended(&error, &args.limits))?;
    for result in &results {
        say(format_args!("{}\n", values::display(&*store, result)))?;
    }
    Ok(())
}

fn arguments(store: &Store<World>, func: Func, name: &str, texts: &[String]) -> Result<Vec<Val>, Failure> {
    let ty = func.ty(store);
    let signature = || format!("`{}` has the type {}", Escaped(name), values::signature(&ty));
    if ty.params().len() != texts.len() {
        let what = format!(
            "`{}` takes {} argument(s), not {}",
            Escaped(name),
            ty.params().len(),
            texts.len()
        );
        return Err(Failure::new(what).hint(signature()));
    }
    let parsed = texts
        .iter()
        .zip(ty.params())
        .map(|(text, ty)| values::parse(text, &ty));
    parsed
        .collect::<Result<_, _>>()
        .map_err(|what| Failure::new(what).hint(signature()))
}

/// The functions that a module exports, one a line, with their types.
fn functions(module: &Module) -> String {
    let mut text = "its exported functions:".to_owned();
    for export in module.exports() {
        if let ExternType::Func(ty) = export.ty() {
            text += &format!("\n  {} {}", Escaped(export.name()), values::signature(&ty));
        }
    }
    text
}

/// Everything that a module exports, one a line.
fn exports(module: &Module) -> String {
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
