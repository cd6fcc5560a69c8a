//! Stacks of asynchronous calls: their ends, sizes, makers and contents.

use crate::engines;
use crate::executor::{pending, run, run_on_threads};
use transom::{Caller, Config, Engine, Instance, Linker, Module, Result, Store, Trap};

const RECURSION: &str = r#"(module
  (import "host" "wait" (func $wait (param i32)))
  (func $down (export "down") (param i32) (result i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64)
    (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 1000))) (then (call $wait (local.get 0))))
    (i64.add (i64.const 1) (call $down (i32.add (local.get 0) (i32.const 1)))))
  (func (export "run") (call $wait (i32.const 0))))"#;

fn program(engine: &Engine) -> Result<(Store<i32>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "wait", |mut caller: Caller<'_, i32>, (depth,): (i32,)| {
        Box::new(async move {
            *caller.data_mut() = depth;
            pending(1).await;
        })
    })?;
    let mut store = Store::new(engine, 0);
    let instance = run(linker.instantiate_async(&mut store, &Module::new(engine, RECURSION)?))?;
    Ok((store, instance))
}

#[test]
fn programs_that_use_too_much_stack_trap() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = program(&engine)?;
        let func = instance.get_typed_func::<i32, i64>(&mut store, "down")?;
        let error = run(func.call_async(&mut store, 0)).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        let depth = *store.data();
        assert!(depth >= 1000, "{depth} calls");
        let error = run_on_threads(func.call_async(&mut store, 0)).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
        assert_eq!(*store.data(), depth);
    }
    Ok(())
}

/// The limits of stacks inside each other, and of the thread's own, do not get mixed up.
#[test]
fn each_stack_has_its_own_limit() -> Result<()> {
    let wat = r#"(module
      (import "host" "nest" (func $nest (param i32)))
      (global $depth (mut i32) (i32.const 0))
      (func $down (export "down") (param i32)
        (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
        (call $down (local.get 0)))
      (func (export "run") (param i32) (result i32)
        (if (local.get 0) (then (call $nest (i32.sub (local.get 0) (i32.const 1)))))
        (global.set $depth (i32.const 0))
        (call $nest (i32.const -1))
        (global.get $depth)))"#;
    for engine in engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap_async("host", "nest", |mut caller: Caller<'_, ()>, (depth,): (i32,)| {
            Box::new(async move {
                let name = if depth < 0 { "down" } else { "run" };
                let func = caller.get_export(name).and_then(|item| item.into_func()).unwrap();
                if depth >= 0 {
                    let func = func.typed::<i32, i32>(&caller)?;
                    func.call_async(&mut caller, depth).await?;
                    pending(1).await;
                    return Ok(());
                }
                let func = func.typed::<i32, ()>(&caller)?;
                let error = func.call_async(&mut caller, 0).await.unwrap_err();
                assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
                Ok(())
            })
        })?;
        let mut store = Store::new(&engine, ());
        let instance = run(linker.instantiate_async(&mut store, &Module::new(&engine, wat)?))?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let alone = run(func.call_async(&mut store, 0))?;
        for depth in 1..4 {
            let nested = run(func.call_async(&mut store, depth))?;
            assert!(nested.abs_diff(alone) < 100, "{nested} and {alone} calls");
        }
    }
    Ok(())
}

#[test]
fn sizes_are_checked() {
    let engine = |wasm: usize, stack: Option<usize>| {
        let mut config = Config::new();
        config.max_wasm_stack(wasm);
        stack.map(|stack| config.async_stack_size(stack));
        Engine::new(&config).map(drop).map_err(|error| error.to_string())
    };
    assert!(
        engine(0, None)
            .unwrap_err()
            .contains("max_wasm_stack size cannot be zero")
    );
    let error = engine(1 << 20, Some((1 << 20) - 1)).unwrap_err();
    assert!(
        error.starts_with("max_wasm_stack size cannot exceed the async_stack_size"),
        "{error}"
    );
    assert_eq!(engine(1 << 20, Some(1 << 20)), Ok(()));
    assert_eq!(engine(16 << 20, None), Ok(()), "the size follows");
}

/// Little stack beyond the runtime's: programs trap, and the host still has its part.
#[test]
fn small_stacks_have_room_for_the_host() -> Result<()> {
    let mut config = Config::new();
    config.max_wasm_stack(64 << 10).async_stack_size(256 << 10);
    let (mut store, instance) = program(&Engine::new(&config)?)?;
    let func = instance.get_typed_func::<i32, i64>(&mut store, "down")?;
    let error = run(func.call_async(&mut store, 0)).unwrap_err();
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::StackOverflow));
    Ok(())
}

#[test]
fn stacks_that_are_zeroed_serve_again() -> Result<()> {
    let mut config = Config::new();
    config.async_stack_zeroing(true);
    let (mut store, instance) = program(&Engine::new(&config)?)?;
    let func = instance.get_typed_func::<(), ()>(&mut store, "run")?;
    for _ in 0..3 {
        run_on_threads(func.call_async(&mut store, ()))?;
    }
    Ok(())
}
