//! Backtraces that are captured while programs wait for the host.

use crate::support::engine_of;
use crate::{TIERS, active, names};
use std::num::NonZeroUsize;
use transom::*;

/// What a host function has seen, and what it calls.
#[derive(Default)]
struct Data {
    seen: Vec<Vec<String>>,
    instance: Option<Instance>,
}

/// Functions that call the host in each way; `small` is inlined in optimised code.
const PROGRAM: &str = r#"(module $program
    (import "host" "look" (func $look))
    (import "host" "many" (func $many (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "host" "again" (func $again))
    (tag $tag)
    (func $small (call $look))
    (func $middle (call $small) (call $look))
    (func $main (export "main") (call $middle) (nop))
    (func $pass (export "pass") (call $many (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
        (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)))
    (func $nested (export "nested") (call $again) (call $small))
    (func $trap (export "trap") (call $look) unreachable)
    (func $thrower (throw $tag))
    (func $catch (export "catch") (block $caught (try_table (catch_all $caught) (call $thrower))) (call $look))
    (func $tail (export "tail") (return_call $middle))
    (func $deep (export "deep") (param i32)
        (if (local.get 0)
            (then (call $deep (i32.sub (local.get 0) (i32.const 1))) (nop))
            (else (call $look)))))"#;

fn look(mut caller: Caller<'_, Data>) {
    let names = active(&caller);
    caller.data_mut().seen.push(names);
}

fn start(engine: &Engine) -> Result<(Store<Data>, Instance)> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "look", look)?;
    let ty = FuncType::new(engine, vec![ValType::I32; 8], []);
    linker.func_new("host", "many", ty, |caller, _, _| {
        look(caller);
        Ok(())
    })?;
    linker.func_wrap("host", "again", |mut caller: Caller<'_, Data>| {
        let instance = caller.data().instance.unwrap();
        for name in ["main", "trap"] {
            let function = instance.get_typed_func::<(), ()>(&mut caller, name)?;
            let _trap = function.call(&mut caller, ());
        }
        look(caller);
        Ok(())
    })?;
    let mut store = Store::new(engine, Data::default());
    let instance = linker.instantiate(&mut store, &Module::new(engine, PROGRAM)?)?;
    store.data_mut().instance = Some(instance);
    Ok((store, instance))
}

/// What the host sees in a call.
fn seen(store: &mut Store<Data>, instance: Instance, name: &str) -> Result<Vec<Vec<String>>> {
    let function = instance.get_typed_func::<(), ()>(&mut *store, name)?;
    let _trap = function.call(&mut *store, ());
    assert!(active(&*store).is_empty(), "no program is running");
    Ok(std::mem::take(&mut store.data_mut().seen))
}

#[test]
fn host_functions_see_who_called_them() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&engine_of(tiers)?)?;
        // The second time, functions may have been compiled once more.
        for _ in 0..2 {
            assert_eq!(
                seen(&mut store, instance, "main")?,
                [vec!["small", "middle", "main"], vec!["middle", "main"]],
                "{tiers:?}"
            );
            assert_eq!(seen(&mut store, instance, "pass")?, [["pass"]]);
            assert_eq!(seen(&mut store, instance, "catch")?, [["catch"]]);
            assert_eq!(
                seen(&mut store, instance, "tail")?,
                [vec!["small", "middle"], vec!["middle"]]
            );
        }
    }
    Ok(())
}

#[test]
fn nested_calls_are_inside_each_other_and_end_with_their_errors() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&engine_of(tiers)?)?;
        assert_eq!(
            seen(&mut store, instance, "nested")?,
            [
                vec!["small", "middle", "main", "nested"],
                vec!["middle", "main", "nested"],
                vec!["trap", "nested"],
                vec!["nested"],
                vec!["small", "nested"],
            ],
            "{tiers:?}"
        );
    }
    Ok(())
}

#[test]
fn a_hook_sees_the_functions_at_each_transition() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&engine_of(tiers)?)?;
        store.call_hook(|mut store, transition| {
            let mut names = active(&store);
            names.insert(0, format!("{transition:?}"));
            store.data_mut().seen.push(names);
            Ok(())
        });
        assert_eq!(
            seen(&mut store, instance, "pass")?,
            [
                vec!["CallingWasm"],
                vec!["CallingHost", "pass"],
                vec!["pass"],
                vec!["ReturningFromHost", "pass"],
                vec!["ReturningFromWasm"],
            ],
            "{tiers:?}"
        );
    }
    Ok(())
}

