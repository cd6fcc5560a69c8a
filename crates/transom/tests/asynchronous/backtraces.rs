//! Backtraces that are captured on fibers, before and after they were left.

use super::engines;
use super::executor::{pending, run, run_on_threads};
use std::future::Future;
use std::pin::Pin;
use transom::*;

const PROGRAM: &str = r#"(module
    (import "host" "look" (func $look))
    (import "host" "again" (func $again))
    (func $small (call $look))
    (func $main (export "main") (call $small) (nop))
    (func $outer (export "outer") (call $again) (nop))
    (func $trap (export "trap") unreachable))"#;

type Data = (Vec<Vec<String>>, Option<Instance>);

fn look(store: &mut impl AsContextMut<Data = Data>) {
    let backtrace = WasmBacktrace::capture(&*store);
    let names = backtrace
        .frames()
        .iter()
        .map(|frame| frame.func_name().unwrap().to_owned());
    let names = names.collect();
    store.as_context_mut().data_mut().0.push(names);
}

fn start(engine: &Engine) -> Result<(Store<Data>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap_async("host", "look", |mut caller: Caller<'_, Data>, (): ()| {
        Box::new(async move {
            look(&mut caller);
            pending(3).await;
            look(&mut caller);
        })
    })?;
    linker.func_wrap_async("host", "again", |mut caller: Caller<'_, Data>, (): ()| {
        Box::new(async move {
            let instance = caller.data().1.unwrap();
            for name in ["main", "trap"] {
                let function = instance.get_typed_func::<(), ()>(&mut caller, name)?;
                let outcome = function.call_async(&mut caller, ()).await;
                assert_eq!(outcome.is_err(), name == "trap");
                look(&mut caller);
            }
            Ok(())
        })
    })?;
    let mut store = Store::new(engine, Data::default());
    let module = Module::new(engine, PROGRAM)?;
    let instance = run(linker.instantiate_async(&mut store, &module))?;
    store.data_mut().1 = Some(instance);
    Ok((store, instance))
}

#[test]
fn a_future_sees_the_functions_that_wait_for_it_on_any_thread() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
        run(main.call_async(&mut store, ()))?;
        run_on_threads(main.call_async(&mut store, ()))?;
        assert_eq!(store.data().0, [["small", "main"]; 4]);
        assert!(WasmBacktrace::force_capture(&store).frames().is_empty());
    }
    Ok(())
}

#[test]
fn fibers_inside_each_other_are_one_backtrace() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        let outer = instance.get_typed_func::<(), ()>(&mut store, "outer")?;
        run_on_threads(outer.call_async(&mut store, ()))?;
        assert_eq!(
            store.data().0,
            [
                vec!["small", "main", "outer"],
                vec!["small", "main", "outer"],
                vec!["outer"],
                vec!["outer"],
            ]
        );
    }
    Ok(())
}

#[test]
fn a_call_that_is_given_up_leaves_no_functions() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        let outer = instance.get_typed_func::<(), ()>(&mut store, "outer")?;
        for forget in [false, true] {
            let mut call = Box::pin(outer.call_async(&mut store, ()));
            assert!(super::executor::poll_once(call.as_mut()).is_pending());
            match forget {
                true => std::mem::forget(call),
                false => drop(call),
            }
            assert!(WasmBacktrace::capture(&store).frames().is_empty());
        }
        store.data_mut().0.clear();
        let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
        run(main.call_async(&mut store, ()))?;
        assert_eq!(store.data().0, [["small", "main"]; 2]);
    }
    Ok(())
}

#[test]
fn a_trap_on_a_fiber_has_a_core_dump() -> Result<()> {
    let engine = Engine::new(Config::new().coredump_on_trap(true))?;
    let (mut store, instance) = start(&engine)?;
    let trap = instance.get_typed_func::<(), ()>(&mut store, "trap")?;
    let error = run_on_threads(trap.call_async(&mut store, ())).unwrap_err();
    let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
    assert_eq!((dump.frames().len(), dump.instances()), (1, &[instance][..]));
    Ok(())
}

/// Notes the functions at each transition, before and after it has waited.
struct Looks;

impl CallHookHandler<Data> for Looks {
    fn handle_call_event<'a, 'b, 'c>(
        &'a self,
        mut store: StoreContextMut<'b, Data>,
        _transition: CallHook,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'c>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            look(&mut store);
            pending(1).await;
            look(&mut store);
            Ok(())
        })
    }
}

#[test]
fn a_hook_that_waits_sees_the_functions_at_each_transition() -> Result<()> {
    for engine in engines() {
        let (mut store, instance) = start(&engine)?;
        store.call_hook_async(Looks);
        let main = instance.get_typed_func::<(), ()>(&mut store, "main")?;
        run_on_threads(main.call_async(&mut store, ()))?;
        let (outside, inside): (Vec<_>, Vec<_>) = store.data().0.iter().partition(|names| names.is_empty());
        // Two transitions each; and the host function itself.
        assert_eq!((outside.len(), inside.len()), (4, 6));
        assert!(
            inside.iter().all(|names| **names == ["small", "main"]),
            "{inside:?}"
        );
    }
    Ok(())
}
