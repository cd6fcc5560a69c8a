//! Core dumps in the errors of programs.

use crate::{TIERS, names};
use transom::*;

const PROGRAM: &str = r#"(module $program
    (import "host" "fail" (func $fail))
    (import "host" "nested" (func $nested))
    (memory (export "memory") 1)
    (global $count (export "count") (mut i32) (i32.const 1))
    (func $inner (global.set $count (i32.const 7)) (i32.store (i32.const 8) (i32.const 9)) unreachable)
    (func $trap (export "trap") (call $inner) (nop))
    (func $error (export "error") (call $fail))
    (tag $tag)
    (func $throw (export "throw") (throw $tag))
    (func $outer (export "outer") (call $nested)))"#;

fn config(tiers: Tiers) -> Config {
    let mut config = Config::new();
    config.tiers(tiers).coredump_on_trap(true);
    config
}

fn start(config: &Config) -> Result<(Store<Option<Instance>>, Instance)> {
    let engine = Engine::new(config)?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "fail", || -> Result<()> { bail!("the host fails") })?;
    linker.func_wrap("host", "nested", |mut caller: Caller<'_, Option<Instance>>| {
        let instance = caller.data().unwrap();
        let trap = instance.get_typed_func::<(), ()>(&mut caller, "trap")?;
        trap.call(&mut caller, ())
    })?;
    let mut store = Store::new(&engine, None);
    let instance = linker.instantiate(&mut store, &Module::new(&engine, PROGRAM)?)?;
    *store.data_mut() = Some(instance);
    Ok((store, instance))
}

fn error(store: &mut Store<Option<Instance>>, instance: Instance, name: &str) -> Result<Error> {
    let function = instance.get_typed_func::<(), ()>(&mut *store, name)?;
    Ok(function.call(&mut *store, ()).unwrap_err())
}

#[test]
fn a_trap_has_a_dump_of_its_store() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&config(tiers))?;
        let ty = GlobalType::new(ValType::I64, Mutability::Const);
        let global = Global::new(&mut store, ty, Val::I64(3))?;
        let memory = Memory::new(&mut store, MemoryType::new(2, None))?;
        let error = error(&mut store, instance, "trap")?;
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
        assert!(error.is::<WasmBacktrace>());
        let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
        let backtrace: Vec<_> = dump
            .frames()
            .iter()
            .map(|frame| frame.func_name().unwrap())
            .collect();
        assert_eq!(backtrace, ["inner", "trap"]);
        assert_eq!(dump.instances(), [instance]);
        assert!(Module::same(&dump.modules()[0], instance.module(&store)));
        let own = instance.get_memory(&mut store, "memory").unwrap();
        assert_eq!(dump.memories(), [own, memory]);
        assert_eq!(dump.memories()[0].data(&store)[8], 9);
        let own = instance.get_global(&mut store, "count").unwrap();
        assert_eq!(dump.globals(), [own, global]);
        assert_eq!(dump.globals()[0].get(&mut store).unwrap_i32(), 7);
        let bytes = dump.serialize(&mut store, "a program");
        assert!(
            WasmCoreDump::new(&store, &error)
                .unwrap()
                .serialize(&store, "a program")
                == bytes
        );
        // It is a module with all memories and globals.
        let read = Module::new(store.engine(), &bytes)?.resources_required();
        assert_eq!((read.num_memories, read.max_initial_memory_size), (2, Some(2)));
        let mut written = Vec::new();
        dump.write(&store, "a program", &mut written)?;
        assert_eq!(written, bytes);
        drop(store);
        let text = format!("{error:?}");
        assert!(
            text.contains("1 modules, 1 instances, 2 memories, 2 globals") && text.contains("module program"),
            "{text}"
        );
        assert!(text.contains("program!inner"), "{text}");
    }
    Ok(())
}

#[test]
fn every_end_of_a_program_has_one_dump() -> Result<()> {
    for tiers in TIERS {
        let (mut store, instance) = start(&config(tiers))?;
        let failed = error(&mut store, instance, "error")?;
        assert_eq!(failed.root_cause().to_string(), "the host fails");
        assert_eq!(failed.downcast_ref::<WasmCoreDump>().unwrap().frames().len(), 1);
        let thrown = error(&mut store, instance, "throw")?;
        assert!(thrown.is::<ThrownException>() && thrown.is::<WasmCoreDump>());
        // The error of the call inside stays as it is.
        let nested = error(&mut store, instance, "outer")?;
        let dumps = nested
            .chain()
            .filter(|layer| layer.to_string().contains("core dump"));
        assert_eq!(dumps.count(), 1, "{nested:?}");
        assert_eq!(
            names(nested.downcast_ref::<WasmBacktrace>().unwrap()),
            ["inner", "trap", "outer"]
        );
    }
    Ok(())
}

#[test]
fn a_start_function_that_traps_has_a_dump() -> Result<()> {
    let engine = Engine::new(&config(Tiers::Optimized))?;
    let module = Module::new(&engine, "(module (func $start unreachable) (start $start))")?;
    let mut store = Store::new(&engine, ());
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
    assert_eq!((dump.frames().len(), dump.instances().len()), (1, 1));
    Ok(())
}

#[test]
fn what_is_no_end_of_a_program_has_none() -> Result<()> {
    let (mut store, instance) = start(&config(Tiers::Baseline))?;
    let function = instance.get_func(&mut store, "trap").unwrap();
    let error = function.call(&mut store, &[Val::I32(1)], &mut []).unwrap_err();
    assert!(!error.is::<WasmCoreDump>());
    let (mut store, instance) = start(&Config::new())?;
    assert!(!self::error(&mut store, instance, "trap")?.is::<WasmCoreDump>());
    Ok(())
}

#[test]
fn a_dump_needs_no_backtrace() -> Result<()> {
    let (mut store, instance) = start(config(Tiers::Optimized).wasm_backtrace(false))?;
    let error = error(&mut store, instance, "trap")?;
    let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
    assert!(!error.is::<WasmBacktrace>() && dump.frames().is_empty());
    assert_eq!((dump.memories().len(), dump.globals().len()), (1, 1));
    Ok(())
}

#[test]
fn shared_memories_are_in_the_bytes_only() -> Result<()> {
    let engine = Engine::new(&config(Tiers::Optimized))?;
    let module = Module::new(
        &engine,
        r#"(module (memory 1 1 shared) (memory 2) (data (i32.const 4) "shared text") (func (export "f") unreachable))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let f = instance.get_typed_func::<(), ()>(&mut store, "f")?;
    let error = f.call(&mut store, ()).unwrap_err();
    let dump = error.downcast_ref::<WasmCoreDump>().unwrap();
    assert_eq!(dump.memories().len(), 1);
    let bytes = dump.serialize(&store, "");
    assert!(bytes.windows(11).any(|window| window == b"shared text"));
    let read = Module::new(&engine, &bytes)?.resources_required();
    assert_eq!(read.num_memories, 2);
    Ok(())
}
