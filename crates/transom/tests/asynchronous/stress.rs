//! Programs that do at random whatever can go wrong where they wait, in many stores at once, compute the same as plain calls.

use crate::executor::{pending, poll_once, run, run_on_threads};
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::Poll;
use transom::{Caller, Config, Engine, Linker, Module, Result, Store, Tiers, TypedFunc};

/// Keeps a list while it calls the host, with numbers that follow from a seed.
const PROGRAM: &str = r#"(module
  (type $node (struct (field i32) (field (ref null $node))))
  (import "host" "step" (func $step (param i32 i32) (result i32)))
  (import "host" "plain" (func $plain (param i32 i32) (result i32)))
  (tag $tag)
  (func $inner (param i32 i32) (result i32)
    (if (result i32) (i32.eq (i32.const 8) (i32.rem_u (local.get 0) (i32.const 10)))
      (then (call $plain (local.get 0) (local.get 1)))
      (else (call $step (local.get 0) (local.get 1)))))
  (func (export "run") (param $seed i32) (param $depth i32) (result i32)
    (local $list (ref null $node)) (local $n i32) (local $sum i32)
    (local.set $n (i32.const 6))
    (loop $next
      (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $list (struct.new $node
        (call $inner (i32.shr_u (local.get $seed) (i32.const 12)) (local.get $depth)) (local.get $list)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $add
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (struct.get $node 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $node 1 (local.get $list)))))))
    (local.get $sum))
  (func (export "trap") (param i32 i32) (result i32) (unreachable))
  (func (export "throw") (param i32 i32) (result i32) (throw $tag))
  (func (export "panic") (param i32 i32) (result i32) (call $step (i32.const -1) (i32.const 0))))"#;

type Run = TypedFunc<(i32, i32), i32>;

fn export(caller: &mut Caller<'_, ()>, name: &str) -> Result<Run> {
    let func = caller.get_export(name).and_then(|item| item.into_func());
    func.unwrap().typed(&*caller)
}

/// Which function a step calls, if it calls one that fails.
fn failing(number: i32) -> Option<&'static str> {
    match number % 10 {
        5 => Some("trap"),
        6 => Some("panic"),
        7 => Some("throw"),
        _ => None,
    }
}

/// What is done without waiting.
fn step(mut caller: Caller<'_, ()>, number: i32, depth: i32) -> Result<i32> {
    assert!(number >= 0, "asked to panic");
    if depth == 0 {
        return Ok(number);
    }
    if let Some(name) = failing(number) {
        let func = export(&mut caller, name)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| func.call(&mut caller, (0, 0))));
        assert!(!matches!(outcome, Ok(Ok(_))));
        return Ok(number + 1);
    }
    let func = export(&mut caller, "run")?;
    match number % 10 {
        2 | 8 | 9 => func.call(&mut caller, (number, depth - 1)),
        _ => Ok(number),
    }
}

/// Polls a future until it is done, or panics.
async fn caught<R>(future: impl Future<Output = R> + Send) -> std::thread::Result<R> {
    let mut future = pin!(future);
    std::future::poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        },
    )
    .await
}

/// Polls a future so many times, and drops or forgets it.
fn abandon<R>(future: impl Future<Output = R>, polls: i32, forget: bool) {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(future.as_mut())));
        if !matches!(polled, Ok(Poll::Pending)) {
            break;
        }
    }
    if forget {
        std::mem::forget(future);
    }
}

/// The same, in which the program waits.
async fn step_async(mut caller: Caller<'_, ()>, number: i32, depth: i32) -> Result<i32> {
    pending(number.rem_euclid(3) as usize).await;
    assert!(number >= 0, "asked to panic");
    if depth == 0 {
        return Ok(number);
    }
    if let Some(name) = failing(number) {
        let func = export(&mut caller, name)?;
        let outcome = caught(func.call_async(&mut caller, (0, 0))).await;
        assert!(!matches!(outcome, Ok(Ok(_))));
        return Ok(number + 1);
    }
    let func = export(&mut caller, "run")?;
    match number % 10 {
        1 => caller.gc(None)?,
        2 => return func.call_async(&mut caller, (number, depth - 1)).await,
        kind @ (3 | 4) => {
            let polls = number / 10 % 8;
            abandon(
                func.call_async(&mut caller, (number, depth - 1)),
                polls,
                kind == 4,
            );
            caller.gc(None)?;
            pending(1).await;
        }
        9 => return run_on_threads(func.call_async(&mut caller, (number, depth - 1))),
        _ => {}
    }
    Ok(number)
}

