//! Calls that wait end by traps, errors, panics and interruption, or because their future is dropped or forgotten; nothing is left behind.

use crate::engines;
use crate::executor::{pending, poll_once, run, run_on_threads};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use transom::{Caller, Engine, Instance, InterruptHandle, Linker, Module, Result, Store, Trap, bail};

/// Calls `wait` five times, between which it is in loops, and passes on what it has caught.
const PROGRAM: &str = r#"(module
  (type $node (struct (field i32)))
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (tag $tag)
  (func $inner (param i32) (result i32)
    (block $caught
      (try_table (result i32) (catch_all $caught)
        (i32.add (call $wait (local.get 0)) (struct.get $node 0 (struct.new $node (i32.const 100)))))
      (return))
    (i32.const -1))
  (func (export "run") (param $how i32) (result i32) (local $n i32) (local $sum i32)
    (local.set $n (i32.const 5))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (call $inner
        (select (local.get $how) (i32.const 0) (i32.eq (local.get $n) (i32.const 1))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "trap") (unreachable))
  (func (export "endless") (loop (br 0)))
  (func (export "throw") (throw $tag)))"#;

/// What a store holds: something whose owners are counted, and what interrupts it.
struct Data {
    counted: Arc<()>,
    handle: Option<InterruptHandle>,
}

/// What the last of five calls does after it has waited.
const RETURN: i32 = 0;
const TRAP: i32 = 1;
const ERROR: i32 = 2;
const PANIC: i32 = 3;
const INTERRUPT: i32 = 4;
const THROW: i32 = 5;

async fn wait(mut caller: Caller<'_, Data>, how: i32) -> Result<i32> {
    let _counted = caller.data().counted.clone();
    pending(1).await;
    let export = match how {
        TRAP => "trap",
        ERROR => bail!("the host has failed"),
        PANIC => panic!("the host panics"),
        INTERRUPT => {
            caller.data().handle.as_ref().unwrap().interrupt();
            "endless"
        }
        THROW => "throw",
        _ => return Ok(how),
    };
    let func = caller
        .get_export(export)
        .and_then(|item| item.into_func())
        .unwrap();
    let func = func.typed::<(), ()>(&caller)?;
    func.call_async(&mut caller, ()).await?;
    Ok(1)
}

fn program(engine: &Engine) -> Result<(Store<Data>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "wait", |caller: Caller<'_, Data>, (how,): (i32,)| {
        Box::new(wait(caller, how))
    })?;
    let data = Data {
        counted: Arc::new(()),
        handle: None,
    };
    let mut store = Store::new(engine, data);
    store.data_mut().handle = Some(store.interrupt_handle());
    let instance = run(linker.instantiate_async(&mut store, &Module::new(engine, PROGRAM)?))?;
    Ok((store, instance))
}

/// The store works, and nothing of an earlier call is left.
fn ensure_usable(store: &mut Store<Data>, instance: Instance) -> Result<()> {
    assert_eq!(Arc::strong_count(&store.data().counted), 1);
    let func = instance.get_typed_func::<i32, i32>(&mut *store, "run")?;
    store.gc(None)?;
    assert_eq!(run(func.call_async(&mut *store, RETURN))?, 500);
    Ok(())
}

#[test]
fn calls_end_as_without_waiting() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let cases = [
            (TRAP, Some(Trap::UnreachableCodeReached), ""),
            (ERROR, None, "the host has failed"),
            (INTERRUPT, Some(Trap::Interrupt), ""),
        ];
        for (how, trap, message) in cases {
            let error = run(func.call_async(&mut store, how)).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>().copied(), trap, "{error:?}");
            assert!(format!("{error:?}").contains(message), "{error:?}");
            ensure_usable(&mut store, instance)?;
            let error = run_on_threads(func.call_async(&mut store, how)).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>().copied(), trap, "{error:?}");
        }
        // An exception goes through the host function to the handler around its call.
        assert_eq!(run(func.call_async(&mut store, THROW))?, 399);
        ensure_usable(&mut store, instance)?;
        let panic = catch_unwind(AssertUnwindSafe(|| run(func.call_async(&mut store, PANIC))));
        assert_eq!(
            panic.unwrap_err().downcast_ref::<&str>(),
            Some(&"the host panics")
        );
        ensure_usable(&mut store, instance)?;
    }
    Ok(())
}

