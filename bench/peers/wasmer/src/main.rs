//! Wasmer, measured: `wasmer` with Cranelift, `singlepass` with its baseline compiler. Its interface is its own, so
//! what `api` has for the others is written again here.

mod cases;
mod settings;

use anyhow::{Context, Result, bail};
use settings::Settings;
use transom_bench_protocol::{Call, Compile, Job, Limits, Report, Task, answer, locked};
use wasmer::{Imports, Instance, Module, Store};

fn main() -> Result<()> {
    answer(
        std::env::args().skip(1),
        locked("wasmer", include_str!("../Cargo.lock")),
        run,
    )
}

fn run(engine: &str, job: &Job) -> Result<Report> {
    let settings = Settings { engine, job };
    match &job.task {
        Task::Program(program) => program.run(|limits, binaries| ready(&settings, limits, binaries), call),
        Task::Compile(task) => compile(&settings, task),
        Task::Case(case) => match case.suite.as_str() {
            "calls" => cases::calls(&settings, case),
            "instantiate" => cases::instantiate(&settings, case),
            "edges" => bail!("its interface differs too much there"),
            "wasi" => bail!("the benchmark has no host for it"),
            other => bail!("no suite {other}"),
        },
        Task::Command(_) => bail!("commands are run by the benchmark itself"),
    }
}

/// An instance of the last module, linked with instances of the others.
fn ready(settings: &Settings<'_>, limits: Limits, binaries: &[Vec<u8>]) -> Result<(Store, Instance)> {
    let mut store = Store::new(settings.engine(limits)?);
    let mut instances: Vec<Instance> = Vec::new();
    for binary in binaries {
        let module = Module::new(&store, binary)?;
        let mut imports = Imports::new();
        for import in module.imports() {
            let export = instances
                .iter()
                .find_map(|instance| instance.exports.get_extern(import.name()));
            let export = export.with_context(|| format!("nothing exports {}", import.name()))?;
            imports.define(import.module(), import.name(), export.clone());
        }
        instances.push(Instance::new(&mut store, &module, &imports)?);
    }
    Ok((store, instances.pop().context("a program has a module")?))
}

fn call((store, instance): &mut (Store, Instance), call: &Call) -> Result<i32> {
    let export = instance
        .exports
        .get_typed_function::<i32, i32>(store, &call.export)?;
    Ok(export.call(store, call.argument)?)
}

fn compile(settings: &Settings<'_>, compile: &Compile) -> Result<Report> {
    let engine = settings.engine(Limits::Default)?;
    compile.run(|binary| Ok(Module::new(&engine, binary)?.exports().count()))
}
