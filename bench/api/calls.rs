//! Calls between the host and a program. Values are the time of one call, with the loop around it.

use super::engine::{Caller, Engine, Func, Instance, Module, Store, Val};
use super::settings;
use anyhow::{Context, Result, bail};
use transom_bench_protocol::{Called, Case, Job, Limits, Report};

/// Measures the case.
pub fn run(name: &str, job: &Job, case: &Case) -> Result<Report> {
    let engine = settings::engine(name, job, Limits::Default)?;
    let mut store = Store::new(&engine, 3);
    let mut called = Called::default();
    let to_wasm = case.name.starts_with("host to wasm");
    let module = Module::new(&engine, &std::fs::read(&case.module)?)?;
    if to_wasm {
        let instance = Instance::new(&mut store, &module, &[])?;
        for _ in 0..case.times {
            called.time_each(case.count, || match case.name.as_str() {
                "host to wasm, typed" => typed(&mut store, &instance, case.count),
                "host to wasm, untyped" => untyped(&mut store, &instance, case.count),
                other => bail!("no case {other}"),
            })?;
        }
    } else {
        let add = host_function(&mut store, &engine, &case.name)?;
        let instance = Instance::new(&mut store, &module, &[add.into()])?;
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        for _ in 0..case.times {
            called.time_each(case.count, || Ok(run.call(&mut store, case.count as i32)?))?;
        }
    }
    Ok(called.into())
}

fn typed(store: &mut Store<i32>, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance.get_typed_func::<i32, i32>(&mut *store, "add")?;
    let mut x = 0;
    for _ in 0..count {
        x = add.call(&mut *store, x)?;
    }
    Ok(x)
}

fn untyped(store: &mut Store<i32>, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance
        .get_func(&mut *store, "add")
        .context("the program exports it")?;
    let mut values = [Val::I32(0)];
    for _ in 0..count {
        let params = values.clone();
        add.call(&mut *store, &params, &mut values)?;
    }
    values[0].i32().context("the program returns an i32")
}

fn host_function(store: &mut Store<i32>, engine: &Engine, name: &str) -> Result<Func> {
    Ok(match name {
        "wasm to host, typed" => Func::wrap(store, |x: i32| x.wrapping_add(3)),
        "wasm to host, typed, with its caller" => Func::wrap(store, |caller: Caller<'_, i32>, x: i32| {
            x.wrapping_add(*caller.data())
        }),
        "wasm to host, untyped" => Func::new(store, settings::i32_to_i32(engine), |_, params, results| {
            results[0] = Val::I32(params[0].i32().unwrap_or(0).wrapping_add(3));
            Ok(())
        }),
        other => bail!("no case {other}"),
    })
}
