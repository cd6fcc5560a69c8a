//! Whatever the runtime calls during an asynchronous call may call programs itself: of its store where it has the store, and of others. That
//! works, or it is an error; then everything goes on.

use crate::engines;
use crate::executor::{pending, poll_once, run, run_counted};
use crate::support::{panic_message, quietly};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use transom::error::Context as _;
use transom::*;

/// `run` makes the runtime call whatever there is to be called.
const PROGRAM: &str = r#"(module
  (type $node (struct (field i32)))
  (import "host" "f" (func $f (result i32)))
  (memory 1) (table 1 funcref)
  (func (export "pure") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "waits") (result i32) (call $f))
  (func (export "endless") (loop (br 0)))
  (func (export "run") (result i32) (local $n (ref $node)) (local $sum i32)
    (local.set $n (struct.new $node (memory.grow (i32.const 1))))
    (local.set $sum (i32.add (table.grow (ref.null func) (i32.const 1)) (call $f)))
    (i32.add (local.get $sum) (struct.get $node 0 (local.get $n)))))"#;

const REFUSED: &str = "store configuration requires that `*_async` functions are used instead";

#[track_caller]
fn refused<R>(result: Result<R>) {
    let text = format!("{:?}", result.err().expect("the call was not refused"));
    assert!(text.contains(REFUSED), "{text}");
}

/// A program of another store, which is called in each way.
#[derive(Clone)]
struct Other(Arc<Mutex<(Store<()>, Instance)>>);

impl Other {
    fn new(engine: &Engine) -> Result<Other> {
        let mut linker = Linker::new(engine);
        linker.func_wrap("host", "f", || 4)?;
        let mut store = Store::new(engine, ());
        let instance = linker.instantiate(&mut store, &Module::new(engine, PROGRAM)?)?;
        Ok(Other(Arc::new(Mutex::new((store, instance)))))
    }

    fn call(&self) -> Result<()> {
        let mut other = self.0.lock().map_err(|_| Error::msg("a call has panicked"))?;
        let (store, instance) = &mut *other;
        let pure = instance.get_typed_func::<i32, i32>(&mut *store, "pure")?;
        ensure!(pure.call(&mut *store, 1)? == 2, "a plain call");
        ensure!(run(pure.call_async(&mut *store, 1))? == 2, "an asynchronous call");
        let all = instance.get_typed_func::<(), i32>(&mut *store, "run")?;
        all.call(&mut *store, ())?;
        run(all.call_async(&mut *store, ()))?;
        store.gc(None)
    }
}

/// Calls a program of the store: a plain call is refused, and one with an executor of its own works.
fn call_own<T: Send + 'static>(mut store: StoreContextMut<'_, T>, instance: Instance) -> Result<()> {
    let pure = instance.get_typed_func::<i32, i32>(&mut store, "pure")?;
    refused(pure.call(&mut store, 3));
    store.gc(None)?;
    ensure!(run(pure.call_async(&mut store, 3))? == 4, "an asynchronous call");
    let waits = instance.get_typed_func::<(), i32>(&mut store, "waits")?;
    let (result, times) = run_counted(waits.call_async(&mut store, ()));
    ensure!((result?, times) == (2, 1), "a call that waits");
    Ok(())
}

/// The data of a store: its instance, what its callbacks call, and how often they did.
struct Data {
    instance: Option<Instance>,
    other: Other,
    calls: usize,
}

impl Data {
    fn call_other(&mut self) -> Result<bool> {
        self.calls += 1;
        self.other.call()?;
        Ok(true)
    }
}

impl ResourceLimiter for Data {
    fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        self.call_other()
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        self.call_other()
    }
}

type Allowed<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

impl ResourceLimiterAsync for Data {
    fn memory_growing<'a, 'b>(&'a mut self, _: usize, _: usize, _: Option<usize>) -> Allowed<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async {
            pending(1).await;
            self.call_other()
        })
    }

    fn table_growing<'a, 'b>(
        &'a mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Allowed<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        ResourceLimiterAsync::memory_growing(self, current, desired, maximum)
    }
}

