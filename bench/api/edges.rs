//! Calls at the edges of the interface: without checks, and asynchronous ones. Values are the time of one call, with the loop around it.

use super::engine::{Caller, Engine, Func, Instance, Module, Store, ValRaw};
use super::settings;
use anyhow::{Result, bail, ensure};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use transom_bench_protocol::{Called, Case, Job, Limits, Report};

/// Measures the case.
pub fn run(name: &str, job: &Job, case: &Case) -> Result<Report> {
    let engine = settings::engine(name, job, Limits::Default)?;
    let module = Module::new(&engine, &std::fs::read(&case.module)?)?;
    let count = case.count;
    let mut called = Called::default();
    for _ in 0..case.times {
        match case.name.as_str() {
            "host to wasm, unchecked" => {
                let (mut store, instance) = instance(&engine, &module)?;
                called.time_each(count, || unchecked(&mut store, &instance, count))?;
            }
            "wasm to host, unchecked" => {
                let mut store = Store::new(&engine, 3);
                let add = unchecked_function(&mut store, &engine);
                let instance = Instance::new(&mut store, &module, &[add.into()])?;
                let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
                called.time_each(count, || Ok(run.call(&mut store, count as i32)?))?;
            }
            "host to wasm, asynchronous" => {
                let (mut store, instance) = instance(&engine, &module)?;
                called.time_each(count, || asynchronous(&mut store, &instance, count))?;
            }
            "suspension and resumption" => {
                called.time_each(count, || suspended(&engine, &module, count))?;
            }
            "suspended, memory of each" => {
                called.memory_each(count, |stores| waiting(&engine, &module, stores))?;
            }
            other => bail!("no case {other}"),
        }
    }
    Ok(called.into())
}

fn instance(engine: &Engine, module: &Module) -> Result<(Store<i32>, Instance)> {
    let mut store = Store::new(engine, 3);
    let instance = Instance::new(&mut store, module, &[])?;
    Ok((store, instance))
}

fn unchecked(store: &mut Store<i32>, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance.get_typed_func::<i32, i32>(&mut *store, "add")?;
    let mut values = [ValRaw::i32(0)];
    for _ in 0..count {
        // SAFETY: the function has one parameter and one result, of type `i32`.
        unsafe { add.func().call_unchecked(&mut *store, &mut values)? };
    }
    Ok(values[0].get_i32())
}

fn unchecked_function(store: &mut Store<i32>, engine: &Engine) -> Func {
    // SAFETY: there is one parameter of type `i32`, and one result of this type is written.
    unsafe {
        Func::new_unchecked(store, settings::i32_to_i32(engine), |_, values| {
            let sum = values[0].assume_init_ref().get_i32().wrapping_add(3);
            values[0].write(ValRaw::i32(sum));
            Ok(())
        })
    }
}

fn asynchronous(store: &mut Store<i32>, instance: &Instance, count: u64) -> Result<i32> {
    let add = instance.get_typed_func::<i32, i32>(&mut *store, "add")?;
    let mut context = Context::from_waker(Waker::noop());
    let mut x = 0;
    for _ in 0..count {
        let call = pin!(add.call_async(&mut *store, x));
        match call.poll(&mut context) {
            Poll::Ready(result) => x = result?,
            Poll::Pending => bail!("nothing waits"),
        }
    }
    Ok(x)
}

/// A call that has not ended.
type WaitingCall = Pin<Box<dyn Future<Output = Result<i32>>>>;

/// A call of a program that waits once in each turn of its loop.
fn waiting_call(engine: &Engine, module: &Module, turns: u64) -> WaitingCall {
    let (engine, module) = (engine.clone(), module.clone());
    Box::pin(async move {
        let mut store = Store::new(&engine, 3);
        let add = Func::wrap_async(&mut store, |caller: Caller<'_, i32>, (x,): (i32,)| {
            let sum = x.wrapping_add(*caller.data());
            let mut pending = true;
            Box::new(std::future::poll_fn(move |_| {
                match std::mem::take(&mut pending) {
                    true => Poll::Pending,
                    false => Poll::Ready(sum),
                }
            }))
        });
        let instance = Instance::new_async(&mut store, &module, &[add.into()]).await?;
        let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        Ok(run.call_async(&mut store, turns as i32).await?)
    })
}

fn suspended(engine: &Engine, module: &Module, turns: u64) -> Result<i32> {
    let mut context = Context::from_waker(Waker::noop());
    let mut call = waiting_call(engine, module, turns);
    loop {
        if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
            return result;
        }
    }
}

/// Calls that wait at the same time.
fn waiting(engine: &Engine, module: &Module, stores: u64) -> Result<Vec<WaitingCall>> {
    let mut context = Context::from_waker(Waker::noop());
    (0..stores)
        .map(|_| {
            let mut call = waiting_call(engine, module, 1);
            ensure!(call.as_mut().poll(&mut context).is_pending(), "the program waits");
            Ok(call)
        })
        .collect()
}
