//! Many threads call the same functions for the first time.

use crate::support::number;
use crate::{compiled, config, engine};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;
use transom::*;

/// Functions whose results depend on each other, reached through a table.
fn chain(functions: usize) -> String {
    let bodies: String = (0..functions)
        .map(|index| {
            format!(
                "(func $f{index} (export \"f{index}\") (type $f)
                   (if (result i64) (i64.eqz (local.get 0))
                     (then (i64.const {index}))
                     (else (i64.add (i64.const {index})
                       (call_indirect (type $f) (i64.sub (local.get 0) (i64.const 1)) (i32.const {}))))))",
                (index + 1) % functions
            )
        })
        .collect();
    let list: String = (0..functions).map(|index| format!("$f{index} ")).collect();
    format!("(module (type $f (func (param i64) (result i64))) (table funcref (elem {list})) {bodies})")
}

#[test]
fn sixteen_threads_call_the_same_functions_at_once() -> Result<()> {
    const FUNCTIONS: usize = 100;
    let engine = engine();
    let module = Module::new(&engine, chain(FUNCTIONS))?;
    let barrier = Barrier::new(16);
    let run = |_| -> Result<i64> {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let f = instance.get_typed_func::<i64, i64>(&mut store, "f0")?;
        barrier.wait();
        f.call(&mut store, FUNCTIONS as i64 - 1)
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|index| scope.spawn(move || run(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let expected: usize = (0..FUNCTIONS).sum();
    for result in results {
        assert_eq!(result?, expected as i64);
    }
    assert_eq!(compiled(&module), FUNCTIONS, "each function was compiled once");
    Ok(())
}

/// An engine that compiles one function only when it is let, and says that it waits for that.
fn blocked() -> Result<(Engine, Arc<Barrier>, Arc<Barrier>)> {
    let (reached, released) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let first = AtomicBool::new(true);
    let (reach, release) = (reached.clone(), released.clone());
    let mut config = config();
    config.compile_interrupt(move || {
        if first.swap(false, Ordering::Relaxed) {
            reach.wait();
            release.wait();
        }
        false
    });
    Ok((Engine::new(&config)?, reached, released))
}

#[test]
fn other_functions_and_stores_go_on_while_one_is_compiled() -> Result<()> {
    let (engine, reached, released) = blocked()?;
    let module = Module::new(&engine, chain(2))?;
    std::thread::scope(|scope| -> Result<()> {
        let compiling = scope.spawn(|| -> Result<u64> {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            number(&mut store, instance, "f0", &[Val::I64(0)])
        });
        reached.wait();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        assert_eq!(number(&mut store, instance, "f1", &[Val::I64(0)])?, 1);
        let other = Module::new(&engine, chain(1))?;
        let instance = Instance::new(&mut store, &other, &[])?;
        assert_eq!(number(&mut store, instance, "f0", &[Val::I64(0)])?, 0);
        released.wait();
        assert_eq!(compiling.join().unwrap()?, 0);
        Ok(())
    })
}

#[test]
fn a_thread_that_waits_for_another_can_be_interrupted() -> Result<()> {
    let (engine, reached, released) = blocked()?;
    let module = Module::new(&engine, chain(1))?;
    std::thread::scope(|scope| -> Result<()> {
        let compiling = scope.spawn(|| -> Result<u64> {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            number(&mut store, instance, "f0", &[Val::I64(0)])
        });
        reached.wait();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let handle = store.interrupt_handle();
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            handle.interrupt();
        });
        let error = number(&mut store, instance, "f0", &[Val::I64(0)]).unwrap_err();
        assert_eq!(crate::support::trap(&error), Some(Trap::Interrupt));
        released.wait();
        assert_eq!(compiling.join().unwrap()?, 0);
        Ok(())
    })
}

#[test]
fn a_module_may_be_dropped_while_another_thread_compiles_it() -> Result<()> {
    let (engine, reached, released) = blocked()?;
    let module = Module::new(&engine, chain(1))?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let compiling = std::thread::spawn(move || {
        let result = number(&mut store, instance, "f0", &[Val::I64(0)]);
        drop(store);
        result
    });
    reached.wait();
    drop(module);
    drop(engine);
    released.wait();
    assert_eq!(compiling.join().unwrap()?, 0);
    Ok(())
}
