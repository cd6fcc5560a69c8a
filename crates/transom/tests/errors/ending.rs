//! Programs that would not end by themselves: endless recursion and loops, interruption, and epochs.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use transom::error::Context as _;
use transom::*;

#[test]
fn endless_recursion_overflows_the_stack_and_does_no_harm() -> Result<()> {
    let locals = "i64 ".repeat(4000);
    let keep: String = (0..4000)
        .map(|local| format!("(local.set {local} (i64.const {local}))"))
        .collect();
    let text = format!(
        r#"(module
            (table funcref (elem $indirect))
            (elem declare func $by_ref)
            (type $v (func))
            (func $plain (export "plain") (result i32) (i32.add (call $plain) (i32.const 1)))
            (func $even (export "mutual") (result i32) (i32.add (call $odd) (i32.const 1)))
            (func $odd (result i32) (i32.add (call $even) (i32.const 1)))
            (func $indirect (export "indirect") (call_indirect (type $v) (i32.const 0)) (nop))
            (func $by_ref (export "by_ref") (type $v) (call_ref $v (ref.func $by_ref)) (nop))
            (func $huge (export "huge") (result i64) (local {locals}) {keep}
                (i64.add (call $huge) (i64.add (local.get 3999) (local.get 0))))
            (func $vectors (export "vectors") (param v128 v128 v128 v128) (result v128)
                (i64x2.add (call $vectors (local.get 1) (local.get 2) (local.get 3) (local.get 0)) (local.get 0)))
            (func $results (export "results") (result i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64)
                (call $results) (drop) (f64.const 1))
            (func (export "fine") (result i32) (i32.const 6)))"#
    );
    for level in [OptLevel::None, OptLevel::Speed] {
        let mut config = Config::new();
        config.cranelift_opt_level(level);
        let (mut store, instance) = instance_in(&Engine::new(&config)?, &text)?;
        for name in ["plain", "mutual", "indirect", "by_ref", "huge", "results"] {
            let error = expect_trap(call(&mut store, instance, name, &[]), Trap::StackOverflow);
            assert_eq!(frames(&error).len(), 20, "{name}: as many frames as are shown");
            assert_eq!(number(&mut store, instance, "fine", &[])?, 6);
        }
        let vector = Val::V128(V128::from(1));
        expect_trap(
            call(&mut store, instance, "vectors", &[vector; 4]),
            Trap::StackOverflow,
        );
    }
    Ok(())
}

/// How much stack there is can be chosen, and is the same for every call.
#[test]
fn the_depth_of_recursion_follows_the_configuration() -> Result<()> {
    let text = r#"(module (global (export "depth") (mut i32) (i32.const 0))
        (func $f (export "f") (global.set 0 (i32.add (global.get 0) (i32.const 1))) (call $f) (nop)))"#;
    // Functions that are compiled once more on the way have other frames.
    for strategy in [Strategy::Optimized, Strategy::Baseline] {
        depths_follow(strategy, text)?;
    }
    Ok(())
}

fn depths_follow(strategy: Strategy, text: &str) -> Result<()> {
    let mut depths = Vec::new();
    for size in [64 << 10, 256 << 10, 1 << 20] {
        let mut config = Config::new();
        config.max_wasm_stack(size).compilation(strategy);
        let (mut store, instance) = instance_in(&Engine::new(&config)?, text)?;
        let depth = instance.get_global(&mut store, "depth").context("exported")?;
        let mut same = Vec::new();
        for _ in 0..3 {
            depth.set(&mut store, 0.into())?;
            expect_trap(call(&mut store, instance, "f", &[]), Trap::StackOverflow);
            same.push(depth.get(&mut store).unwrap_i32());
        }
        assert!(same.iter().all(|&depth| depth == same[0]), "{same:?}");
        depths.push(same[0]);
    }
    assert!(
        depths[1] > 3 * depths[0] && depths[2] > 3 * depths[1],
        "{depths:?}"
    );
    Ok(())
}

/// Programs run on threads with other stacks than the one where the store was made.
#[test]
fn a_store_may_move_to_another_thread() -> Result<()> {
    let text = r#"(module (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
            (else (i32.const 0)))))"#;
    let (mut store, instance) = instance(text)?;
    for _ in 0..4 {
        assert_eq!(number(&mut store, instance, "f", &[3000.into()])?, 3000);
        store = thread::spawn(move || {
            assert_eq!(number(&mut store, instance, "f", &[3000.into()]).ok(), Some(3000));
            expect_trap(
                call(&mut store, instance, "f", &[Val::I32(-1)]),
                Trap::StackOverflow,
            );
            store
        })
        .join()
        .map_err(|_| format_err!("the thread panicked"))?;
        expect_trap(
            call(&mut store, instance, "f", &[Val::I32(-1)]),
            Trap::StackOverflow,
        );
    }
    Ok(())
}

/// Tail calls use no stack, whatever the number of parameters of either side.
#[test]
fn mutual_tail_calls_do_not_overflow_the_stack() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module
            (type $few (func (param i32) (result i32)))
            (type $many (func (param i32 i64 i32 i64 i32 i64 i32 i64 f64 i32 i32) (result i32)))
            (table funcref (elem $few $many))
            (elem declare func $few)
            (func $few (export "run") (type $few)
                (if (i32.eqz (local.get 0)) (then (return (i32.const 77))))
                (return_call $many (i32.sub (local.get 0) (i32.const 1)) (i64.const 1) (i32.const 2) (i64.const 3)
                    (i32.const 4) (i64.const 5) (i32.const 6) (i64.const 7) (f64.const 8) (i32.const 9) (i32.const 10)))
            (func $many (type $many)
                (if (i32.and (local.get 0) (i32.const 1))
                    (then (return_call_indirect (type $few) (local.get 0) (i32.const 0))))
                (return_call_ref $few (local.get 0) (ref.func $few))))"#,
    )?;
    assert_eq!(number(&mut store, instance, "run", &[3_000_000.into()])?, 77);
    Ok(())
}