#[test]
fn an_epoch_callback_sees_the_loop() -> Result<()> {
    for tiers in TIERS {
        let engine = engine_of(tiers)?;
        let module = Module::new(
            &engine,
            r#"(module
                (import "host" "poll" (func $poll))
                (func $spin (loop $again (br $again)))
                (func $run (export "run") (call $spin) (nop))
                (func $ask (export "ask") (call $poll)))"#,
        )?;
        let mut store = Store::new(&engine, Vec::new());
        let poll = Func::wrap(&mut store, |mut caller: Caller<'_, _>| caller.poll());
        let instance = Instance::new(&mut store, &module, &[poll.into()])?;
        store.epoch_deadline_callback(|mut store| {
            let names = active(&store);
            store.data_mut().push(names);
            match store.data().len() % 4 {
                0 => Ok(UpdateDeadline::Interrupt),
                _ => Ok(UpdateDeadline::Continue(0)),
            }
        });
        for (function, expected) in [("run", "spin < run"), ("ask", "ask")] {
            store.set_epoch_deadline(0);
            let run = instance.get_typed_func::<(), ()>(&mut store, function)?;
            while run.call(&mut store, ()).is_ok() {}
            let seen = std::mem::take(store.data_mut());
            // A poll at a function's entry comes before its calls.
            let texts: Vec<_> = seen.iter().map(|names| names.join(" < ")).collect();
            assert!(
                texts.len() == 4 && texts.iter().all(|text| expected.ends_with(text)),
                "{texts:?}"
            );
            assert!(texts.iter().any(|text| text == expected), "{texts:?}");
        }
    }
    Ok(())
}

#[test]
fn only_frames_of_the_store_are_seen() -> Result<()> {
    let engine = Engine::default();
    let (mut inner, instance) = start(&engine)?;
    let module = Module::new(
        &engine,
        r#"(module (import "host" "f" (func $f)) (func $outer (export "outer") (call $f)))"#,
    )?;
    let mut outer = Store::new(&engine, ());
    let main = instance.get_typed_func::<(), ()>(&mut inner, "main")?;
    let inner = std::sync::Mutex::new(inner);
    let f = Func::wrap(&mut outer, move |caller: Caller<'_, ()>| {
        assert_eq!(active(&caller), ["outer"]);
        let mut inner = inner.lock().unwrap();
        assert!(active(&*inner).is_empty());
        main.call(&mut *inner, ())?;
        assert_eq!(inner.data().seen[0], ["small", "middle", "main"]);
        Ok(())
    });
    let instance = Instance::new(&mut outer, &module, &[f.into()])?;
    instance
        .get_typed_func::<(), ()>(&mut outer, "outer")?
        .call(&mut outer, ())
}

#[test]
fn another_thread_may_look_while_the_program_waits() -> Result<()> {
    for tiers in TIERS {
        let engine = engine_of(tiers)?;
        let module = Module::new(
            &engine,
            r#"(module (import "host" "f" (func $f)) (func $g (call $f)) (func $run (export "run") (call $g) (nop)))"#,
        )?;
        let mut store = Store::new(&engine, ());
        let f = Func::wrap(&mut store, |caller: Caller<'_, ()>| {
            let store = caller.as_context();
            let look = || active(store);
            let seen = std::thread::scope(|scope| {
                [scope.spawn(look), scope.spawn(look)].map(|thread| thread.join().unwrap())
            });
            assert_eq!(seen, [["g", "run"], ["g", "run"]]);
        });
        let instance = Instance::new(&mut store, &module, &[f.into()])?;
        instance
            .get_typed_func::<(), ()>(&mut store, "run")?
            .call(&mut store, ())?;
    }
    Ok(())
}

/// The text of a backtrace that is captured in a deep recursion, and the text of one that is captured by force.
fn deep(config: &mut Config) -> Result<[WasmBacktrace; 2]> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, PROGRAM)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "look", |mut caller: Caller<'_, Vec<WasmBacktrace>>| {
        let captured = [
            WasmBacktrace::capture(&caller),
            WasmBacktrace::force_capture(&caller),
        ];
        caller.data_mut().extend(captured);
    })?;
    linker.define_unknown_imports_as_traps(&module)?;
    let mut store = Store::new(&engine, Vec::new());
    let instance = linker.instantiate(&mut store, &module)?;
    instance
        .get_typed_func::<i32, ()>(&mut store, "deep")?
        .call(&mut store, 99)?;
    Ok(store.into_data().try_into().unwrap())
}

