//! Calls that could not wait are refused, with an error that says what to do.

use crate::executor::{pending, poll_once, run};
use transom::{Caller, Config, Engine, Func, Instance, Linker, Module, Result, Store, UpdateDeadline};

const CALLS: &str = r#"(module
  (import "host" "f" (func $f))
  (func (export "nothing"))
  (func (export "run") (call $f)))"#;

#[track_caller]
fn refused<R>(result: Result<R>, expected: &str) {
    let Err(error) = result else {
        panic!("the call was not refused")
    };
    let text = format!("{error:?}");
    assert!(text.contains(expected), "{text}");
}

const REQUIRED: &str = "store configuration requires that `*_async` functions are used instead";

#[test]
fn plain_calls_are_refused_where_something_waits() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, CALLS)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("host", "f", |_: Caller<'_, ()>, (): ()| Box::new(pending(1)))?;
    let mut store = Store::new(&engine, ());
    refused(linker.instantiate(&mut store, &module), REQUIRED);
    refused(linker.instantiate_pre(&module)?.instantiate(&mut store), REQUIRED);
    let instance = run(linker.instantiate_async(&mut store, &module))?;
    let func = instance.get_func(&mut store, "run").unwrap();
    refused(func.call(&mut store, &[], &mut []), REQUIRED);
    refused(func.typed::<(), ()>(&store)?.call(&mut store, ()), REQUIRED);
    refused(Instance::new(&mut store, &module, &[func.into()]), REQUIRED);
    run(func.call_async(&mut store, &[], &mut []))?;
    // Other stores of the engine are as before.
    let mut other = Store::new(&engine, ());
    let plain = Func::wrap(&mut other, || ());
    Instance::new(&mut other, &module, &[plain.into()])?;
    Ok(())
}

/// Its frames could be sent to another thread if the called program waited.
#[test]
fn plain_functions_do_not_call_programs_on_fibers() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, CALLS)?;
    let mut store = Store::new(&engine, ());
    let f = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| {
        let nothing = caller
            .get_export("nothing")
            .and_then(|item| item.into_func())
            .unwrap();
        nothing.call(&mut caller, &[], &mut [])
    });
    let instance = Instance::new(&mut store, &module, &[f.into()])?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    func.call(&mut store, ())?;
    refused(
        run(func.call_async(&mut store, ())),
        "cannot do blocking `call` from an async context",
    );
    func.call(&mut store, ())?;
    Ok(())
}

/// A future that a plain function makes and polls itself is a call on its own.
#[test]
fn plain_functions_poll_calls_of_their_own() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, CALLS)?;
    let mut store = Store::new(&engine, 0);
    let f = Func::wrap(&mut store, |mut caller: Caller<'_, i32>| {
        *caller.data_mut() += 1;
        let nothing = caller
            .get_export("nothing")
            .and_then(|item| item.into_func())
            .unwrap();
        let nothing = nothing.typed::<(), ()>(&caller)?;
        run(nothing.call_async(&mut caller, ()))
    });
    let instance = Instance::new(&mut store, &module, &[f.into()])?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    func.call(&mut store, ())?;
    run(func.call_async(&mut store, ()))?;
    assert_eq!(*store.data(), 2);
    Ok(())
}

#[test]
fn deadlines_that_yield_need_asynchronous_calls() -> Result<()> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, r#"(module (func (export "run") (loop (br 0))))"#)?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(10);
    let instance = Instance::new(&mut store, &module, &[])?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    store.set_epoch_deadline(0);
    refused(func.call(&mut store, ()), "nothing can wait");
    store.epoch_deadline_async_yield_and_update(1);
    refused(func.call(&mut store, ()), REQUIRED);
    Ok(())
}

#[test]
fn futures_are_sent_and_make_nothing_before_they_are_polled() -> Result<()> {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let engine = Engine::default();
    let module = Module::new(&engine, CALLS)?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("host", "f", |_: Caller<'_, ()>, (): ()| Box::new(pending(1)))?;
    drop(sent(linker.instantiate_async(&mut store, &module)));
    assert_eq!(store.statistics().instances, 0);
    let instance = run(sent(linker.instantiate_async(&mut store, &module)))?;
    let func = instance.get_func(&mut store, "run").unwrap();
    drop(sent(func.call_async(&mut store, &[], &mut [])));
    let typed = func.typed::<(), ()>(&store)?;
    drop(sent(typed.call_async(&mut store, ())));
    // One that is done is not polled again by those who follow the rules; whoever does gets a panic.
    let mut call = Box::pin(typed.call_async(&mut store, ()));
    assert!(poll_once(call.as_mut()).is_pending());
    assert!(poll_once(call.as_mut()).is_ready());
    let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll_once(call.as_mut())));
    assert!(again.is_err());
    drop(call);
    run(typed.call_async(&mut store, ()))?;
    Ok(())
}

#[test]
fn arguments_are_checked_before_a_program_runs() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let func = Func::wrap_async(&mut store, |_: Caller<'_, ()>, (x,): (i32,)| {
        Box::new(async move { x })
    });
    refused(run(func.call_async(&mut store, &[], &mut [])), "");
    let mut other = Store::new(&engine, ());
    let typed = func.typed::<i32, i32>(&store)?;
    refused(run(typed.call_async(&mut other, 1)), "does not belong to");
    Ok(())
}
