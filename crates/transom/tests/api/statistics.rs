//! What modules and stores tell about themselves, and how compilations tell how far they are.

use std::sync::{Arc, Mutex};
use transom::error::Context as _;
use transom::*;

#[test]
fn modules_know_what_they_took() -> Result<()> {
    let engine = Engine::new(Config::new().compilation(Strategy::Optimized))?;
    let binary = wat::parse_str(
        "(module (import \"\" \"\" (func)) (func (export \"f\") (result i32) (i32.const 1)) (func))",
    )?;
    let module = Module::new(&engine, &binary)?;
    let statistics = module.statistics();
    assert_eq!((statistics.functions, statistics.binary_size), (2, binary.len()));
    assert_eq!(statistics.code_size, module.text().len());
    assert!(statistics.code_size > 0);
    assert!(!statistics.decode.is_zero() && !statistics.compile.is_zero());
    Ok(())
}

#[test]
fn stores_know_what_they_hold() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    assert_eq!(store.statistics(), StoreStatistics::default());
    let module = Module::new(
        &engine,
        "(module (memory (export \"m\") 2) (memory 1) (table 10 funcref) (table 5 externref))",
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_memory(&mut store, "m").context("a memory")?;
    memory.grow(&mut store, 3)?;
    let importing = Module::new(&engine, "(module (import \"\" \"m\" (memory 0)))")?;
    Instance::new(&mut store, &importing, &[memory.into()])?;
    let statistics = store.statistics();
    assert_eq!(
        (statistics.instances, statistics.memories, statistics.tables),
        (2, 2, 2)
    );
    assert_eq!(
        (statistics.memory_bytes, statistics.table_elements),
        (6 << 16, 15)
    );
    Ok(())
}

/// The calls of a compilation, and how many bytes of bodies there are.
fn progress(functions: usize, parallel: bool) -> Result<Vec<CompileProgress>> {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let told = calls.clone();
    let mut config = Config::new();
    config
        .parallel_compilation(parallel)
        .compilation(Strategy::Optimized);
    config.compile_progress(move |progress| told.lock().expect("no panic").push(progress));
    let text = format!("(module {})", "(func (drop (i32.const 1)))".repeat(functions));
    Module::new(&Engine::new(&config)?, text)?;
    let mut calls = std::mem::take(&mut *calls.lock().expect("no panic"));
    if parallel {
        calls.sort_by_key(|call| call.done);
    }
    Ok(calls)
}

#[test]
fn compilations_tell_how_far_they_are() -> Result<()> {
    for parallel in [false, true] {
        for functions in [1, 7, 100, 1000] {
            let calls = progress(functions, parallel)?;
            assert_eq!(calls.len(), functions.min(100));
            assert!(calls.windows(2).all(|pair| pair[0].done < pair[1].done));
            // The list of locals, two instructions with one immediate, and `end`.
            let total = 5 * functions as u64;
            assert!(calls.iter().all(|call| call.total == total));
            assert_eq!(calls[calls.len() - 1].done, total);
        }
        assert_eq!(progress(0, parallel)?, []);
    }
    Ok(())
}

#[test]
fn a_compilation_is_interrupted_between_functions() -> Result<()> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    for parallel in [false, true] {
        let asked = std::sync::Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        let mut config = Config::new();
        config
            .parallel_compilation(parallel)
            .compilation(Strategy::Optimized);
        config.compile_interrupt(move || count.fetch_add(1, Ordering::Relaxed) >= 10);
        let engine = Engine::new(&config)?;
        Module::new(&engine, format!("(module {})", "(func)".repeat(10)))?;
        let error = Module::new(&engine, format!("(module {})", "(func)".repeat(1000)));
        let error = error.expect_err("it is asked for more than ten times");
        assert!(
            error.to_string().contains("compilation interrupted by the host"),
            "{error:?}"
        );
        assert!(asked.load(Ordering::Relaxed) < 100);
    }
    Ok(())
}
