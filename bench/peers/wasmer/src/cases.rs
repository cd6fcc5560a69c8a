//! What `api/calls.rs` and `api/instantiate.rs` measure, by Wasmer's interface.

use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use transom_bench_protocol::{Called, Case, Limits, Report};
use wasmer::{
    Function, FunctionEnv, FunctionEnvMut, FunctionType, Imports, Instance, Module, Store, Type, Value,
    imports,
};

/// Measures a case of calls between the host and a program.
pub fn calls(settings: &Settings<'_>, case: &Case) -> Result<Report> {
    let mut store = Store::new(settings.engine(Limits::Default)?);
    let module = Module::new(&store, std::fs::read(&case.module)?)?;
    let mut called = Called::default();
    if case.name.starts_with("host to wasm") {
        let instance = Instance::new(&mut store, &module, &Imports::new())?;
        for _ in 0..case.times {
            called.time_each(case.count, || match case.name.as_str() {
                "host to wasm, typed" => typed(&mut store, &instance, case.count),
                "host to wasm, untyped" => untyped(&mut store, &instance, case.count),
                other => bail!("no case {other}"),
            })?;
        }
    } else {
        let add = host_function(&mut store, &case.name)?;
        let instance = Instance::new(&mut store, &module, &imports! { "host" => { "add" => add } })?;
        let run = instance.exports.get_typed_function::<i32, i32>(&store, "run")?;
        for _ in 0..case.times {
            called.time_each(case.count, || Ok(run.call(&mut store, case.count as i32)?))?;
        }
    }
    Ok(called.into())
}

fn typed(store: &mut Store, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance.exports.get_typed_function::<i32, i32>(store, "add")?;
    let mut x = 0;
    for _ in 0..count {
        x = add.call(store, x)?;
    }
    Ok(x)
}

fn untyped(store: &mut Store, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance.exports.get_function("add")?;
    let mut x = Value::I32(0);
    for _ in 0..count {
        x = add.call(store, &[x])?[0].clone();
    }
    x.i32().context("the program returns an i32")
}

fn host_function(store: &mut Store, name: &str) -> Result<Function> {
    Ok(match name {
        "wasm to host, typed" => Function::new_typed(store, |x: i32| x.wrapping_add(3)),
        "wasm to host, typed, with its caller" => {
            let environment = FunctionEnv::new(store, 3);
            let add = |environment: FunctionEnvMut<'_, i32>, x: i32| x.wrapping_add(*environment.data());
            Function::new_typed_with_env(store, &environment, add)
        }
        "wasm to host, untyped" => {
            Function::new(store, FunctionType::new([Type::I32], [Type::I32]), |params| {
                Ok(vec![Value::I32(params[0].i32().unwrap_or(0).wrapping_add(3))])
            })
        }
        other => bail!("no case {other}"),
    })
}

/// Measures a case of instances.
pub fn instantiate(settings: &Settings<'_>, case: &Case) -> Result<Report> {
    let engine = settings.engine(Limits::Default)?;
    let module = Module::new(&engine, std::fs::read(&case.module)?)?;
    let fresh = |call: bool| -> Result<(Store, Instance, i32)> {
        let mut store = Store::new(engine.clone());
        let note = Function::new_typed(&mut store, |_: i32| {});
        let instance = Instance::new(&mut store, &module, &imports! { "host" => { "note" => note } })?;
        let result = if call {
            instance
                .exports
                .get_typed_function::<i32, i32>(&store, "run")?
                .call(&mut store, 7)?
        } else {
            0
        };
        Ok((store, instance, result))
    };
    let alive = |count: u64| (0..count).map(|_| fresh(true)).collect::<Result<Vec<_>>>();
    let each = |call| (0..case.count).try_fold(0, |sum, _| Ok(sum + fresh(call)?.2));
    let mut called = Called::default();
    for _ in 0..case.times {
        match case.name.as_str() {
            "functions only" | "memory and table" => called.time_each(case.count, || each(false))?,
            "memory and table, and a call" => called.time_each(case.count, || each(true))?,
            "alive at once" => called.time_each(case.count, || Ok(alive(case.count)?.len() as i32))?,
            "alive at once, memory of each" => called.memory_each(case.count, alive)?,
            other => bail!("no case {other}"),
        }
    }
    Ok(called.into())
}
