//! Waiting and notifying: between programs, between a program and its host, and what ends a wait.

use crate::support::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use transom::*;

const WAITER: &str = r#"(module (import "" "m" (memory 1 1 shared))
    (func (export "wait32") (param i32 i32 i64) (result i32)
        (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "wait64") (param i32 i64 i64) (result i32)
        (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "notify") (param i32 i32) (result i32)
        (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "serve") (param $turns i32) (param $mine i32) (result i32) (local $sum i32)
        (loop $next
            ;; Waits until it is this side's turn, adds to the sum, and hands over.
            (block $turn
                (loop $again
                    (br_if $turn (i32.eq (i32.atomic.load (i32.const 8)) (local.get $mine)))
                    (drop (memory.atomic.wait32 (i32.const 8)
                        (i32.sub (i32.const 1) (local.get $mine)) (i64.const -1)))
                    (br $again)))
            (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 16))))
            (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
            (i32.atomic.store (i32.const 8) (i32.sub (i32.const 1) (local.get $mine)))
            (drop (memory.atomic.notify (i32.const 8) (i32.const 1)))
            (br_if $next (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
        (local.get $sum)))"#;

fn waiter(engine: &Engine) -> Result<(SharedMemory, Module)> {
    let memory = SharedMemory::new(engine, MemoryType::shared(1, 1))?;
    Ok((memory, Module::new(engine, WAITER)?))
}

fn forever() -> [Val; 3] {
    [Val::I32(0), Val::I32(0), Val::I64(-1)]
}

#[test]
fn two_stores_take_turns() -> Result<()> {
    const TURNS: u32 = 2000;
    let (memory, module) = waiter(&Engine::default())?;
    let sides: Vec<_> = (0..2)
        .map(|mine| {
            let (memory, module) = (memory.clone(), module.clone());
            thread::spawn(move || -> Result<u64> {
                let mut store = Store::new(module.engine(), ());
                let instance = Instance::new(&mut store, &module, &[memory.into()])?;
                number(
                    &mut store,
                    instance,
                    "serve",
                    &[Val::I32(TURNS as i32), Val::I32(mine)],
                )
            })
        })
        .collect();
    let sums = sides
        .into_iter()
        .map(|side| side.join().map_err(|_| format_err!("a thread panicked"))?);
    let sums = sums.collect::<Result<Vec<_>>>()?;
    let odd = u64::from(TURNS) * u64::from(TURNS);
    assert_eq!(
        sums,
        [odd - u64::from(TURNS), odd],
        "sums of the even and the odd numbers"
    );
    Ok(())
}

#[test]
fn results_of_waiting() -> Result<()> {
    let (memory, module) = waiter(&Engine::default())?;
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
    let mut wait = |name: &str, expected: Val, timeout: i64| {
        let begin = Instant::now();
        let result = number(
            &mut store,
            instance,
            name,
            &[Val::I32(0), expected, Val::I64(timeout)],
        )?;
        Ok::<_, Error>((
            result,
            begin.elapsed() >= Duration::from_nanos(timeout.max(0) as u64),
        ))
    };
    assert_eq!(wait("wait32", Val::I32(1), -1)?.0, 1);
    assert_eq!(wait("wait64", Val::I64(1 << 32), -1)?.0, 1);
    assert_eq!(wait("wait32", Val::I32(0), 0)?, (2, true));
    assert_eq!(wait("wait64", Val::I64(0), 3_000_000)?, (2, true));
    assert_eq!(memory.atomic_wait32(0, 7, None), Ok(WaitResult::Mismatch));
    assert_eq!(
        memory.atomic_wait64(8, 0, Some(Duration::from_millis(1))),
        Ok(WaitResult::TimedOut)
    );
    assert_eq!(memory.atomic_wait64(4, 0, None), Err(Trap::HeapMisaligned));
    assert_eq!(memory.atomic_wait32(65536, 0, None), Err(Trap::MemoryOutOfBounds));
    assert_eq!(memory.atomic_notify(2, 1), Err(Trap::HeapMisaligned));
    assert_eq!(memory.atomic_notify(1 << 40, 1), Err(Trap::MemoryOutOfBounds));
    assert_eq!(
        memory.atomic_notify(0, u32::MAX),
        Ok(0),
        "nobody is left in a queue"
    );
    Ok(())
}

/// Programs wait; the host wakes one, then all; and the other way round.
#[test]
fn hosts_and_programs_wake_each_other() -> Result<()> {
    const WAITERS: u32 = 4;
    let (memory, module) = waiter(&Engine::default())?;
    let programs: Vec<_> = (0..WAITERS)
        .map(|_| {
            let (memory, module) = (memory.clone(), module.clone());
            thread::spawn(move || -> Result<u64> {
                let mut store = Store::new(module.engine(), ());
                let instance = Instance::new(&mut store, &module, &[memory.into()])?;
                number(&mut store, instance, "wait32", &forever())
            })
        })
        .collect();
    let mut woken = 0;
    while woken < WAITERS {
        let now = memory.atomic_notify(0, 1 + woken).map_err(Error::new)?;
        assert!(now <= 1 + woken);
        assert_eq!(memory.atomic_notify(4, u32::MAX), Ok(0), "another address");
        woken += now;
        thread::yield_now();
    }
    for program in programs {
        assert_eq!(program.join().map_err(|_| format_err!("a thread panicked"))??, 0);
    }
    let host = {
        let memory = memory.clone();
        thread::spawn(move || memory.atomic_wait32(0, 0, None))
    };
    let mut store = Store::new(module.engine(), ());
    let instance = Instance::new(&mut store, &module, &[memory.into()])?;
    while number(&mut store, instance, "notify", &[Val::I32(0), Val::I32(9)])? == 0 {
        thread::yield_now();
    }
    assert_eq!(
        host.join().map_err(|_| format_err!("the host panicked"))?,
        Ok(WaitResult::Ok)
    );
    Ok(())
}

/// Runs a program that waits for ever, and something that ends it from another thread, many times over.
fn ended_by(end: impl Fn(&Engine, &InterruptHandle) + Sync, prepare: impl Fn(&mut Store<u32>)) -> Result<()> {
    let engine = Engine::default();
    let (memory, module) = waiter(&engine)?;
    for turn in 0..20 {
        let mut store = Store::new(&engine, 0);
        prepare(&mut store);
        let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
        let wait = instance.get_typed_func::<(i32, i32, i64), i32>(&mut store, "wait32")?;
        let handle = store.interrupt_handle();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // At once, or when the program surely waits.
                thread::sleep(Duration::from_micros(if turn % 2 == 0 { 0 } else { 2000 }));
                while !over.load(Ordering::Relaxed) {
                    end(&engine, &handle);
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let outcome = wait.call(&mut store, (0, 0, -1));
            over.store(true, Ordering::Relaxed);
            let error = expect_trap(outcome, Trap::Interrupt);
            assert!(
                error.downcast_ref::<WasmBacktrace>().is_some(),
                "it is known where"
            );
        });
        assert_eq!(
            memory.atomic_notify(0, u32::MAX),
            Ok(0),
            "who was interrupted does not wait any more"
        );
    }
    Ok(())
}

