//! A program: compiled, instantiated, and its exports called.

use super::engine::{Extern, Instance, Module, Store};
use super::settings;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Instant;
use transom_bench_protocol::{Called, Compile, Job, Limits, Program, Report};

/// A program, ready to be called.
struct Ready {
    store: Store<()>,
    instance: Instance,
}

/// Runs the calls, each on every copy of the program in turns.
pub fn run(name: &str, job: &Job, program: &Program) -> Result<Report> {
    let binaries = read(&program.modules)?;
    let start = Instant::now();
    let ready = program
        .limits
        .iter()
        .map(|&limits| ready(name, job, limits, &binaries));
    let mut ready: Vec<Ready> = ready.collect::<Result<_>>()?;
    let compile = start.elapsed().as_secs_f64();
    let mut calls: Vec<Called> = Vec::new();
    for call in &program.calls {
        let mut called = vec![Called::default(); ready.len()];
        for _ in 0..call.times {
            for (Ready { store, instance }, called) in ready.iter_mut().zip(&mut called) {
                let export = instance.get_typed_func::<i32, i32>(&mut *store, &call.export)?;
                called.time(|| Ok(export.call(&mut *store, call.argument)?))?;
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
fn ready(name: &str, job: &Job, limits: Limits, binaries: &[Vec<u8>]) -> Result<Ready> {
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
    let instance = instances.pop().context("a program has a module")?;
    Ok(Ready { store, instance })
}

/// Compiles modules one after another, and notes how many exports they have.
pub fn compile(name: &str, job: &Job, compile: &Compile) -> Result<Report> {
    let binaries = read(&compile.modules)?;
    let engine = settings::engine(name, job, Limits::Default)?;
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

/// Reads files.
fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    paths
        .iter()
        .map(|path| std::fs::read(path).with_context(|| path.display().to_string()))
        .collect()
}
