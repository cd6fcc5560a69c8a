//! Programs let others run at their deadlines, wherever they are.

use crate::executor::{Woken, pending, poll_once, run};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use transom::{
    Config, Engine, Instance, Module, Result, Store, StoreContextMut, Tiers, Trap, UpdateDeadline,
};

const PROGRAM: &str = r#"(module
  (type $node (struct (field i32) (field (ref null $node))))
  (func (export "endless") (loop (br 0)))
  (func $work (export "work") (param $n i32) (result i32)
    (local $list (ref null $node)) (local $sum i32) (local $d f64) (local $v v128)
    (loop $next
      (local.set $list (struct.new $node (local.get $n) (local.get $list)))
      (local.set $d (f64.add (local.get $d) (f64.const 1.5)))
      (local.set $v (i32x4.add (local.get $v) (i32x4.splat (local.get $n))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $add
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (struct.get $node 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $node 1 (local.get $list)))))))
    (i32.add (i32.add (local.get $sum) (i32x4.extract_lane 2 (local.get $v))) (i32.trunc_f64_s (local.get $d))))
  (func (export "deep") (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call 2 (i32.sub (local.get $n) (i32.const 1))) (call $work (i32.const 3))))
      (else (i32.const 0)))))"#;

/// Engines with epochs whose code is compiled in each way.
fn engines() -> impl Iterator<Item = Engine> {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Mixed(2),
        Tiers::Replaced(0),
    ];
    tiers.into_iter().map(|tiers| {
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(true).epoch_interruption(true);
        Engine::new(&config).unwrap()
    })
}

fn program(engine: &Engine) -> Result<(Store<u32>, Instance)> {
    let mut store = Store::new(engine, 0);
    store.set_epoch_deadline(1_000_000);
    let instance = Instance::new(&mut store, &Module::new(engine, PROGRAM)?, &[])?;
    store.epoch_deadline_async_yield_and_update(1);
    store.set_epoch_deadline(1);
    Ok((store, instance))
}

#[test]
fn an_endless_program_lets_others_run() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        let func = instance.get_typed_func::<(), ()>(&mut store, "endless")?;
        // The next deadline is over when the program goes on.
        store.epoch_deadline_async_yield_and_update(0);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        {
            let mut call = pin!(func.call_async(&mut store, ()));
            engine.increment_epoch();
            for polls in 1..=50 {
                let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                assert_eq!(woken.0.load(Ordering::Relaxed), polls);
            }
        }
        // It was ended, and the store goes on.
        let work = instance.get_typed_func::<i32, i32>(&mut store, "work")?;
        store.set_epoch_deadline(1_000_000);
        run(work.call_async(&mut store, 1))?;
    }
    Ok(())
}

/// A deadline that is always over: the program lets others run at every poll.
#[test]
fn programs_compute_the_same_however_often_they_yield() -> Result<()> {
    let mut results = Vec::new();
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        for (name, argument) in [("work", 40), ("deep", 20)] {
            let func = instance.get_typed_func::<i32, i32>(&mut store, name)?;
            store.epoch_deadline_async_yield_and_update(1_000_000);
            store.set_epoch_deadline(1_000_000);
            let expected = run(func.call_async(&mut store, argument))?;
            results.push(expected);
            store.epoch_deadline_async_yield_and_update(0);
            store.set_epoch_deadline(0);
            let (found, yields) = crate::executor::run_counted(func.call_async(&mut store, argument));
            assert_eq!(found?, expected, "{name}");
            assert!(yields > 10, "{name} has yielded {yields} times");
            let found = crate::executor::run_on_threads(func.call_async(&mut store, argument))?;
            assert_eq!(found, expected, "{name}, on threads");
            // Ended at each of these places.
            for polls in (1..yields).step_by(3) {
                let mut call = Box::pin(func.call_async(&mut store, argument));
                (0..polls).for_each(|_| assert!(poll_once(call.as_mut()).is_pending()));
                drop(call);
            }
            assert_eq!(run(func.call_async(&mut store, argument))?, expected);
        }
    }
    assert!(results.chunks(2).all(|pair| pair == &results[..2]), "{results:?}");
    Ok(())
}

