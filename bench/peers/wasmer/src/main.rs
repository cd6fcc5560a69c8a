//! Wasmer, measured: `wasmer` with Cranelift, `singlepass` with its baseline compiler. Its interface is its own, so
//! what `api` has for the others is written again here.

mod cases;
mod settings;

use anyhow::{Context, Result, bail};
use settings::Settings;
use std::path::PathBuf;
use std::time::Instant;
use transom_bench_protocol::{Called, Compile, Job, Limits, Program, Report, Task, answer, locked};
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
        Task::Program(program) => run_program(&settings, program),
        Task::Compile(task) => compile(&settings, task),
        Task::Case(case) => match case.suite.as_str() {
            "calls" => cases::calls(&settings, case),
            "instantiate" => cases::instantiate(&settings, case),
            "wasi" => bail!("the benchmark has no host for it"),
            other => bail!("no suite {other}"),
        },
        Task::Command(_) => bail!("commands are run by the benchmark itself"),
    }
}

/// A program, ready to be called.
struct Ready {
    store: Store,
    instance: Instance,
}

fn run_program(settings: &Settings<'_>, program: &Program) -> Result<Report> {
    let binaries = read(&program.modules)?;
    let start = Instant::now();
    let ready = program
        .limits
        .iter()
        .map(|&limits| ready(settings, limits, &binaries));
    let mut ready: Vec<Ready> = ready.collect::<Result<_>>()?;
    let compile = start.elapsed().as_secs_f64();
    let mut calls: Vec<Called> = Vec::new();
    for call in &program.calls {
        let mut called = vec![Called::default(); ready.len()];
        for _ in 0..call.times {
            for (Ready { store, instance }, called) in ready.iter_mut().zip(&mut called) {
                let export = instance
                    .exports
                    .get_typed_function::<i32, i32>(store, &call.export)?;
                called.time(|| Ok(export.call(store, call.argument)?))?;
            }
        }
        calls.extend(called);
    }
    Ok(Report {
        compile,
        calls,
        ..Report::default()
    })
}

/// An instance of the last module, linked with instances of the others.
fn ready(settings: &Settings<'_>, limits: Limits, binaries: &[Vec<u8>]) -> Result<Ready> {
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
    let instance = instances.pop().context("a program has a module")?;
    Ok(Ready { store, instance })
}

fn compile(settings: &Settings<'_>, compile: &Compile) -> Result<Report> {
    let binaries = read(&compile.modules)?;
    let engine = settings.engine(Limits::Default)?;
    let mut called = Called::default();
    for _ in 0..compile.times {
        called.time(|| {
            let modules = binaries
                .iter()
                .map(|binary| Ok(Module::new(&engine, binary)?.exports().count() as i32));
            modules.sum()
        })?;
    }
    Ok(called.into())
}

fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    paths
        .iter()
        .map(|path| std::fs::read(path).with_context(|| path.display().to_string()))
        .collect()
}
