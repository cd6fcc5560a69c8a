//! Programs that wait at an address of a shared memory, and are left there.

use crate::executor::poll_once;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::task::Poll;
use std::thread::Scope;
use std::time::Duration;
use transom::{Config, Engine, Instance, MemoryType, Module, Result, SharedMemory, Store};

const PROGRAM: &str = r#"(module
  (import "" "" (memory 1 1 shared))
  (func (export "run") (result i32)
    (i32.atomic.store (i32.const 4) (i32.const 1))
    (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))"#;

type Call<'a> = Pin<Box<dyn Future<Output = Result<i32>> + Send + 'a>>;

/// Polls a call on a thread of its own, and sends what comes of it.
fn poll_on_thread<'s, 'a: 's>(
    scope: &'s Scope<'s, '_>,
    mut call: Call<'a>,
) -> Receiver<(Call<'a>, Poll<Result<i32>>)> {
    let (sender, receiver) = channel();
    scope.spawn(move || {
        let polled = poll_once(call.as_mut());
        sender.send((call, polled))
    });
    receiver
}

/// The program begins to wait on one thread, yields there, and goes on waiting on another, which must be the one that is woken.
#[test]
fn notifications_reach_the_thread_on_which_a_program_waits() -> Result<()> {
    const LONG: Duration = Duration::from_secs(20);
    let mut config = Config::new();
    config.epoch_interruption(true).wasm_threads(true);
    let engine = Engine::new(&config)?;
    let memory = SharedMemory::new(&engine, MemoryType::shared(1, 1))?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(1);
    let module = Module::new(&engine, PROGRAM)?;
    let instance = Instance::new(&mut store, &module, &[memory.clone().into()])?;
    store.epoch_deadline_async_yield_and_update(1_000_000);
    let func = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    std::thread::scope(|scope| {
        let call: Call<'_> = Box::pin(func.call_async(&mut store, ()));
        let left = poll_on_thread(scope, call);
        let mut begun = [0];
        while begun == [0] {
            memory.read(4, &mut begun).unwrap();
        }
        engine.increment_epoch();
        let (call, polled) = left.recv_timeout(LONG).unwrap();
        assert!(polled.is_pending());
        let done = poll_on_thread(scope, call);
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(memory.atomic_notify(0, 1), Ok(1));
        let outcome = done.recv_timeout(LONG);
        // Ends a program that was not woken, so that the test ends, too.
        if outcome.is_err() {
            (0..1_000_001).for_each(|_| engine.increment_epoch());
        }
        let (_, polled) = outcome.unwrap();
        assert!(matches!(polled, Poll::Ready(Ok(0))));
    });
    Ok(())
}