#[test]
fn the_number_of_frames_is_that_of_the_configuration() -> Result<()> {
    let count = |backtraces: [WasmBacktrace; 2]| backtraces.map(|backtrace| backtrace.frames().len());
    for tiers in TIERS {
        let config = || {
            let mut config = Config::new();
            config.tiers(tiers);
            config
        };
        let [captured, forced] = deep(&mut config())?;
        assert_eq!(names(&captured), ["deep"; 20]);
        assert!(captured.to_string().ends_with("... 80 more frames"), "{captured}");
        assert_eq!(captured.to_string(), forced.to_string());
        assert_eq!(count(deep(config().wasm_backtrace(false))?), [0, 20]);
        let some = |number| NonZeroUsize::new(number);
        assert_eq!(count(deep(config().wasm_backtrace_max_frames(some(7)))?), [7, 7]);
        assert_eq!(
            count(deep(config().wasm_backtrace_max_frames(some(1000)))?),
            [100, 100]
        );
        assert_eq!(count(deep(config().wasm_backtrace_max_frames(None))?), [0, 20]);
    }
    Ok(())
}

#[test]
fn frames_keep_their_modules_and_places() -> Result<()> {
    for tiers in TIERS {
        let engine = engine_of(tiers)?;
        let library = Module::new(
            &engine,
            r#"(module $library (import "host" "f" (func $f)) (func $lib (export "lib") (nop) (call $f)))"#,
        )?;
        let main = Module::new(
            &engine,
            r#"(module $main (import "lib" "lib" (func $lib)) (func $run (export "run") (call $lib) (nop)))"#,
        )?;
        let mut store = Store::new(&engine, None);
        let f = Func::wrap(&mut store, |mut caller: Caller<'_, Option<WasmBacktrace>>| {
            *caller.data_mut() = Some(WasmBacktrace::capture(&caller));
        });
        let instance = Instance::new(&mut store, &library, &[f.into()])?;
        let lib = instance.get_export(&mut store, "lib").unwrap();
        let instance = Instance::new(&mut store, &main, &[lib])?;
        instance
            .get_typed_func::<(), ()>(&mut store, "run")?
            .call(&mut store, ())?;
        let backtrace = store.into_data().unwrap();
        let [lib, run] = backtrace.frames() else {
            panic!("{backtrace}")
        };
        assert!(Module::same(lib.module(), &library) && Module::same(run.module(), &main));
        assert_eq!(
            (lib.module_name(), run.module_name()),
            (Some("library"), Some("main"))
        );
        // Behind the declaration of locals and `nop`; behind that declaration.
        assert_eq!((lib.func_offset(), run.func_offset()), (Some(2), Some(1)));
        assert!(backtrace.to_string().contains("library!lib"), "{backtrace}");
        assert!(format!("{backtrace:?}").len() < 1000, "{backtrace:?}");
    }
    Ok(())
}

/// An instance whose segments do not fit has put a function into another one's table.
#[test]
fn functions_of_instances_that_could_not_be_made_have_modules() -> Result<()> {
    for tiers in TIERS {
        let engine = engine_of(tiers)?;
        let table = Module::new(
            &engine,
            r#"(module (table (export "table") 1 funcref) (func $call (export "call") (call_indirect (i32.const 0))))"#,
        )?;
        let broken = Module::new(
            &engine,
            r#"(module $broken (import "m" "table" (table 1 funcref))
                (memory 1) (data (i32.const 65536) "x")
                (elem (i32.const 0) $left) (func $left unreachable))"#,
        )?;
        // There is no room for its memory, so it has no globals either.
        let unmade = Module::new(
            &engine,
            "(module $unmade (memory i64 0x1000000000) (global (export \"g\") i32 (i32.const 0)))",
        )?;
        let limits = StoreLimitsBuilder::new().total_memory(usize::MAX).build();
        let mut store = Store::new(&engine, limits);
        store.limiter(|limits| limits);
        let instance = Instance::new(&mut store, &table, &[])?;
        let export = instance.get_export(&mut store, "table").unwrap();
        let error = Instance::new(&mut store, &broken, &[export]).unwrap_err();
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
        let error = Instance::new(&mut store, &unmade, &[]).unwrap_err();
        assert!(error.to_string().contains("cannot allocate"), "{error}");
        // Instances that are made later have their own modules.
        let second = Instance::new(&mut store, &table, &[])?;
        assert!(Module::same(second.module(&store), &table));
        let call = instance.get_typed_func::<(), ()>(&mut store, "call")?;
        let error = call.call(&mut store, ()).unwrap_err();
        let backtrace = error.downcast_ref::<WasmBacktrace>().unwrap();
        assert_eq!(names(backtrace), ["left", "call"]);
        assert!(Module::same(backtrace.frames()[0].module(), &broken));
        let dump = WasmCoreDump::new(&store, &error).unwrap();
        assert_eq!((dump.instances().len(), dump.modules().len()), (3, 2));
        for instance in dump.instances() {
            assert!(instance.exports(&mut store).len() <= 2);
        }
        let bytes = dump.serialize(&store, "broken");
        Module::validate(&engine, &bytes)?;
    }
    Ok(())
}
