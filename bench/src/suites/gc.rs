//! One program with collected objects: compiled, instantiated, and called after a plan. It has a process to itself,
//! which `crate::gc` starts; `gc/runner.mjs` does the same in JavaScript.

use super::engine::{Config, Engine, Instance, Module, Store};
use crate::gc::protocol::{Called, Planned, Report, peak_memory};
use anyhow::Result;
use std::time::Instant;

/// Runs the plan.
///
/// # Errors
///
/// The engine refuses the module, or a call failed.
pub fn run(binary: &[u8], plan: &[Planned]) -> Result<Report> {
    let mut config = Config::new();
    config.wasm_gc(true);
    config.wasm_function_references(true);
    config.wasm_exceptions(true);
    let start = Instant::now();
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, binary)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let compile = start.elapsed().as_secs_f64();
    let mut calls = Vec::new();
    for (name, argument, times) in plan {
        let export = instance.get_typed_func::<i32, i32>(&mut store, name)?;
        let mut called = Called::default();
        for _ in 0..*times {
            let start = Instant::now();
            called.results.push(export.call(&mut store, *argument)?);
            called.seconds.push(start.elapsed().as_secs_f64());
        }
        calls.push(called);
    }
    Ok(Report { compile, calls, peak: peak_memory() })
}
