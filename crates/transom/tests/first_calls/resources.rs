//! What can't be compiled, and memory for code.

use crate::support::{call, instance_in, number};
use crate::{compiled, config, engine};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transom::error::Context as _;
use transom::*;

/// A call of a function in a table, so that it is not inlined.
const TWO: &str = r#"(module (type $f (func (result i32))) (table funcref (elem $f))
    (func $f (type $f) (i32.const 5))
    (func (export "call") (result i32) (call_indirect (type $f) (i32.const 0)))
    (func (export "other") (result i32) (i32.const 6)))"#;

#[test]
fn a_function_beyond_a_limit_is_the_same_error_twice() -> Result<()> {
    let _alone = alone();
    // More values than the compiler passes.
    let ty = "i64 ".repeat(1000);
    let labels = "0 ".repeat(100_000);
    let text = format!(
        r#"(module (type $f (func (result i32))) (table funcref (elem $f))
          (func $many (result {ty}) (unreachable))
          (func $f (type $f) (block (result {ty}) (call $many) (br_table {labels} (i32.const 0))) (unreachable))
          (func (export "call") (result i32) (call_indirect (type $f) (i32.const 0)))
          (func (export "other") (result i32) (i32.const 6)))"#
    );
    let optimized = Engine::new(Config::new().compilation(Strategy::Optimized))?;
    let eager = Module::new(&optimized, &text).unwrap_err();
    // The baseline compiler passes the values once for all labels.
    let mut config = Config::new();
    config.compilation(Strategy::OptimizedOnFirstCall);
    let (mut store, instance) = instance_in(&Engine::new(&config)?, &text)?;
    let first = call(&mut store, instance, "call", &[]).unwrap_err();
    let second = call(&mut store, instance, "call", &[]).unwrap_err();
    assert_eq!(first.root_cause().to_string(), eager.root_cause().to_string());
    assert_eq!(format!("{first:#}"), format!("{second:#}"));
    let frames = first
        .downcast_ref::<WasmBacktrace>()
        .context("a backtrace")?
        .frames();
    assert_eq!(frames[0].func_index(), 2, "the caller");
    assert_eq!(number(&mut store, instance, "other", &[])?, 6);
    Ok(())
}

#[test]
fn the_host_may_refuse_a_compilation_and_allow_it_later() -> Result<()> {
    let refuse = Arc::new(AtomicBool::new(true));
    let asked = refuse.clone();
    let engine = Engine::new(config().compile_interrupt(move || asked.load(Ordering::Relaxed)))?;
    let (mut store, instance) = instance_in(&engine, TWO)?;
    for _ in 0..2 {
        let error = call(&mut store, instance, "call", &[]).unwrap_err();
        let message = format!("{error:#}");
        assert!(
            message.contains("interrupted by the host before function 1"),
            "{message}"
        );
    }
    refuse.store(false, Ordering::Relaxed);
    assert_eq!(number(&mut store, instance, "call", &[])?, 5);
    Ok(())
}

#[test]
fn a_panic_of_the_hosts_hook_passes_through() -> Result<()> {
    let panics = Arc::new(AtomicBool::new(true));
    let asked = panics.clone();
    let engine = Engine::new(config().compile_interrupt(move || {
        assert!(!asked.load(Ordering::Relaxed), "as the test wants it");
        false
    }))?;
    let (mut store, instance) = instance_in(&engine, TWO)?;
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        call(&mut store, instance, "call", &[])
    }));
    assert!(result.is_err());
    panics.store(false, Ordering::Relaxed);
    assert_eq!(number(&mut store, instance, "call", &[])?, 5);
    Ok(())
}

