//! A program: compiled, instantiated, and its exports called.

use super::engine::{Extern, Instance, Module, Store};
use super::settings;
use anyhow::{Context, Result};
use transom_bench_protocol::{Compile, Job, Limits, Program, Report};

/// Runs the calls of a program.
pub fn run(name: &str, job: &Job, program: &Program) -> Result<Report> {
    program.run(
        |limits, binaries| ready(name, job, limits, binaries),
        |(store, instance), call| {
            let export = instance.get_typed_func::<i32, i32>(&mut *store, &call.export)?;
            Ok(export.call(&mut *store, call.argument)?)
        },
    )
}

/// An instance of the last module, linked with instances of the others.
fn ready(name: &str, job: &Job, limits: Limits, binaries: &[Vec<u8>]) -> Result<(Store<()>, Instance)> {
    let engine = settings::engine(name, job, limits)?;
    let mut store = Store::new(&engine, ());
    settings::limit(&mut store, limits)?;
    let mut instances: Vec<Instance> = Vec::new();
    for binary in binaries {
        let module = Module::new(&engine, binary)?;
        let mut imports: Vec<Extern> = Vec::new();
        for import in module.imports() {
            let export = instances
                .iter()
                .find_map(|instance| instance.get_export(&mut store, import.name()));
            imports.push(export.with_context(|| format!("nothing exports {}", import.name()))?);
        }
        instances.push(Instance::new(&mut store, &module, &imports)?);
    }
    Ok((store, instances.pop().context("a program has a module")?))
}

/// Compiles modules one after another.
pub fn compile(name: &str, job: &Job, compile: &Compile) -> Result<Report> {
    let engine = settings::engine(name, job, Limits::Default)?;
    compile.run(|binary| Ok(Module::new(&engine, binary)?.exports().count()))
}
