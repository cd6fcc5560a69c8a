//! Calls: tail calls and backtraces, traps and panics below host functions, and recursion through the host.

use crate::support::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom::error::Context as _;
use transom::*;

/// Frames that a tail call has replaced are not in the backtrace, and walking it is safe.
fn a_backtrace_through_tail_calls_has_the_frames_that_exist(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = instance_in(
        &engine_of(tiers)?,
        r#"(module
            (table funcref (elem $c))
            (type $v (func (param i32 i64 i32 i64 i32 i64 i32 i64)))
            (elem declare func $d)
            (func $run (export "run") (call $a))
            (func $a (return_call $b (i32.const 1)))
            (func $b (param i32) (call $between) (unreachable))
            (func $between (return_call_indirect (i32.const 0)))
            (func $c (return_call_ref $v (i32.const 1) (i64.const 2) (i32.const 3) (i64.const 4) (i32.const 5)
                (i64.const 6) (i32.const 7) (i64.const 8) (ref.func $d)))
            (func $d (type $v) (return_call $e))
            (func $e (unreachable)))"#,
    )?;
    let error = expect_trap(
        call(&mut store, instance, "run", &[]),
        Trap::UnreachableCodeReached,
    );
    assert_eq!(frames(&error), ["e", "b", "run"]);
    Ok(())
}

/// A host function that was called by a tail call takes a backtrace when it fails.
fn a_host_function_reached_by_a_tail_call_can_fail(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let fail = Func::wrap(&mut store, |_: i32| -> Result<()> { bail!("no") });
    let ten = Func::wrap(
        &mut store,
        |_: i32, _: i64, _: i32, _: i64, _: i32, _: i64, _: i32, _: i64, _: i32, _: i64| -> Result<i32> {
            bail!("ten")
        },
    );
    let instance = instantiate(
        &mut store,
        r#"(module
            (import "" "fail" (func $fail (param i32)))
            (import "" "ten" (func $ten (param i32 i64 i32 i64 i32 i64 i32 i64 i32 i64) (result i32)))
            (func (export "run") (call $tail))
            (func $tail (return_call $fail (i32.const 1)))
            (func (export "at_once") (return_call $fail (i32.const 1)))
            (func (export "ten") (result i32) (call $ten_tail))
            (func $ten_tail (result i32) (return_call $ten (i32.const 1) (i64.const 2) (i32.const 3) (i64.const 4)
                (i32.const 5) (i64.const 6) (i32.const 7) (i64.const 8) (i32.const 9) (i64.const 10))))"#,
        &[fail.into(), ten.into()],
    )?;
    for (name, message) in [("run", "no"), ("at_once", "no"), ("ten", "ten")] {
        let error = call(&mut store, instance, name, &[]).expect_err("the host function fails");
        assert_eq!(error.root_cause().to_string(), message);
        let names = frames(&error);
        assert!(names.iter().all(|name| !name.is_empty()), "{names:?}");
        // The store is as good as before.
        let again = call(&mut store, instance, name, &[]).expect_err("the host function fails");
        assert_eq!(frames(&again), names);
    }
    Ok(())
}

/// A trap in code that a host function has called ends that call only.
fn a_host_function_can_recover_from_a_trap_below_it(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let nested = Func::wrap(
        &mut store,
        |mut caller: Caller<'_, ()>, depth: i32| -> Result<i32> {
            let inner = caller
                .get_export("inner")
                .and_then(Extern::into_func)
                .context("exported")?;
            let inner = inner.typed::<i32, i32>(&caller)?;
            match inner.call(&mut caller, depth - 1) {
                Ok(value) => Ok(value + 1),
                Err(error) if trap(&error).is_some() => Ok(1000),
                Err(error) => Err(error),
            }
        },
    );
    let instance = instantiate(
        &mut store,
        r#"(module (import "" "nested" (func $nested (param i32) (result i32)))
            (memory 1)
            (func $inner (export "inner") (param i32) (result i32)
                (if (i32.eqz (local.get 0)) (then (return (i32.load (i32.const 0x10000)))))
                (i32.add (call $nested (local.get 0)) (i32.const 10))))"#,
        &[nested.into()],
    )?;
    for _ in 0..3 {
        assert_eq!(number(&mut store, instance, "inner", &[1.into()])?, 1010);
        assert_eq!(number(&mut store, instance, "inner", &[4.into()])?, 1043);
        expect_trap(
            call(&mut store, instance, "inner", &[0.into()]),
            Trap::MemoryOutOfBounds,
        );
    }
    Ok(())
}

