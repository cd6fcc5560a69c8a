//! Traps, exceptions, backtraces, the end of the stack and interruption, in functions that are compiled when they are called.

use crate::support::{call, trap};
use crate::{compiled, config, engine};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use transom::*;

/// Functions that end in some way, behind calls that can't be inlined.
const ENDINGS: &str = r#"(module
    (type $f (func))
    (tag $tag (param i32))
    (table $table 2 2 funcref)
    (elem (i32.const 0) $trap $throw)
    (func $trap (type $f) (unreachable))
    (func $throw (type $f) (throw $tag (i32.const 42)))
    (func $through (type $f) (call_indirect $table (type $f) (i32.const 1)))
    (func $through_more (type $f) (call_indirect $table (type $f) (i32.const 1)) (call $through))
    (func $outer (export "trap") (call_indirect $table (type $f) (i32.const 0)))
    (func (export "catch") (result i32)
      (block $caught (result i32)
        (try_table (catch $tag $caught) (call $through_more))
        (i32.const 0)))
    (func $endless (export "endless") (param i32) (result i32)
      (i32.add (call $endless (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
    (func $even (export "even") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (call $odd (local.get 0)) (i32.const 1))) (else (i32.const 0))))
    (func $odd (param i32) (result i32)
      (i32.add (call $even (i32.add (local.get 0) (i32.const 1))) (i32.const 1))))"#;

fn functions(error: &Error) -> Vec<u32> {
    let backtrace = error.downcast_ref::<WasmBacktrace>().expect("a backtrace");
    backtrace
        .frames()
        .iter()
        .map(|frame| frame.func_index())
        .collect()
}

#[test]
fn traps_have_the_backtraces_of_code_compiled_before() -> Result<()> {
    let backtrace = |config: &Config| -> Result<_> {
        let engine = Engine::new(config)?;
        let (mut store, instance) = crate::support::instance_in(&engine, ENDINGS)?;
        let error = call(&mut store, instance, "trap", &[]).unwrap_err();
        let again = call(&mut store, instance, "trap", &[]).unwrap_err();
        assert_eq!(format!("{error:#}"), format!("{again:#}"));
        assert_eq!(trap(&error), Some(Trap::UnreachableCodeReached));
        Ok((functions(&error), format!("{error:#}")))
    };
    let first_call = backtrace(&config())?;
    assert_eq!(first_call, backtrace(&Config::new())?);
    assert_eq!(first_call.0, [0, 4]);
    Ok(())
}

#[test]
fn exceptions_pass_through_functions_just_compiled() -> Result<()> {
    let (mut store, instance) = crate::support::instance_in(&engine(), ENDINGS)?;
    for _ in 0..2 {
        assert_eq!(crate::support::number(&mut store, instance, "catch", &[])?, 42);
    }
    Ok(())
}

#[test]
fn recursion_through_first_stubs_ends_at_the_end_of_the_stack() -> Result<()> {
    for stack in [1, 20 << 10, 512 << 10] {
        let engine = Engine::new(config().max_wasm_stack(stack))?;
        let (mut store, instance) = crate::support::instance_in(&engine, ENDINGS)?;
        for name in ["endless", "even", "endless"] {
            let error = call(&mut store, instance, name, &[Val::I32(1)]).unwrap_err();
            assert_eq!(
                trap(&error),
                Some(Trap::StackOverflow),
                "{name}, {stack}: {error:?}"
            );
        }
    }
    Ok(())
}

/// A chain of functions, each with another one's first call deep in the stack.
#[test]
fn the_stack_of_a_first_call_is_enough_wherever_it_happens() -> Result<()> {
    const FUNCTIONS: usize = 60;
    let chain: String = (0..FUNCTIONS)
        .map(|index| {
            let next = (index + 1) % FUNCTIONS;
            // 512 bytes of frame at least.
            let locals: String = (0..64).map(|local| format!("(local $l{local} i64)")).collect();
            let set: String = (0..64)
                .map(|local| format!("(local.set $l{local} (i64.add (local.get 0) (i64.const {local})))"))
                .collect();
            let sum: String = (0..64)
                .map(|local| format!("(local.get $l{local}) (i64.add)"))
                .collect();
            format!(
                "(func $f{index} (export \"f{index}\") (param i64) (result i64) {locals} {set}
                   (call $f{next} (i64.add (local.get 0) (i64.const 1))) {sum})"
            )
        })
        .collect();
    for stack in (1..64 << 10).step_by(3 << 10) {
        let engine = Engine::new(config().max_wasm_stack(stack))?;
        let (mut store, instance) = crate::support::instance_in(&engine, &format!("(module {chain})"))?;
        // Threads of tests have 2 MiB, of which compiling may take all.
        let error = call(&mut store, instance, "f0", &[Val::I64(1)]).unwrap_err();
        assert_eq!(trap(&error), Some(Trap::StackOverflow), "{stack}: {error:?}");
    }
    Ok(())
}

