//! Threads of the engine compile while programs run.

use crate::support::{instance_in, instantiate, number};
use std::time::{Duration, Instant};
use transom::*;

/// A loop that ends when the host says so, and one that is called over and over until then.
const MODULE: &str = r#"(module
    (import "" "more" (func $more (result i32)))
    (func (export "long") (result i32) (local $i i32) (local $j i32) (local $turns i32)
      (loop $next
        (local.set $j (i32.const 1000))
        (loop $inner (br_if $inner (local.tee $j (i32.sub (local.get $j) (i32.const 1)))))
        (local.set $i (i32.xor (local.get $i) (local.get $turns)))
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $next (call $more)))
      (i32.sub (local.get $turns) (i32.and (i32.const 0) (local.get $i))))
    (func $short (param i32) (result i32) (local $i i32)
      (local.set $i (i32.add (local.get 0) (i32.const 100)))
      (loop $next
        (local.set 0 (i32.add (local.get 0) (i32.const 3)))
        (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.get 0))
    (func (export "often") (result i32) (local $turns i32)
      (loop $next
        (if (i32.ne (call $short (i32.const 5)) (i32.const 320)) (then (unreachable)))
        (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
        (br_if $next (call $more)))
      (local.get $turns)))"#;

/// Runs an export until the module's statistics say that something was done. There is no limit of time that a loaded machine can
/// not exceed, so this one is long.
fn run_until(engine: &Engine, export: &str, done: fn(&TierUpStatistics) -> bool) -> Result<TierUpStatistics> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let module = Module::new(engine, MODULE)?;
    let mut store = Store::new(engine, 0);
    let (begun, seen) = (Instant::now(), module.clone());
    let more = Func::wrap(&mut store, move |mut caller: Caller<'_, i32>| {
        *caller.data_mut() += 1;
        i32::from(!done(&seen.statistics().tier_up) && begun.elapsed() < PATIENCE)
    });
    let instance = Instance::new(&mut store, &module, &[more.into()])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, export)?;
    let turns = run.call(&mut store, ())?;
    assert_eq!(turns, *store.data(), "each turn was made once");
    let statistics = module.statistics().tier_up;
    assert!(done(&statistics), "{statistics:?}");
    Ok(statistics)
}

#[test]
fn a_loop_that_is_entered_once_goes_on_in_optimised_code() -> Result<()> {
    let statistics = run_until(&Engine::default(), "long", |done| done.replacements > 0)?;
    assert!(
        statistics.loops > 0 && !statistics.time.is_zero(),
        "{statistics:?}"
    );
    Ok(())
}

#[test]
fn a_function_that_is_called_often_is_compiled_once_more() -> Result<()> {
    run_until(&Engine::default(), "often", |done| done.functions > 0)?;
    Ok(())
}

#[test]
fn without_threads_nothing_is_compiled_once_more() -> Result<()> {
    let engine = Engine::new(Config::new().compiler_threads(0))?;
    let statistics = run_until(&engine, "often", |done| done.failures > 0)?;
    assert_eq!((statistics.functions, statistics.loops), (0, 0));
    Ok(())
}

/// The optimiser passes values for each label of a `br_table`, and refuses so many; the baseline compiler does not.
#[test]
fn what_cannot_be_optimised_runs_as_before() -> Result<()> {
    let ty = "i64 ".repeat(1000);
    let labels = "0 ".repeat(100_000);
    let text = format!(
        r#"(module
          (func $many (param i32) (result {ty}) (local $i i32)
            (local.set $i (i32.const 10000))
            (loop $next (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (if (local.get 0) (then (block (result {ty}) (call $many (i32.const 0)) (br_table {labels} (i32.const 0))) (return)))
            {})
          (func (export "f") (result i64) (call $many (i32.const 0)) {}))"#,
        "(i64.const 1)".repeat(1000),
        "(i64.add)".repeat(999),
    );
    let engine = Engine::default();
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let begun = Instant::now();
    while module.statistics().tier_up.failures == 0 {
        assert_eq!(number(&mut store, instance, "f", &[])?, 1000);
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{:?}",
            module.statistics()
        );
    }
    assert_eq!(number(&mut store, instance, "f", &[])?, 1000);
    // The caller may be compiled once more.
    assert!(module.statistics().tier_up.functions <= 1);
    Ok(())
}

/// Sums up to a number, in a loop that lasts some milliseconds.
const SUM: &str = r#"(module (func (export "sum") (param $n i64) (result i64) (local $sum i64)
    (loop $next
      (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
    (local.get $sum)))"#;

fn sum(store: &mut Store<()>, instance: Instance, to: u64) -> Result<()> {
    let found = number(store, instance, "sum", &[Val::I64(to as i64)])?;
    assert_eq!(found, to * (to + 1) / 2);
    Ok(())
}

#[test]
fn threads_share_what_is_compiled_while_they_run() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, SUM)?;
    std::thread::scope(|scope| {
        let run = |number: u64| -> Result<()> {
            let mut store = Store::new(&engine, ());
            let instance = Instance::new(&mut store, &module, &[])?;
            (0..20).try_for_each(|round| sum(&mut store, instance, 100_000 + number * 1000 + round))
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap())
    })
}

#[test]
fn modules_and_engines_go_while_functions_wait_for_their_compilation() -> Result<()> {
    for round in 0..20 {
        let engine = Engine::default();
        for _ in 0..10 {
            let (mut store, instance) = instance_in(&engine, SUM)?;
            sum(&mut store, instance, 200_000 + round)?;
        }
    }
    Ok(())
}

/// A module's functions are the same for all its instances, but what they refer to is not.
#[test]
fn instances_share_code_and_keep_their_state() -> Result<()> {
    let text = r#"(module
        (global $own (export "own") (mut i64) (i64.const 0))
        (memory 1)
        (func (export "count") (param $n i64) (result i64)
          (loop $next
            (global.set $own (i64.add (global.get $own) (i64.const 1)))
            (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 2)))
            (br_if $next (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0))))
          (i64.add (global.get $own) (i64.load (i32.const 8)))))"#;
    for engine in [Engine::default(), crate::at_once(0), crate::at_once(500)] {
        let mut store = Store::new(&engine, ());
        let first = instantiate(&mut store, text, &[])?;
        let module = Module::new(&engine, text)?;
        let second = Instance::new(&mut store, &module, &[])?;
        let third = Instance::new(&mut store, &module, &[])?;
        for (instance, turns, expected) in [
            (first, 10, 30),
            (second, 20, 60),
            (third, 7, 21),
            (second, 1000, 3060),
        ] {
            assert_eq!(
                number(&mut store, instance, "count", &[Val::I64(turns)])?,
                expected
            );
        }
    }
    Ok(())
}
