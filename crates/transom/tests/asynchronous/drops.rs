//! A future is dropped at each point where it waits, whatever it waits for: host functions, limiters, hooks, deadlines, and fuel, of a call and
//! of an instantiation.

use crate::executor::{pending, poll_once, run, run_counted};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use transom::*;

/// Waits in its start function and its loop, and for memory, elements and objects.
const PROGRAM: &str = r#"(module
  (type $node (struct (field i32) (field (ref null $node))))
  (import "host" "wait" (func $wait (param i32) (result i32)))
  (memory 1) (table 1 funcref)
  (global $started (mut i32) (i32.const 0))
  (func $start (global.set $started (call $wait (i32.const 5))))
  (start $start)
  (func (export "run") (param $n i32) (result i32) (local $list (ref null $node)) (local $sum i32)
    (drop (memory.grow (i32.const 1)))
    (drop (table.grow (ref.null func) (i32.const 1)))
    (loop $next
      (local.set $list (struct.new $node (call $wait (local.get $n)) (local.get $list)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (loop $add
      (local.set $sum (i32.add (local.get $sum) (struct.get $node 0 (local.get $list))))
      (br_if $add (i32.eqz (ref.is_null (local.tee $list (struct.get $node 1 (local.get $list)))))))
    (i32.add (global.get $started) (local.get $sum))))"#;

/// What `run` returns for 3.
const EXPECTED: i32 = 5 + 3 + 2 + 1;

/// How many futures of the host's are waiting.
#[derive(Clone, Default)]
struct Living(Arc<AtomicUsize>);

impl Living {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Is pending once, and counted meanwhile.
    async fn wait(self) {
        struct Guard(Living);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.0.fetch_add(1, Ordering::Relaxed);
        let _guard = Guard(self);
        pending(1).await;
    }
}

type Boxed<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

impl ResourceLimiterAsync for Living {
    fn memory_growing<'a, 'b>(&'a mut self, _: usize, _: usize, _: Option<usize>) -> Boxed<'b, Result<bool>>
    where
        'a: 'b,
        Self: 'b,
    {
        let waits = self.clone().wait();
        Box::pin(async {
            waits.await;
            Ok(true)
        })
    }

    fn table_growing<'a, 'b>(
        &'a mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Boxed<'b, Result<bool>>
    where
        'a: 'b,
        Self: 'b,
    {
        self.memory_growing(current, desired, maximum)
    }
}

struct Hook;

impl CallHookHandler<Living> for Hook {
    fn handle_call_event<'a, 'b, 'c>(
        &'a self,
        store: StoreContextMut<'b, Living>,
        _: CallHook,
    ) -> Boxed<'c, Result<()>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            store.data().clone().wait().await;
            Ok(())
        })
    }
}

/// What a store waits for, besides its host function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waits {
    Limiter,
    Hook,
    Yields,
    Futures,
    Fuel,
    Everything,
}

const ALL: [Waits; 6] = [
    Waits::Limiter,
    Waits::Hook,
    Waits::Yields,
    Waits::Futures,
    Waits::Fuel,
    Waits::Everything,
];

fn store(engine: &Engine, waits: Waits) -> Result<Store<Living>> {
    let is = |which| waits == which || waits == Waits::Everything;
    let mut store = Store::new(engine, Living::default());
    store.set_fuel(1 << 40)?;
    store.set_epoch_deadline(1 << 40);
    if is(Waits::Limiter) {
        store.limiter_async(|living| living);
    }
    if is(Waits::Hook) {
        store.call_hook_async(Hook);
    }
    if is(Waits::Yields) {
        store.epoch_deadline_async_yield_and_update(0);
        store.set_epoch_deadline(0);
    }
    if is(Waits::Futures) {
        store.epoch_deadline_callback(|store| {
            let waits = store.data().clone().wait();
            Ok(UpdateDeadline::YieldCustom(0, Box::pin(waits)))
        });
        store.set_epoch_deadline(0);
    }
    if is(Waits::Fuel) {
        store.fuel_async_yield_interval(Some(3))?;
    }
    Ok(store)
}

async fn program(store: &mut Store<Living>, linker: &Linker<Living>, module: &Module) -> Result<i32> {
    let instance = linker.instantiate_async(&mut *store, module).await?;
    let func = instance.get_typed_func::<i32, i32>(&mut *store, "run")?;
    func.call_async(store, 3).await
}

/// Drops the program at each point where it waits, and runs it in the same store then.
fn drop_everywhere(linker: &Linker<Living>, module: &Module, waits: Waits) -> Result<usize> {
    let engine = module.engine();
    let (result, points) = run_counted(program(&mut store(engine, waits)?, linker, module));
    assert_eq!(result?, EXPECTED, "{waits:?}");
    for polls in 0..=points {
        let mut store = store(engine, waits)?;
        let living = store.data().clone();
        let mut call = Box::pin(program(&mut store, linker, module));
        for _ in 0..polls {
            assert!(poll_once(call.as_mut()).is_pending(), "{waits:?}, {polls} polls");
        }
        drop(call);
        assert_eq!(living.count(), 0, "futures after {polls} polls: {waits:?}");
        store.gc(None)?;
        let again = run(program(&mut store, linker, module))?;
        assert_eq!(again, EXPECTED, "after {polls} polls: {waits:?}");
    }
    Ok(points)
}

#[test]
fn a_future_is_dropped_whatever_it_waits_for() -> Result<()> {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Mixed(1),
        Tiers::Replaced(0),
        Tiers::Replaced(100),
    ];
    for tiers in tiers {
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(true);
        config.epoch_interruption(true).consume_fuel(true);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, PROGRAM)?;
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "wait", |caller: Caller<'_, Living>, (x,): (i32,)| {
            Box::new(async move {
                caller.data().clone().wait().await;
                x
            })
        })?;
        for waits in ALL {
            // The host's function alone waits four times.
            let points = drop_everywhere(&linker, &module, waits)?;
            assert!(points > 4, "{waits:?} waits {points} times");
        }
    }
    Ok(())
}