fn engines() -> Vec<Engine> {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Mixed(2),
        Tiers::Replaced(3),
    ];
    let engine = |tiers| {
        let mut config = Config::new();
        config
            .tiers(tiers)
            .gc_zeal(true)
            .epoch_interruption(true)
            .consume_fuel(true);
        Engine::new(&config).unwrap()
    };
    tiers.into_iter().map(engine).collect()
}

const FUEL: u64 = 1 << 60;
const DEPTH: i32 = 3;

fn expected(engine: &Engine, module: &Module, seed: i32) -> Result<i32> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "step", step)?;
    linker.func_wrap("host", "plain", step)?;
    let mut store = Store::new(engine, ());
    store.set_fuel(FUEL)?;
    store.set_epoch_deadline(1 << 40);
    let instance = linker.instantiate(&mut store, module)?;
    instance
        .get_typed_func::<(i32, i32), i32>(&mut store, "run")?
        .call(&mut store, (seed, DEPTH))
}

async fn found(linker: &Linker<()>, module: &Module, seed: i32) -> Result<i32> {
    let mut store = Store::new(module.engine(), ());
    store.set_fuel(FUEL)?;
    store.set_epoch_deadline(1 << 40);
    if seed % 3 == 0 {
        store.epoch_deadline_async_yield_and_update(0);
        store.set_epoch_deadline(0);
    }
    if seed % 3 == 1 {
        store.fuel_async_yield_interval(Some(1 + seed as u64 % 50))?;
    }
    let instance = linker.instantiate_async(&mut store, module).await?;
    let func = instance.get_typed_func::<(i32, i32), i32>(&mut store, "run")?;
    for attempt in 0..seed % 4 {
        let call = func.call_async(&mut store, (seed + attempt, DEPTH));
        abandon(call, seed * 7 % 100, attempt == 1);
        store.gc(None)?;
        pending(1).await;
    }
    func.call_async(&mut store, (seed, DEPTH)).await
}

type Task<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Polls all tasks, each time on whichever of some threads comes by.
fn run_all(tasks: VecDeque<Task<'_>>) {
    let tasks = Mutex::new(tasks);
    let next = || tasks.lock().unwrap().pop_front();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(mut task) = next() {
                    match poll_once(task.as_mut()) {
                        Poll::Pending => tasks.lock().unwrap().push_back(task),
                        Poll::Ready(outcome) => outcome.unwrap(),
                    }
                }
            });
        }
    });
}

fn stress(seeds: std::ops::Range<i32>) -> Result<()> {
    for engine in engines() {
        let module = Module::new(&engine, PROGRAM)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "step", |caller, (number, depth): (i32, i32)| {
            Box::new(step_async(caller, number, depth))
        })?;
        linker.func_wrap(
            "host",
            "plain",
            |mut caller: Caller<'_, ()>, number: i32, depth: i32| {
                if depth == 0 {
                    return Ok(number);
                }
                let func = export(&mut caller, "run")?;
                run(func.call_async(&mut caller, (number, depth - 1)))
            },
        )?;
        let (linker, module) = (&linker, &module);
        let task = |seed| -> Task<'_> {
            Box::pin(async move {
                let expected = expected(module.engine(), module, seed)?;
                assert_eq!(found(linker, module, seed).await?, expected, "seed {seed}");
                Ok(())
            })
        };
        let mut tasks: VecDeque<Task<'_>> = seeds.clone().map(task).collect();
        // Some whole stores are dropped in the middle, on another thread than they were polled on.
        for seed in seeds.clone().step_by(3) {
            tasks.push_back(Box::pin(async move {
                let call = found(linker, module, seed);
                let mut call = Box::pin(call);
                for _ in 0..seed * 13 % 200 {
                    if poll_once(call.as_mut()).is_ready() {
                        return Ok(());
                    }
                    pending(1).await;
                }
                Ok(())
            }));
        }
        run_all(tasks);
    }
    Ok(())
}

#[test]
fn programs_compute_the_same_whatever_happens_where_they_wait() -> Result<()> {
    let seeds: i32 = std::env::var("SEEDS").map_or(12, |seeds| seeds.parse().unwrap());
    stress(0..seeds)
}
