//! Throughput of the compilers, from bytes to a module that can be instantiated.

use super::engine::{Config, Engine, Module};
use crate::files::Input;
use crate::measure::{Case, Sample, Target, Unit, thread_seconds};
use anyhow::Result;
use std::time::Instant;

pub fn cases(inputs: &[Input]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for (parallel, threads) in [(false, "1 thread"), (true, "all threads")] {
        let mut config = Config::new();
        config.parallel_compilation(parallel);
        let engine = Engine::new(&config)?;
        for input in inputs {
            let (engine, input) = (engine.clone(), input.clone());
            let name = format!("{}, {threads}", input.name);
            cases.push(Case::new(name, Unit::MegabytesPerSecond, Target::Level(0.97), move |quick| {
                compile(&engine, &input, if quick { 1 } else { input.times }, parallel)
            }));
        }
    }
    Ok(cases)
}

fn compile(engine: &Engine, input: &Input, times: usize, parallel: bool) -> Result<Sample> {
    let (start, thread_start) = (Instant::now(), thread_seconds());
    let mut exports = 0;
    for _ in 0..times {
        exports += Module::new(engine, &input.binary)?.exports().len();
    }
    let seconds = if parallel { start.elapsed().as_secs_f64() } else { thread_seconds() - thread_start };
    Ok(Sample { value: (times * input.binary.len()) as f64 / 1e6 / seconds, check: exports as u64 })
}

/// The machine code of a module, to be looked at.
pub fn machine_code(binary: &[u8]) -> Result<Vec<u8>> {
    let mut config = Config::new();
    config.wasm_gc(true);
    config.wasm_function_references(true);
    Ok(Module::new(&Engine::new(&config)?, binary)?.text().to_vec())
}
