//! A program that calls its host by WASI preview 1: small calls, files, and directories. Its exports are the cases.

use super::engine::{Engine, Linker, Module, Store};
use super::pipe::MemoryOutputPipe;
use super::preview1::p1::{WasiP1Ctx, add_to_linker_sync};
use super::preview1::{FsPerms, WasiCtxBuilder};
use super::settings;
use anyhow::Result;
use std::time::Instant;
use transom_bench_protocol::{Called, Case, Job, Limits, Report};

/// Measures the case, with a new program each time, so that nothing of what was captured before is in the way.
pub fn run(name: &str, job: &Job, case: &Case) -> Result<Report> {
    let start = Instant::now();
    let engine = settings::engine(name, job, Limits::Default)?;
    let module = Module::new(&engine, &std::fs::read(&case.module)?)?;
    let compile = start.elapsed().as_secs_f64();
    let mut called = Called::default();
    for _ in 0..case.times {
        once(&engine, &module, case, &mut called)?;
    }
    Ok(Report {
        compile,
        ..called.into()
    })
}

fn once(engine: &Engine, module: &Module, case: &Case, called: &mut Called) -> Result<()> {
    let mut builder = WasiCtxBuilder::new();
    builder.stdout(MemoryOutputPipe::new(1 << 30));
    builder.preopened_dir(&case.folder, "/", FsPerms::ReadWrite)?;
    let mut store = Store::new(engine, builder.build_p1());
    let mut linker = Linker::new(engine);
    add_to_linker_sync(&mut linker, |ctx: &mut WasiP1Ctx| ctx)?;
    let instance = linker.instantiate(&mut store, module)?;
    let function = instance.get_typed_func::<i32, i32>(&mut store, &case.name)?;
    called.time_each(case.count, || Ok(function.call(&mut store, case.count as i32)?))
}