/// A store with an instance, whose host function waits once.
fn program(engine: &Engine) -> Result<(Store<Data>, TypedFunc<(), i32>)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "f", |_: Caller<'_, Data>, (): ()| {
        Box::new(async {
            pending(1).await;
            2
        })
    })?;
    let data = Data {
        instance: None,
        other: Other::new(engine)?,
        calls: 0,
    };
    let mut store = Store::new(engine, data);
    let instance = run(linker.instantiate_async(&mut store, &Module::new(engine, PROGRAM)?))?;
    store.data_mut().instance = Some(instance);
    let func = instance.get_typed_func(&mut store, "run")?;
    Ok((store, func))
}

#[test]
fn limiters_call_programs_of_other_stores() -> Result<()> {
    for engine in engines() {
        let (mut store, func) = program(&engine)?;
        store.limiter(|data| data);
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
        let calls = store.data().calls;
        assert!(calls >= 2, "for the memory and the table, but {calls}");
        let (mut store, func) = program(&engine)?;
        store.limiter_async(|data| data);
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
        assert_eq!(store.data().calls, calls);
    }
    Ok(())
}

#[test]
fn deadline_callbacks_call_programs() -> Result<()> {
    for engine in engines() {
        let (mut store, func) = program(&engine)?;
        store.epoch_deadline_callback(|mut store| {
            store.set_epoch_deadline(1 << 40);
            store.data_mut().call_other()?;
            let instance = store.data().instance.context("set")?;
            call_own(store.as_context_mut(), instance)?;
            // The deadline expires in what the callback calls.
            store.set_epoch_deadline(0);
            let endless = instance.get_typed_func::<(), ()>(&mut store, "endless")?;
            let error = run(endless.call_async(&mut store, ())).expect_err("the program has no end");
            ensure!(error.downcast_ref() == Some(&Trap::Interrupt), "{error:?}");
            let other = store.data().other.clone();
            Ok(UpdateDeadline::YieldCustom(
                1 << 40,
                Box::pin(async move { other.call().expect("a call of another store") }),
            ))
        });
        store.set_epoch_deadline(0);
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
        assert_eq!(store.data().calls, 1);
    }
    Ok(())
}

#[test]
fn hooks_call_programs() -> Result<()> {
    for engine in engines() {
        let (mut store, func) = program(&engine)?;
        store.call_hook(|mut store, transition| {
            store.data_mut().call_other()?;
            let instance = store.data().instance.context("set")?;
            ensure!(store.data().calls <= 4, "the hook calls itself at {transition:?}");
            call_own(store, instance)
        });
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
        assert_eq!(store.data().calls, 4);
    }
    Ok(())
}

/// In a store where nothing waits, plain calls are refused on a fiber only.
#[test]
fn callbacks_of_stores_where_nothing_waits_call_programs() -> Result<()> {
    fn call(mut store: StoreContextMut<'_, Option<TypedFunc<i32, i32>>>) -> Result<()> {
        let pure = store.data().context("set")?;
        let error = pure.call(&mut store, 3).expect_err("a plain call on a fiber");
        let text = error.to_string();
        ensure!(
            text.contains("cannot do blocking `call` from an async context"),
            "{text}"
        );
        ensure!(run(pure.call_async(&mut store, 3))? == 4, "an asynchronous call");
        Ok(())
    }
    for engine in engines() {
        let mut store = Store::new(&engine, None);
        let module = Module::new(&engine, PROGRAM)?;
        let f = Func::wrap(&mut store, || 2);
        let instance = Instance::new(&mut store, &module, &[f.into()])?;
        *store.data_mut() = Some(instance.get_typed_func::<i32, i32>(&mut store, "pure")?);
        let func = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        store.call_hook(|store, _| call(store));
        store.epoch_deadline_callback(|store| call(store).map(|()| UpdateDeadline::Continue(1 << 40)));
        store.set_epoch_deadline(0);
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
    }
    Ok(())
}

#[test]
fn host_functions_call_programs() -> Result<()> {
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "f", |mut caller: Caller<'_, Data>, (): ()| {
            Box::new(async move {
                pending(1).await;
                caller.data_mut().call_other()?;
                let calls = caller.data().calls;
                if calls % 2 == 1 {
                    let instance = caller.data().instance.context("set")?;
                    call_own(caller.as_context_mut(), instance)?;
                }
                Ok(2)
            })
        })?;
        let (mut store, _) = program(&engine)?;
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, PROGRAM)?))?;
        store.data_mut().instance = Some(instance);
        let func = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        assert_eq!(run(func.call_async(&mut store, ()))?, 4);
        assert_eq!(store.data().calls, 2);
    }
    Ok(())
}