#[test]
fn an_interrupt_handle_ends_a_wait() -> Result<()> {
    ended_by(|_, handle| handle.interrupt(), |_| ())
}

#[test]
fn an_epoch_ends_a_wait() -> Result<()> {
    ended_by(
        |engine, _| engine.increment_epoch(),
        |store| store.set_epoch_deadline(1),
    )
}

#[test]
fn an_epoch_callback_may_let_a_wait_go_on() -> Result<()> {
    ended_by(
        |engine, _| engine.increment_epoch(),
        |store| {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(|mut store| {
                *store.data_mut() += 1;
                Ok(match *store.data() {
                    3.. => UpdateDeadline::Interrupt,
                    _ => UpdateDeadline::Continue(1),
                })
            });
        },
    )
}

/// Neither spurious wakeups nor epochs shorten a wait with a timeout, and a panic of a callback leaves no waiter.
#[test]
fn what_a_callback_does_while_a_program_waits() -> Result<()> {
    let engine = Engine::default();
    let (memory, module) = waiter(&engine)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
    let over = AtomicBool::new(false);
    let waiting = thread::current();
    thread::scope(|scope| -> Result<()> {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                engine.increment_epoch();
                waiting.unpark();
                thread::yield_now();
            }
        });
        let begin = Instant::now();
        let params = [Val::I32(0), Val::I32(0), Val::I64(20_000_000)];
        let result = number(&mut store, instance, "wait32", &params);
        over.store(true, Ordering::Relaxed);
        assert_eq!(result?, 2);
        assert!(begin.elapsed() >= Duration::from_millis(20));
        Ok(())
    })?;
    store.set_epoch_deadline(0);
    store.epoch_deadline_callback(|_| panic!("on purpose"));
    let outcome = quietly(|| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            call(&mut store, instance, "wait32", &forever())
        }))
    });
    assert!(outcome.is_err());
    assert_eq!(memory.atomic_notify(0, u32::MAX), Ok(0));
    Ok(())
}
