//! Hooks that wait, at every transition.

use crate::engines;
use crate::executor::{pending, poll_once, run, run_counted, run_on_threads};
use std::future::Future;
use std::pin::Pin;
use transom::CallHook::{CallingHost, CallingWasm, ReturningFromHost, ReturningFromWasm};
use transom::{
    CallHook, CallHookHandler, Caller, Engine, Instance, Linker, Module, Result, Store, StoreContextMut,
    ensure,
};

const PROGRAM: &str = r#"(module
  (type $box (struct (field i32)))
  (import "host" "wait" (func $wait (param anyref) (result anyref)))
  (func (export "run") (param i32) (result i32)
    (struct.get $box 0 (ref.cast (ref $box) (call $wait (struct.new $box (local.get 0))))))
  (func (export "pure") (param i32) (result i32) (local.get 0)))"#;

#[derive(Default)]
struct Data {
    seen: Vec<CallHook>,
    instance: Option<Instance>,
}

const ONCE: [CallHook; 4] = [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm];

/// Waits at every transition, calls a program there, and fails at one.
#[derive(Default)]
struct Hook {
    fails_at: Option<CallHook>,
}

impl Hook {
    async fn handle(&self, mut store: StoreContextMut<'_, Data>, transition: CallHook) -> Result<()> {
        store.data_mut().seen.push(transition);
        pending(2).await;
        store.gc(None)?;
        let instance = store.data().instance.unwrap();
        let pure = instance.get_typed_func::<i32, i32>(&mut store, "pure")?;
        assert!(pure.call(&mut store, 3).is_err(), "it could not wait");
        assert_eq!(pure.call_async(&mut store, 3).await?, 3);
        pending(1).await;
        ensure!(self.fails_at != Some(transition), "the hook at {transition:?}");
        Ok(())
    }
}

impl CallHookHandler<Data> for Hook {
    // As `async-trait` writes it.
    fn handle_call_event<'life0, 'life1, 'async_trait>(
        &'life0 self,
        store: StoreContextMut<'life1, Data>,
        transition: CallHook,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.handle(store, transition))
    }
}

fn start(engine: &Engine, hook: Hook) -> Result<(Store<Data>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "wait", |_: Caller<'_, Data>, (value,): (Option<_>,)| {
        Box::new(async move {
            pending(1).await;
            value as Option<transom::Rooted<transom::AnyRef>>
        })
    })?;
    let mut store = Store::new(engine, Data::default());
    let module = Module::new(engine, PROGRAM)?;
    let instance = run(linker.instantiate_async(&mut store, &module))?;
    store.data_mut().instance = Some(instance);
    store.call_hook_async(hook);
    Ok((store, instance))
}

#[test]
fn hooks_wait() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine, Hook::default())?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        assert!(func.call(&mut store, 7).is_err());
        assert!(store.data().seen.is_empty());
        let (result, times) = run_counted(func.call_async(&mut store, 7));
        assert_eq!((result?, times), (7, 4 * 3 + 1));
        assert_eq!(std::mem::take(&mut store.data_mut().seen), ONCE);
        assert_eq!(run_on_threads(func.call_async(&mut store, 8))?, 8);
        assert_eq!(store.data().seen, ONCE);
    }
    Ok(())
}

#[test]
fn errors_of_hooks_that_wait() -> Result<()> {
    let engine = Engine::default();
    for at in ONCE {
        let (mut store, instance) = start(&engine, Hook { fails_at: Some(at) })?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        let (result, _) = run_counted(func.call_async(&mut store, 7));
        let error = result.expect_err("the hook fails");
        assert!(
            format!("{error:?}").contains(&format!("the hook at {at:?}")),
            "{error:?}"
        );
    }
    Ok(())
}

/// After a call was dropped or forgotten wherever it waited, the next one has its hook.
#[test]
fn dropped_and_forgotten_calls() -> Result<()> {
    for engine in engines() {
        for forget in [false, true] {
            let (mut store, instance) = start(&engine, Hook::default())?;
            let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
            for polls in 1..4 * 3 + 1 {
                let mut call = Box::pin(func.call_async(&mut store, 7));
                for _ in 0..polls {
                    assert!(poll_once(call.as_mut()).is_pending());
                }
                match forget {
                    true => std::mem::forget(call),
                    false => drop(call),
                }
                store.data_mut().seen.clear();
                assert_eq!(run_counted(func.call_async(&mut store, 7)).0?, 7);
                assert_eq!(
                    std::mem::take(&mut store.data_mut().seen),
                    ONCE,
                    "{polls} {forget}"
                );
            }
        }
    }
    Ok(())
}
