//! Instances of a module that is known: in a store of their own, and all at once.

use super::engine::{Engine, Instance, Linker, Module, Store};
use super::settings::{self, Prepared};
use anyhow::{Result, bail};
use transom_bench_protocol::{Called, Case, Job, Limits, Report};

/// Measures the case.
pub fn run(name: &str, job: &Job, case: &Case) -> Result<Report> {
    let engine = settings::engine(name, job, Limits::Default)?;
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.func_wrap("host", "note", |_: i32| {})?;
    let prepared = settings::prepare(linker, &Module::new(&engine, &std::fs::read(&case.module)?)?)?;
    let mut called = Called::default();
    for _ in 0..case.times {
        match case.name.as_str() {
            "functions only" | "memory and table" => {
                called.time_each(case.count, || each(&engine, &prepared, case.count, false))?
            }
            "memory and table, and a call" => {
                called.time_each(case.count, || each(&engine, &prepared, case.count, true))?
            }
            "alive at once, memory of each" => {
                called.memory_each(case.count, |count| alive(&engine, &prepared, count))?
            }
            "alive at once" => called.time_each(case.count, || {
                Ok(alive(&engine, &prepared, case.count)?.len() as i32)
            })?,
            other => bail!("no case {other}"),
        }
    }
    Ok(called.into())
}

/// Makes a store and an instance, and ends them, so many times.
fn each(engine: &Engine, prepared: &Prepared, count: u64, call: bool) -> Result<i32> {
    let mut sum = 0;
    for _ in 0..count {
        let mut store = Store::new(engine, ());
        let instance = settings::instantiate(prepared, &mut store)?;
        if call {
            sum += instance
                .get_typed_func::<i32, i32>(&mut store, "run")?
                .call(&mut store, 7)?;
        }
    }
    Ok(sum)
}

/// Instances that are there together, each called once.
fn alive(engine: &Engine, prepared: &Prepared, count: u64) -> Result<Vec<(Store<()>, Instance)>> {
    (0..count)
        .map(|_| {
            let mut store = Store::new(engine, ());
            let instance = settings::instantiate(prepared, &mut store)?;
            instance
                .get_typed_func::<i32, i32>(&mut store, "run")?
                .call(&mut store, 7)?;
            Ok((store, instance))
        })
        .collect()
}
