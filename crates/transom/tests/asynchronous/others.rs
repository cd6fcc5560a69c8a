//! Programs of other stores on a fiber's stack.

use crate::executor::run;
use std::sync::{Arc, Mutex};
use transom::{Caller, Config, Engine, Instance, Linker, Module, Result, Store, Trap};

const PROGRAM: &str = r#"(module
  (import "host" "f" (func $f))
  (func (export "run") (call $f)))"#;

const DEEP: &str = r#"(module
  (func (export "nothing"))
  (func $down (export "down") (param i64) (result i64)
    (i64.add (i64.const 1) (call $down (i64.add (local.get 0) (i64.const 1))))))"#;

fn engine(wasm: usize, fiber: usize) -> Engine {
    let mut config = Config::new();
    config.max_wasm_stack(wasm).async_stack_size(fiber);
    Engine::new(&config).unwrap()
}

/// Calls something on a fiber's stack of an engine of its own.
fn on_fiber(engine: &Engine, call: impl Fn() -> Result<()> + Send + Sync + 'static) -> Result<()> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "f", move |_: Caller<'_, ()>| call())?;
    let mut store = Store::new(engine, ());
    let instance = linker.instantiate(&mut store, &Module::new(engine, PROGRAM)?)?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    run(func.call_async(&mut store, ()))
}

/// Where there was a large stack there is a small one later; a store that was used on the first traps at the end of the second.
#[test]
fn stacks_at_the_same_place_are_told_apart() -> Result<()> {
    let large = engine(8 << 20, 8 << 20);
    let mut other = Store::new(&large, ());
    let instance = Instance::new(&mut other, &Module::new(&large, DEEP)?, &[])?;
    let other = Arc::new(Mutex::new(other));
    let store = other.clone();
    on_fiber(&engine(1 << 20, 8 << 20), move || {
        let mut store = store.lock().unwrap();
        let nothing = instance.get_typed_func::<(), ()>(&mut *store, "nothing")?;
        nothing.call(&mut *store, ())
    })?;
    on_fiber(&engine(64 << 10, 4 << 20), move || {
        let mut store = other.lock().unwrap();
        let down = instance.get_typed_func::<i64, i64>(&mut *store, "down")?;
        let error = down.call(&mut *store, 0).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        Ok(())
    })
}