/// A value of the host's that does something when it is dropped.
struct AtDrop<F: FnMut() + Send + Sync>(F);

impl<F: FnMut() + Send + Sync> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Makes garbage of its argument.
const FORGETS: &str = r#"(module
  (import "host" "f" (func $f))
  (func (export "run") (param externref) (call $f)))"#;

/// Runs a program in which a value of the host's is dropped by a collection.
fn collect(engine: &Engine, at_drop: impl FnMut() + Send + Sync + 'static) -> Result<()> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "f", |mut caller: Caller<'_, ()>, (): ()| {
        Box::new(async move {
            pending(1).await;
            caller.gc(None)
        })
    })?;
    let module = Module::new(engine, FORGETS)?;
    let mut store = Store::new(engine, ());
    let instance = run(linker.instantiate_async(&mut store, &module))?;
    let func = instance.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut store, "run")?;
    {
        let mut scope = RootScope::new(&mut store);
        ExternRef::new(&mut scope, AtDrop(at_drop))?;
    }
    let call = |store: &mut Store<()>| run(func.call_async(store, None));
    let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut store)));
    // Whatever has happened, the store goes on.
    call(&mut store)?;
    outcome.unwrap_or_else(|panic| Err(Error::msg(panic_message(panic))))
}

#[test]
fn values_of_the_host_call_programs_when_they_are_dropped() -> Result<()> {
    for engine in engines() {
        let other = Other::new(&engine)?;
        let calls = Arc::new(AtomicUsize::new(0));
        let count = calls.clone();
        collect(&engine, move || {
            other.call().expect("a call of another store");
            count.fetch_add(1, Ordering::Relaxed);
        })?;
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        let error = quietly(|| collect(&engine, || panic!("dropped on purpose"))).expect_err("the panic");
        assert_eq!(error.to_string(), "dropped on purpose");
    }
    Ok(())
}

/// A host function's future has the store when it is dropped with its call, too.
#[test]
fn futures_call_programs_when_they_are_dropped() -> Result<()> {
    /// Calls the program when it is dropped, and notes that.
    struct Calls<'a>(Caller<'a, Data>);
    impl Drop for Calls<'_> {
        fn drop(&mut self) {
            self.0.data_mut().calls += 1;
            let instance = self.0.data().instance.expect("set");
            let store = self.0.as_context_mut();
            let called = catch_unwind(AssertUnwindSafe(|| call_own(store, instance)));
            assert!(
                called.is_ok_and(|called| called.is_ok()),
                "a call of the same store"
            );
        }
    }
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "f", |caller: Caller<'_, Data>, (): ()| {
            Box::new(async move {
                // The calls that are made when one is dropped, too, come here.
                let first = caller.data().calls == 0;
                let _calls = first.then(|| Calls(caller));
                pending(1).await;
                2
            })
        })?;
        let (mut store, _) = program(&engine)?;
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, PROGRAM)?))?;
        store.data_mut().instance = Some(instance);
        let func = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        let mut call = Box::pin(func.call_async(&mut store, ()));
        assert!(poll_once(call.as_mut()).is_pending());
        drop(call);
        assert_eq!(store.data().calls, 1);
        // The memory and the table have grown once more.
        assert_eq!(run(func.call_async(&mut store, ()))?, 6);
    }
    Ok(())
}

/// An executor's waker may do anything, on the program's stack.
#[test]
fn wakers_call_programs_of_other_stores() -> Result<()> {
    struct Calls(Other, AtomicUsize);
    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            self.0.call().expect("a call of another store");
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    for engine in engines() {
        let (mut store, func) = program(&engine)?;
        store.epoch_deadline_async_yield_and_update(1 << 40);
        store.set_epoch_deadline(0);
        let calls = Arc::new(Calls(Other::new(&engine)?, AtomicUsize::new(0)));
        let waker = Waker::from(calls.clone());
        let mut call = Box::pin(func.call_async(&mut store, ()));
        for _ in 0..2 {
            let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(polled.is_pending());
        }
        let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(&waker)) else {
            panic!("once for the deadline, once for the host function")
        };
        assert_eq!(result?, 4);
        assert_eq!(calls.1.load(Ordering::Relaxed), 3);
    }
    Ok(())
}
