//! Ten thousand programs that wait at the same time leave nothing behind, however they end: no value of the host's, no future, no stack
//! but those that the engine keeps, no mapping, and no byte of Rust's allocator.

#[path = "../asynchronous/executor.rs"]
#[allow(dead_code, reason = "this test uses a part of it")]
mod executor;
#[path = "../support/mod.rs"]
mod support;

use executor::{pending, poll_once};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use support::quietly;
use transom::*;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many programs wait at the same time; a fifth ends in each way.
const PROGRAMS: usize = 10_000;
/// How many stacks an engine keeps, and how many heaps' addresses.
const KEPT: usize = 64;

/// Keeps an object that refers to a value of the host's, while it waits.
const PROGRAM: &str = r#"(module
  (type $node (struct (field externref) (field (ref null $node))))
  (import "host" "wait" (func $wait (param externref) (result i32)))
  (memory 1)
  (func (export "run") (param $value externref) (result i32)
    (local $kept (ref null $node)) (local $ending i32)
    (local.set $kept (struct.new $node (local.get $value) (ref.null $node)))
    (i32.store (i32.const 8) (i32.const 41))
    (local.set $ending (call $wait (struct.get $node 0 (local.get $kept))))
    (if (i32.eq (local.get $ending) (i32.const 1)) (then unreachable))
    (if (i32.eq (local.get $ending) (i32.const 2)) (then (loop (br 0))))
    (i32.add (i32.load (i32.const 8)) (ref.is_null (struct.get $node 1 (local.get $kept))))))"#;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    Return,
    Trap,
    Interrupt,
    Panic,
    Drop,
}

impl Ending {
    const ALL: [Ending; 5] = [
        Ending::Return,
        Ending::Trap,
        Ending::Interrupt,
        Ending::Panic,
        Ending::Drop,
    ];

    /// Neighbours end in different ways.
    fn of(index: usize) -> Ending {
        Ending::ALL[index % Ending::ALL.len()]
    }
}

/// Something that is counted while it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(living: &Arc<AtomicUsize>) -> Counted {
        living.fetch_add(1, Ordering::Relaxed);
        Counted(living.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The data of a store.
struct Data {
    ending: Ending,
    counted: Counted,
}

async fn wait(caller: Caller<'_, Data>, value: Option<Rooted<ExternRef>>) -> Result<i32> {
    let _future = Counted::new(&caller.data().counted.0);
    pending(1).await;
    ensure!(
        value.is_some_and(|value| value.data(&caller).is_ok()),
        "the value is gone"
    );
    let ending = caller.data().ending;
    assert!(ending != Ending::Panic, "on purpose");
    Ok(ending as i32)
}

type Handles = Mutex<Vec<(Ending, InterruptHandle)>>;

/// A store, and a program of it that waits once. The store is part of the future.
async fn run(linker: &Linker<Data>, module: &Module, data: Data, handles: &Handles) -> Result<i32> {
    let ending = data.ending;
    let living = data.counted.0.clone();
    let mut store = Store::new(module.engine(), data);
    let handle = (ending, store.interrupt_handle());
    handles
        .lock()
        .map_err(|_| Error::msg("a thread panicked"))?
        .push(handle);
    let instance = linker.instantiate_async(&mut store, module).await?;
    let value = ExternRef::new(&mut store, Counted::new(&living))?;
    let func = instance.get_typed_func::<Option<Rooted<ExternRef>>, i32>(&mut store, "run")?;
    func.call_async(&mut store, Some(value)).await
}

type Task<'a> = Pin<Box<dyn Future<Output = Result<i32>> + Send + 'a>>;

/// Ends a program that waits, in the way that it must end.
fn end(mut task: Task<'_>, ending: Ending) -> Result<()> {
    if ending == Ending::Drop {
        return Ok(());
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| poll_once(task.as_mut())));
    let expected = match (ending, &outcome) {
        (Ending::Panic, outcome) => outcome.is_err(),
        (Ending::Return, Ok(Poll::Ready(Ok(result)))) => *result == 42,
        (_, Ok(Poll::Ready(Err(error)))) => {
            let trap = match ending {
                Ending::Trap => Trap::UnreachableCodeReached,
                _ => Trap::Interrupt,
            };
            error.downcast_ref::<Trap>() == Some(&trap)
        }
        _ => false,
    };
    ensure!(expected, "{ending:?}: {outcome:?}");
    Ok(())
}