#[test]
fn programs_wait_for_futures_at_deadlines() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        store.epoch_deadline_callback(|mut store: StoreContextMut<'_, u32>| {
            *store.data_mut() += 1;
            Ok(match *store.data() {
                1 => UpdateDeadline::YieldCustom(0, Box::pin(pending(3))),
                2 => UpdateDeadline::Yield(0),
                3 => UpdateDeadline::Continue(0),
                _ => UpdateDeadline::Interrupt,
            })
        });
        store.set_epoch_deadline(0);
        let func = instance.get_typed_func::<(), ()>(&mut store, "endless")?;
        let mut call = Box::pin(func.call_async(&mut store, ()));
        for _ in 0..4 {
            assert!(poll_once(call.as_mut()).is_pending());
        }
        let Poll::Ready(Err(error)) = poll_once(call.as_mut()) else {
            panic!("the program ends at its fourth deadline")
        };
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::Interrupt));
        drop(call);
        assert_eq!(*store.data(), 4);
    }
    Ok(())
}

/// An engine that counts fuel, in each tier.
fn fuelled() -> impl Iterator<Item = Engine> {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Mixed(3),
        Tiers::Replaced(0),
    ];
    tiers.into_iter().map(|tiers| {
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(true).consume_fuel(true);
        Engine::new(&config).unwrap()
    })
}

#[test]
fn programs_yield_for_fuel_and_use_as_much_as_without() -> Result<()> {
    const FUEL: u64 = 1_000_000;
    let mut results = Vec::new();
    for engine in fuelled() {
        let mut store = Store::new(&engine, 0);
        let instance = Instance::new(&mut store, &Module::new(&engine, PROGRAM)?, &[])?;
        for (name, argument) in [("work", 40), ("deep", 10)] {
            let func = instance.get_typed_func::<i32, i32>(&mut store, name)?;
            store.fuel_async_yield_interval(None)?;
            store.set_fuel(FUEL)?;
            let expected = run(func.call_async(&mut store, argument))?;
            let left = store.get_fuel()?;
            results.push((expected, left));
            for interval in [1, 7, 100, FUEL] {
                store.set_fuel(FUEL)?;
                store.fuel_async_yield_interval(Some(interval))?;
                assert_eq!(store.get_fuel()?, FUEL);
                let (found, yields) = crate::executor::run_counted(func.call_async(&mut store, argument));
                assert_eq!(
                    (found?, store.get_fuel()?),
                    (expected, left),
                    "{name}, {interval}"
                );
                let most = (FUEL - left) / interval;
                assert!(yields as u64 <= most, "{yields} yields are more than {most}");
                assert!(interval != 7 || yields > 10, "{yields} yields");
                store.set_fuel(FUEL)?;
                let found = crate::executor::run_on_threads(func.call_async(&mut store, argument))?;
                assert_eq!((found, store.get_fuel()?), (expected, left), "{name}, {interval}");
            }
        }
    }
    assert!(results.chunks(2).all(|pair| pair == &results[..2]), "{results:?}");
    Ok(())
}

#[test]
fn programs_that_yield_for_fuel_end_without_any() -> Result<()> {
    for engine in fuelled() {
        let mut store = Store::new(&engine, 0);
        let instance = Instance::new(&mut store, &Module::new(&engine, PROGRAM)?, &[])?;
        store.set_fuel(10_000)?;
        store.fuel_async_yield_interval(Some(1000))?;
        let func = instance.get_typed_func::<(), ()>(&mut store, "endless")?;
        let (ended, yields) = crate::executor::run_counted(func.call_async(&mut store, ()));
        let trap = ended.unwrap_err().downcast::<Trap>()?;
        assert_eq!((trap, yields, store.get_fuel()?), (Trap::OutOfFuel, 9, 0));
        for polls in 1..9 {
            store.set_fuel(10_000)?;
            let mut call = Box::pin(func.call_async(&mut store, ()));
            (0..polls).for_each(|_| assert!(poll_once(call.as_mut()).is_pending()));
            drop(call);
            let left = 10_000 - 1000 * polls;
            assert!(store.get_fuel()?.abs_diff(left) < 10, "{polls} polls");
        }
        assert!(store.fuel_async_yield_interval(Some(0)).is_err());
    }
    let mut store = Store::new(&Engine::default(), ());
    assert!(
        store.fuel_async_yield_interval(Some(1)).is_err(),
        "no fuel is counted"
    );
    Ok(())
}