#[test]
fn code_memory_is_limited() -> Result<()> {
    // Before anything is compiled as a whole.
    let error = Engine::new(Config::new().max_code_memory(100))
        .and_then(|engine| Module::new(&engine, TWO))
        .unwrap_err();
    assert!(format!("{error:#}").contains("machine code"), "{error:#}");

    // How much it takes without a limit.
    let engine = engine();
    let (mut store, instance) = instance_in(&engine, TWO)?;
    let before = engine.code_memory();
    number(&mut store, instance, "other", &[])?;
    let with_other = engine.code_memory();
    assert!(before < with_other);
    drop(store);

    let engine = Engine::new(config().max_code_memory(with_other))?;
    let (mut store, instance) = instance_in(&engine, TWO)?;
    assert_eq!(number(&mut store, instance, "other", &[])?, 6);
    let mut messages = (0..2).map(|_| {
        let error = call(&mut store, instance, "call", &[]).unwrap_err();
        format!("{error:#}")
    });
    let (first, second) = (messages.next(), messages.next());
    assert!(
        first
            .as_ref()
            .is_some_and(|text| text.contains("bytes are in use")),
        "{first:?}"
    );
    assert_eq!(first, second);
    assert_eq!(number(&mut store, instance, "other", &[])?, 6);
    Ok(())
}

/// Resident bytes, and mappings, of this process.
fn footprint() -> (usize, usize) {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    let maps = std::fs::read_to_string("/proc/self/maps").expect("Linux has it");
    (pages.expect("a number") * 4096, maps.lines().count())
}

/// One of the tests that take or measure much memory runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A few bytes declare 49,000 locals. What is kept of their places is no longer.
#[test]
fn many_locals_take_little_memory_of_the_host() -> Result<()> {
    const MODULES: usize = 200;
    let _alone = alone();
    for ty in ["i32", "anyref", "v128"] {
        let text = format!(
            r#"(module (func (export "f") (param i32) (result i32) (local {})
              (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))"#,
            format!("{ty} ").repeat(49_000)
        );
        let binary = wat::parse_str(text)?;
        let engine = Engine::new(Config::new().max_wasm_stack(1 << 20))?;
        let mut modules = Vec::new();
        let mut run = |count: usize| -> Result<()> {
            for _ in 0..count {
                let module = Module::from_binary(&engine, &binary)?;
                let mut store = Store::new(&engine, ());
                let instance = Instance::new(&mut store, &module, &[])?;
                assert_eq!(number(&mut store, instance, "f", &[Val::I32(3)])?, 0);
                modules.push(module);
            }
            Ok(())
        };
        run(10)?;
        let (before, _) = footprint();
        run(MODULES)?;
        let (after, _) = footprint();
        let each = after.saturating_sub(before) / MODULES;
        // Stubs, slots and code of a module take pages. A word for each local would be 196 kB.
        assert!(each < 100_000, "{ty}: {each} bytes for each function");
    }
    Ok(())
}

#[test]
fn modules_that_are_gone_leave_nothing() -> Result<()> {
    const MODULES: usize = 10_000;
    let _alone = alone();
    let engine = engine();
    let round = |count: usize| -> Result<()> {
        for _ in 0..count {
            let (mut store, instance) = instance_in(&engine, TWO)?;
            assert_eq!(number(&mut store, instance, "other", &[])?, 6);
        }
        Ok(())
    };
    round(100)?;
    let code = engine.code_memory();
    // Other tests of this process take memory and give it back meanwhile; what modules leave would be seen every time.
    let mut seen = Vec::new();
    let leaves_nothing = |seen: &mut Vec<_>| -> Result<bool> {
        let (resident, mappings) = footprint();
        round(MODULES)?;
        let after = footprint();
        assert_eq!(engine.code_memory(), code, "adapters only");
        seen.push(((resident, mappings), after));
        Ok(after.0 < resident + (16 << 20) && after.1 < mappings + 100)
    };
    for _ in 0..4 {
        if leaves_nothing(&mut seen)? {
            return Ok(());
        }
    }
    panic!("bytes and mappings, before and after: {seen:?}");
}

#[test]
fn a_module_lives_as_long_as_its_instances() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, TWO)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    assert_eq!(compiled(&module), 0);
    drop(module);
    assert_eq!(number(&mut store, instance, "call", &[])?, 5);
    Ok(())
}