const ENDLESS: &str = r#"(module
    (import "" "started" (func $started))
    (table funcref (elem $tail_indirect))
    (type $v (func))
    (func (export "loop") (call $started) (loop (br 0)))
    (func (export "nested") (local i32) (call $started)
        (loop $outer (loop (br_if $outer (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 7)))
            (br 0))))
    (func (export "conditional") (param i32) (call $started)
        (loop (br_if 0 (i32.eqz (local.get 0))) (br_table 0 0 (local.get 0))))
    (func $tail (return_call $tail))
    (func (export "tail") (call $started) (return_call $tail))
    (func $a (return_call $b)) (func $b (return_call $a))
    (func (export "mutual") (call $started) (call $a))
    (func $tail_indirect (return_call_indirect (type $v) (i32.const 0)))
    (func (export "indirect") (call $started) (call $tail_indirect))
    (func $exponential (param i32) (if (local.get 0) (then
        (call $exponential (i32.sub (local.get 0) (i32.const 1)))
        (call $exponential (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "exponential") (call $started) (call $exponential (i32.const 100)))
    (func $five (result i32) (i32.const 5))
    (func (export "fine") (result i32) (call $five)))"#;

#[test]
fn another_thread_can_interrupt_whatever_does_not_end() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let (sender, receiver) = std::sync::mpsc::channel();
    let started = Func::wrap(&mut store, move || _ = sender.send(()));
    let instance = instantiate(&mut store, ENDLESS, &[started.into()])?;
    let handle = store.interrupt_handle();
    let names = [
        "loop",
        "nested",
        "conditional",
        "tail",
        "mutual",
        "indirect",
        "exponential",
    ];
    let timer = thread::spawn(move || {
        for _ in names {
            if receiver.recv().is_ok() {
                thread::sleep(Duration::from_millis(5));
                handle.interrupt();
            }
        }
    });
    for name in names {
        let params: &[Val] = if name == "conditional" {
            &[Val::I32(0)]
        } else {
            &[]
        };
        let error = expect_trap(call(&mut store, instance, name, params), Trap::Interrupt);
        assert!(!frames(&error).is_empty(), "{name}");
        assert_eq!(number(&mut store, instance, "fine", &[])?, 5, "after {name}");
    }
    timer.join().map_err(|_| format_err!("the timer panicked"))?;
    Ok(())
}

/// An interruption that comes while nothing runs ends the next program, once: the next that calls or loops, since
/// others end by themselves at once.
#[test]
fn an_interruption_waits_for_the_next_program() -> Result<()> {
    let (mut store, instance) = instance(
        r#"(module (func $one (result i32) (i32.const 1)) (func (export "f") (result i32) (call $one)))"#,
    )?;
    store.interrupt_handle().interrupt();
    expect_trap(call(&mut store, instance, "f", &[]), Trap::Interrupt);
    assert_eq!(number(&mut store, instance, "f", &[])?, 1);
    let handle = store.interrupt_handle();
    drop(store);
    handle.interrupt();
    Ok(())
}

#[test]
fn an_epoch_deadline_traps_by_default() -> Result<()> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let (mut store, instance) = {
        let mut store = Store::new(&engine, ());
        store.set_epoch_deadline(1);
        let started = Func::wrap(&mut store, || {});
        let instance = instantiate(&mut store, ENDLESS, &[started.into()])?;
        (store, instance)
    };
    assert_eq!(number(&mut store, instance, "fine", &[])?, 5);
    let ticking = engine.clone();
    let timer = thread::spawn(move || {
        thread::sleep(Duration::from_millis(10));
        ticking.increment_epoch();
    });
    expect_trap(call(&mut store, instance, "loop", &[]), Trap::Interrupt);
    timer.join().map_err(|_| format_err!("the timer panicked"))?;
    // The deadline is still over, until there is a new one.
    expect_trap(call(&mut store, instance, "fine", &[]), Trap::Interrupt);
    store.set_epoch_deadline(1);
    assert_eq!(number(&mut store, instance, "fine", &[])?, 5);
    let mut fresh = Store::new(&engine, ());
    let started = Func::wrap(&mut fresh, || {});
    let instance = instantiate(&mut fresh, ENDLESS, &[started.into()])?;
    expect_trap(call(&mut fresh, instance, "fine", &[]), Trap::Interrupt);
    Ok(())
}

#[test]
fn an_epoch_callback_decides_how_it_goes_on() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, 0u32);
    let ticks = Arc::new(AtomicU32::new(0));
    let counted = ticks.clone();
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |mut context| {
        *context.data_mut() += 1;
        match counted.fetch_add(1, Ordering::Relaxed) {
            0..5 => Ok(UpdateDeadline::Continue(1)),
            5 => Ok(UpdateDeadline::Interrupt),
            _ => bail!("enough"),
        }
    });
    let tick = Func::wrap(&mut store, |caller: Caller<'_, u32>| {
        caller.engine().increment_epoch()
    });
    let module = Module::new(
        &engine,
        r#"(module (import "" "tick" (func $tick)) (func (export "run") (loop (call $tick) (br 0))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[tick.into()])?;
    let run = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    expect_trap(run.call(&mut store, ()), Trap::Interrupt);
    assert_eq!((*store.data(), ticks.load(Ordering::Relaxed)), (6, 6));
    store.set_epoch_deadline(1);
    let error = run.call(&mut store, ()).err().context("the callback fails")?;
    assert_eq!(error.root_cause().to_string(), "enough");
    assert!(error.is::<WasmBacktrace>());
    Ok(())
}
