//! Calls and instantiations that are plain in most tests, and asynchronous in those that ask for it. There a program leaves its stack
//! whenever it may, and is resumed at once.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use transom::*;

thread_local! {
    /// How often programs have left their stacks, if this thread's calls are asynchronous.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs a test with asynchronous calls.
///
/// # Errors
///
/// Those of the test; or programs hardly ever left their stacks.
pub fn asynchronously(test: impl FnOnce() -> Result<()>) -> Result<()> {
    LEFT.set(Some(0));
    test()?;
    let left = LEFT.take().unwrap_or_default();
    ensure!(left > 1_000, "programs left their stacks {left} times only");
    Ok(())
}

/// Whether calls are asynchronous.
pub fn is_asynchronous() -> bool {
    LEFT.get().is_some()
}

fn run<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => LEFT.set(LEFT.get().map(|left| left + 1)),
        }
    }
}

/// A store for such calls.
pub fn store(engine: &Engine) -> Result<Store<()>> {
    let mut store = Store::new(engine, ());
    if is_asynchronous() {
        store.set_fuel(u64::MAX)?;
        store.fuel_async_yield_interval(Some(1))?;
    }
    Ok(store)
}

/// An instance of a module.
pub fn instance(store: &mut Store<()>, module: &Module, imports: &[Extern]) -> Result<Instance> {
    match is_asynchronous() {
        false => Instance::new(store, module, imports),
        true => run(Instance::new_async(store, module, imports)),
    }
}

/// An instance of a module with what a linker has.
pub fn link(linker: &Linker<()>, store: &mut Store<()>, module: &Module) -> Result<Instance> {
    match is_asynchronous() {
        false => linker.instantiate(store, module),
        true => run(linker.instantiate_async(store, module)),
    }
}

/// Calls a function.
pub fn call(func: Func, store: &mut Store<()>, params: &[Val], results: &mut [Val]) -> Result<()> {
    match is_asynchronous() {
        false => func.call(store, params, results),
        true => run(func.call_async(store, params, results)),
    }
}

/// Calls a function with static types.
pub fn call_typed<P: WasmParams, R: WasmResults>(
    func: TypedFunc<P, R>,
    store: &mut Store<()>,
    params: P,
) -> Result<R> {
    match is_asynchronous() {
        false => func.call(store, params),
        true => run(func.call_async(store, params)),
    }
}