/// A panic of a host function goes on as a panic, with its payload, through compiled code; the store stays usable.
fn panics_of_host_functions_cross_as_panics(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let few = Func::wrap(&mut store, |depth: i32| -> i32 {
        assert!(depth >= 0, "depth {depth}");
        depth
    });
    let many = Func::wrap(
        &mut store,
        |a: i32, b: i32, _: i32, _: i32, _: i32, _: i32, _: i32| -> (i32, i32) {
            std::panic::panic_any(format!("{a} {b}"))
        },
    );
    let ty = FuncType::new(&engine, [], []);
    let untyped = Func::new(&mut store, ty, |_, _, _| panic!("untyped"));
    let instance = instantiate(
        &mut store,
        r#"(module
            (import "" "few" (func $few (param i32) (result i32)))
            (import "" "many" (func $many (param i32 i32 i32 i32 i32 i32 i32) (result i32 i32)))
            (import "" "untyped" (func $untyped))
            (func (export "few") (param i32) (result i32) (call $few (local.get 0)))
            (func (export "many") (call $many (i32.const 1) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0)
                (i32.const 0) (i32.const 0)) (drop) (drop))
            (func (export "untyped") (call $untyped)))"#,
        &[few.into(), many.into(), untyped.into()],
    )?;
    let mut outcome = |name: &str, params: &[Val]| {
        let panic = catch_unwind(AssertUnwindSafe(|| call(&mut store, instance, name, params)));
        panic
            .map(|outcome| outcome.map(|values| values.len()))
            .map_err(panic_message)
    };
    let outcomes = quietly(|| {
        [
            outcome("few", &[Val::I32(-1)]),
            outcome("many", &[]),
            outcome("untyped", &[]),
            outcome("few", &[Val::I32(5)]),
        ]
    });
    let messages: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().err().map(String::as_str))
        .collect();
    assert_eq!(messages, [Some("depth -1"), Some("1 2"), Some("untyped"), None]);
    Ok(())
}

/// Recursion that goes through the host ends with a stack overflow too.
fn endless_recursion_through_the_host_overflows_cleanly(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let again = Func::wrap(&mut store, |mut caller: Caller<'_, ()>| -> Result<()> {
        let run = caller
            .get_export("run")
            .and_then(Extern::into_func)
            .context("exported")?;
        run.typed::<(), ()>(&caller)?.call(&mut caller, ())
    });
    let instance = instantiate(
        &mut store,
        r#"(module (import "" "again" (func $again)) (func (export "run") (call $again)))"#,
        &[again.into()],
    )?;
    for _ in 0..3 {
        expect_trap(call(&mut store, instance, "run", &[]), Trap::StackOverflow);
    }
    Ok(())
}

/// Errors of the host come back as they are, through several layers of compiled code and host functions.
fn an_error_crosses_several_layers_unchanged(tiers: Tiers) -> Result<()> {
    #[derive(Debug)]
    struct Mine(u32);
    impl std::fmt::Display for Mine {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "mine {}", self.0)
        }
    }
    impl std::error::Error for Mine {}

    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let host = Func::wrap(
        &mut store,
        |mut caller: Caller<'_, ()>, depth: i32| -> Result<()> {
            if depth == 0 {
                return Err(Mine(7).into());
            }
            let run = caller
                .get_export("run")
                .and_then(Extern::into_func)
                .context("exported")?;
            run.typed::<i32, ()>(&caller)?.call(&mut caller, depth - 1)
        },
    );
    let instance = instantiate(
        &mut store,
        r#"(module (import "" "host" (func $host (param i32)))
            (func $run (export "run") (param i32) (call $host (local.get 0))))"#,
        &[host.into()],
    )?;
    let error = call(&mut store, instance, "run", &[3.into()]).expect_err("the host function fails");
    assert_eq!(error.downcast_ref::<Mine>().map(|mine| mine.0), Some(7));
    assert_eq!(frames(&error), ["run"; 4]);
    assert_eq!(error.root_cause().to_string(), "mine 7");
    Ok(())
}

/// Operations that take long are interrupted too, as long as they are in a loop.
fn a_loop_of_bulk_operations_can_be_interrupted(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let instance = instantiate(
        &mut store,
        r#"(module (memory 16) (func (export "run")
            (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x100000)) (br 0))))"#,
        &[],
    )?;
    let handle = store.interrupt_handle();
    let timer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(30));
        handle.interrupt();
    });
    expect_trap(call(&mut store, instance, "run", &[]), Trap::Interrupt);
    timer.join().map_err(|_| format_err!("the timer panicked"))?;
    Ok(())
}

/// The type of a function that is called decides, not that of the import through which it came.
fn an_import_that_is_exported_again_is_the_same_function(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let mut store = Store::new(&engine, ());
    let host = Func::wrap(&mut store, |x: i32| x + 1);
    let mut func = host;
    for _ in 0..5 {
        let instance = instantiate(
            &mut store,
            r#"(module (import "" "f" (func $f (param i32) (result i32))) (export "f" (func $f)))"#,
            &[func.into()],
        )?;
        func = instance.get_func(&mut store, "f").context("exported")?;
        assert_eq!(func, host);
    }
    assert_eq!(func.typed::<i32, i32>(&mut store)?.call(&mut store, 41)?, 42);
    Ok(())
}

in_tiers!(
    a_backtrace_through_tail_calls_has_the_frames_that_exist,
    a_host_function_reached_by_a_tail_call_can_fail,
    a_host_function_can_recover_from_a_trap_below_it,
    panics_of_host_functions_cross_as_panics,
    endless_recursion_through_the_host_overflows_cleanly,
    an_error_crosses_several_layers_unchanged,
    a_loop_of_bulk_operations_can_be_interrupted,
    an_import_that_is_exported_again_is_the_same_function
);