/// A module whose functions call each other in a row, each for the first time.
fn row(functions: usize) -> String {
    let bodies: String = (0..functions)
        .map(|index| {
            format!(
                "(func $f{index} (param i32) (result i32)
                   (if (i32.eqz (local.get 0)) (then (return (i32.const {index}))))
                   (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const {})))",
                (index + 1) % functions
            )
        })
        .collect();
    let list: String = (0..functions).map(|index| format!("$f{index} ")).collect();
    format!(
        r#"(module (type $f (func (param i32) (result i32))) (table funcref (elem {list})) {bodies}
          (func (export "run") (result i32) (local $i i32) (local $sum i32)
            (loop $again (result i32)
              (local.set $sum (i32.add (local.get $sum)
                (call_indirect (type $f) (i32.const 0) (local.get $i))))
              (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {functions})))
              (local.get $sum))))"#
    )
}

#[test]
fn a_program_that_makes_the_runtime_compile_can_be_interrupted() -> Result<()> {
    const FUNCTIONS: usize = 5_000;
    let engine = engine();
    let module = Module::new(&engine, row(FUNCTIONS))?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    let handle = store.interrupt_handle();
    let counted = module.clone();
    let stopper = std::thread::spawn(move || {
        while compiled(&counted) < 20 {
            std::thread::sleep(Duration::from_millis(1));
        }
        handle.interrupt();
    });
    let error = run.call(&mut store, ()).unwrap_err();
    stopper.join().expect("it does not panic");
    assert_eq!(trap(&error), Some(Trap::Interrupt));
    assert!(compiled(&module) < FUNCTIONS);
    // It goes on where it was compiled to, and gives what it should.
    let sum: usize = (0..FUNCTIONS).sum();
    assert_eq!(run.call(&mut store, ())?, sum as i32);
    Ok(())
}

/// The time-out comes while the first function is being compiled, so that the check before the second one finds it.
#[test]
fn interruption_is_noticed_before_a_function_is_compiled() -> Result<()> {
    let asked = Arc::new(AtomicU32::new(0));
    let handle = Arc::new(std::sync::Mutex::new(None::<InterruptHandle>));
    let (count, stop) = (asked.clone(), handle.clone());
    let mut config = config();
    config.compile_interrupt(move || {
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(handle) = &*stop.lock().unwrap() {
            handle.interrupt();
        }
        false
    });
    let engine = Engine::new(&config)?;
    // Neither function compares the stack limit, but for its calls.
    let text = r#"(module (type $f (func)) (table funcref (elem $b)) (func $b)
        (func (export "a") (call_indirect (type $f) (i32.const 0))))"#;
    let (mut store, instance) = crate::support::instance_in(&engine, text)?;
    *handle.lock().unwrap() = Some(store.interrupt_handle());
    let error = call(&mut store, instance, "a", &[]).unwrap_err();
    assert_eq!(trap(&error), Some(Trap::Interrupt));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    Ok(())
}

/// There is less stack than the runtime must have, so no function can be compiled there.
#[test]
fn a_first_call_without_stack_for_the_runtime_traps() -> Result<()> {
    let text = r#"(module (func (export "leaf") (result i32) (i32.const 1)))"#;
    let engine = engine();
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let leaf = instance.get_typed_func::<(), i32>(&mut store, "leaf")?;
    let thread = std::thread::Builder::new().stack_size(96 << 10);
    let thread = thread.spawn(move || {
        let result = leaf.call(&mut store, ());
        (result.map_err(|error| trap(&error)), store)
    });
    let (result, mut store) = thread?.join().expect("it does not panic");
    assert_eq!(result, Err(Some(Trap::StackOverflow)));
    assert_eq!(compiled(&module), 0);
    // Elsewhere it can.
    assert_eq!(leaf.call(&mut store, ())?, 1);
    Ok(())
}

/// The host interrupts before it calls: the function that it calls is in the backtrace, as if it had been compiled before.
#[test]
fn a_function_that_the_host_calls_polls_by_itself() -> Result<()> {
    let text = r#"(module (func (export "f") (loop (br 0))))"#;
    for engine in [engine(), Engine::default()] {
        let (mut store, instance) = crate::support::instance_in(&engine, text)?;
        store.interrupt_handle().interrupt();
        let error = call(&mut store, instance, "f", &[]).unwrap_err();
        assert_eq!(trap(&error), Some(Trap::Interrupt));
        assert_eq!(functions(&error), [0]);
    }
    Ok(())
}
