//! Several threads, and many instances.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use transom::error::Context as _;
use transom::*;

const COUNTER: &str = r#"(module
    (import "host" "tick" (func $tick (param i32)))
    (memory (export "memory") 1)
    (func (export "run") (param i32) (result i32) (local i32)
        (loop
            (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
            (call $tick (local.get 1))
            (br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0))))
        (i32.load (i32.const 16)))
    (func (export "fault") (param i32) (result i32) (i32.load (local.get 0))))"#;

/// Threads with a store each share an engine, a module and a linker.
#[test]
fn threads_share_an_engine_a_module_and_a_linker() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, COUNTER)?;
    let ticks = Arc::new(AtomicUsize::new(0));
    let mut linker: Linker<()> = Linker::new(&engine);
    let counted = ticks.clone();
    linker.func_wrap("host", "tick", move |_: i32| {
        _ = counted.fetch_add(1, Ordering::Relaxed)
    })?;
    let linker = Arc::new(linker);
    let work = |engine: Engine, module: Module, linker: Arc<Linker<()>>| -> Result<()> {
        for round in 1..40 {
            let mut store = Store::new(&engine, ());
            let instance = linker.instantiate(&mut store, &module)?;
            assert_eq!(
                number(&mut store, instance, "run", &[Val::I32(round)])?,
                round as u64
            );
            expect_trap(
                call(&mut store, instance, "fault", &[Val::I32(-1)]),
                Trap::MemoryOutOfBounds,
            );
            assert_eq!(
                number(&mut store, instance, "run", &[Val::I32(1)])?,
                round as u64 + 1
            );
        }
        Ok(())
    };
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let (engine, module, linker) = (engine.clone(), module.clone(), linker.clone());
            thread::spawn(move || work(engine, module, linker))
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| format_err!("a thread panicked"))??;
    }
    assert_eq!(
        ticks.load(Ordering::Relaxed),
        6 * (1..40).map(|round| round + 1).sum::<usize>()
    );
    Ok(())
}

/// Threads compile modules of the same and of different types at once, and drop them.
#[test]
fn threads_compile_modules_of_the_same_types() -> Result<()> {
    let engine = Engine::default();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let engine = engine.clone();
            thread::spawn(move || -> Result<()> {
                for round in 0..25 {
                    let text = format!(
                        r#"(module
                            (rec (type $a (sub (func (param (ref null $b)) (result i32))))
                                (type $b (sub (func (param i64{})))))
                            (type $c (sub $a (func (param (ref null $b)) (result i32))))
                            (table funcref (elem $f))
                            (func $f (export "f") (type $c) (i32.const {round}))
                            (func (export "run") (result i32)
                                (call_indirect (type $a) (ref.null $b) (i32.const 0))))"#,
                        " f32".repeat(round % 5)
                    );
                    let (mut store, instance) = instance_in(&engine, &text)?;
                    assert_eq!(
                        number(&mut store, instance, "run", &[])?,
                        round as u64,
                        "thread {thread}"
                    );
                    let ty = instance.get_func(&store, "f").context("exported")?.ty(&store);
                    drop(store);
                    assert!(ty.supertype().is_some());
                }
                Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| format_err!("a thread panicked"))??;
    }
    Ok(())
}

#[test]
fn a_store_has_hundreds_of_instances() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (memory 1) (table 4 funcref) (global (export "g") (mut i32) (i32.const 0))
            (func (export "add") (param i32) (result i32)
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 0)))
                (global.set 0 (i32.load (i32.const 0))) (global.get 0)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instances: Vec<Instance> = (0..600)
        .map(|_| Instance::new(&mut store, &module, &[]))
        .collect::<Result<_>>()?;
    for round in 1..=2u64 {
        for (index, &instance) in instances.iter().enumerate() {
            let sum = number(&mut store, instance, "add", &[Val::I32(index as i32)])?;
            assert_eq!(sum, round * index as u64);
        }
    }
    Ok(())
}

#[test]
fn thousands_of_stores_come_and_go() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (memory 1) (data (i32.const 8) "\05") (func (export "f") (result i32) (i32.load8_u (i32.const 8))))"#,
    )?;
    let mut kept = std::collections::VecDeque::new();
    for _ in 0..2000 {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        assert_eq!(number(&mut store, instance, "f", &[])?, 5);
        kept.push_back(store);
        if kept.len() > 100 {
            kept.pop_front();
        }
    }
    Ok(())
}

/// Stores and what else should cross threads does.
#[test]
fn what_crosses_threads() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<Store<()>>();
    send::<Error>();
    sync::<Error>();
    send::<Engine>();
    sync::<Engine>();
    send::<Module>();
    sync::<Module>();
    send::<Linker<()>>();
    sync::<Linker<()>>();
    send::<InstancePre<()>>();
    sync::<InstancePre<()>>();
    send::<InterruptHandle>();
    sync::<InterruptHandle>();
    send::<Instance>();
    send::<Func>();
    send::<TypedFunc<i32, ()>>();
    send::<FuncType>();
    sync::<FuncType>();
}