#[test]
fn a_future_is_dropped_at_each_point_where_it_waits() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        for polls in 0..=5 {
            let mut call = Box::pin(func.call_async(&mut store, RETURN));
            for _ in 0..polls {
                assert!(poll_once(call.as_mut()).is_pending());
            }
            drop(call);
            ensure_usable(&mut store, instance)?;
        }
    }
    Ok(())
}

/// The frames stay where they are, and the collector and later calls pass them by.
#[test]
fn a_future_is_forgotten_at_each_point_where_it_waits() -> Result<()> {
    for engine in engines() {
        for polls in 0..=5 {
            let (mut store, instance) = program(&engine)?;
            let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            let mut call = Box::pin(func.call_async(&mut store, RETURN));
            for _ in 0..polls {
                assert!(poll_once(call.as_mut()).is_pending());
            }
            std::mem::forget(call);
            store.data_mut().counted = Arc::new(());
            ensure_usable(&mut store, instance)?;
            let error = run(func.call_async(&mut store, TRAP)).unwrap_err();
            assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
            ensure_usable(&mut store, instance)?;
        }
    }
    Ok(())
}

/// A call inside of a call is dropped with it, or forgotten while the outer one goes on.
#[test]
fn calls_inside_of_calls_are_dropped_and_forgotten() -> Result<()> {
    let wat = r#"(module
      (type $node (struct (field i32)))
      (import "host" "nest" (func $nest (param i32 i32) (result i32)))
      (func (export "run") (param $depth i32) (param $how i32) (result i32)
        (local $kept (ref null $node))
        (local.set $kept (struct.new $node (i32.const 3)))
        (if (result i32) (local.get $depth)
          (then (i32.add (call $nest (i32.sub (local.get $depth) (i32.const 1)) (local.get $how)) (struct.get $node 0 (local.get $kept))))
          (else (i32.const 1)))))"#;
    const DROP: i32 = 1;
    const FORGET: i32 = 2;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async(
            "host",
            "nest",
            |mut caller: Caller<'_, ()>, (depth, how): (i32, i32)| {
                Box::new(async move {
                    pending(1).await;
                    let func = caller
                        .get_export("run")
                        .and_then(|item| item.into_func())
                        .unwrap();
                    let func = func.typed::<(i32, i32), i32>(&caller)?;
                    if how != RETURN {
                        let mut call = Box::pin(func.call_async(&mut caller, (depth, RETURN)));
                        let polled = poll_once(call.as_mut());
                        assert_eq!(polled.is_pending(), depth > 0);
                        match how {
                            DROP => drop(call),
                            _ => std::mem::forget(call),
                        }
                        caller.gc(None)?;
                        pending(1).await;
                    }
                    func.call_async(&mut caller, (depth, how)).await
                })
            },
        )?;
        let module = Module::new(&engine, wat)?;
        for how in [RETURN, DROP, FORGET] {
            let mut store = Store::new(&engine, ());
            let instance = run(linker.instantiate_async(&mut store, &module))?;
            let func = instance.get_typed_func::<(i32, i32), i32>(&mut store, "run")?;
            assert_eq!(run(func.call_async(&mut store, (3, how)))?, 10);
            assert_eq!(run_on_threads(func.call_async(&mut store, (3, how)))?, 10);
            // All of them are dropped in the middle.
            for polls in 1..4 {
                let mut call = Box::pin(func.call_async(&mut store, (3, how)));
                (0..polls).for_each(|_| assert!(poll_once(call.as_mut()).is_pending()));
                drop(call);
                assert_eq!(run(func.call_async(&mut store, (2, RETURN)))?, 7);
            }
        }
    }
    Ok(())
}

/// Programs that call themselves through the host end, however deep they are.
#[test]
fn calls_are_inside_each_other_up_to_a_depth() -> Result<()> {
    let wat = r#"(module
      (import "host" "nest" (func $nest))
      (func (export "run") (call $nest)))"#;
    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    linker.func_wrap_async("host", "nest", |mut caller: Caller<'_, usize>, (): ()| {
        Box::new(async move {
            *caller.data_mut() += 1;
            let func = caller
                .get_export("run")
                .and_then(|item| item.into_func())
                .unwrap();
            let func = func.typed::<(), ()>(&caller)?;
            func.call_async(&mut caller, ()).await
        })
    })?;
    let mut store = Store::new(&engine, 0);
    let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, wat)?))?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    for _ in 0..2 {
        *store.data_mut() = 0;
        let error = run(func.call_async(&mut store, ())).unwrap_err();
        assert!(format!("{error:?}").contains("1000 asynchronous calls are inside each other"));
        assert_eq!(*store.data(), 1000);
    }
    Ok(())
}