/// Lets all programs wait, and ends them. Returns how many mappings the process has while they wait.
fn round(linker: &Linker<Data>, module: &Module) -> Result<usize> {
    let living = Arc::new(AtomicUsize::new(0));
    let handles = Handles::default();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for index in 0..PROGRAMS {
        let data = Data {
            ending: Ending::of(index),
            counted: Counted::new(&living),
        };
        let mut task: Task<'_> = Box::pin(run(linker, module, data, &handles));
        let polled = poll_once(task.as_mut());
        ensure!(polled.is_pending(), "program {index}: {polled:?}");
        tasks.push(task);
    }
    // The data of the store, the host's value, and what the host's future holds.
    ensure!(
        living.load(Ordering::Relaxed) == 3 * PROGRAMS,
        "{living:?} things live"
    );
    let mappings = mappings()?;
    for (ending, handle) in handles
        .lock()
        .map_err(|_| Error::msg("a thread panicked"))?
        .drain(..)
    {
        if ending == Ending::Interrupt {
            handle.interrupt();
        }
    }
    let mut endings = tasks
        .into_iter()
        .enumerate()
        .map(|(index, task)| end(task, Ending::of(index)));
    quietly(|| endings.by_ref().collect::<Result<()>>())?;
    ensure!(
        living.load(Ordering::Relaxed) == 0,
        "{living:?} things are left behind"
    );
    Ok(mappings)
}

fn mappings() -> Result<usize> {
    Ok(std::fs::read_to_string("/proc/self/maps")?.lines().count())
}

/// Bytes and allocations that were not given back.
fn allocated() -> [isize; 2] {
    let stats = ALLOCATOR.stats();
    let bytes = stats.bytes_allocated as isize - stats.bytes_deallocated as isize;
    let count = stats.allocations as isize - stats.deallocations as isize;
    [bytes, count]
}

fn check(engine: &Engine) -> Result<()> {
    let module = Module::new(engine, PROGRAM)?;
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "wait", |caller, (value,): (Option<_>,)| {
        Box::new(wait(caller, value))
    })?;
    let cold = mappings()?;
    // What is made once and kept: adapters, what the engine keeps of stacks and heaps, a thread's stack for signals.
    round(&linker, &module)?;
    let (warm, warm_allocated) = (mappings()?, allocated());
    // A stack is two mappings: its guard and itself. A heap is four: its tables, what null leads to, its objects, and its guard.
    ensure!(
        warm <= cold + (2 + 4) * KEPT + 30,
        "{cold} and {warm} mappings: more than {KEPT} stacks and heaps are kept"
    );
    let waiting = round(&linker, &module)?;
    ensure!(
        waiting >= cold + 2 * PROGRAMS,
        "{waiting} mappings while programs wait"
    );
    assert_eq!(allocated(), warm_allocated, "bytes and allocations");
    assert_eq!(mappings()?, warm, "mappings of the process");
    Ok(())
}

/// One thread only: others would allocate in between.
#[test]
fn programs_that_wait_leave_nothing_behind() -> Result<()> {
    for (tiers, zeal) in [(Tiers::Optimized, false), (Tiers::Baseline, true)] {
        let before = mappings()?;
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(zeal).parallel_compilation(false);
        // A memory takes two mappings, and the process may have 65,530 of them.
        config.memory_reservation(0).memory_guard_size(0);
        check(&Engine::new(&config)?)?;
        let after = mappings()?;
        ensure!(
            after <= before + 30,
            "{before} and {after} mappings: an engine's stacks are left"
        );
    }
    Ok(())
}
