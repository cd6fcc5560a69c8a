//! Only functions that are called are compiled, however they are called.

use crate::support::number;
use crate::{compiled, engine};
use transom::error::Context as _;
use transom::*;

/// Each export calls one function in another way; `$never` is never called.
const WAYS: &str = r#"(module
    (type $f (func (param i32) (result i32)))
    (table $table 4 4 funcref (ref.func $in_table))
    (elem declare func $by_ref $tail_ref)
    (global $global (ref $f) (ref.func $in_global))
    (func $direct (type $f) (i32.add (local.get 0) (i32.const 1)))
    (func $in_table (type $f) (i32.add (local.get 0) (i32.const 2)))
    (func $by_ref (type $f) (i32.add (local.get 0) (i32.const 3)))
    (func $in_global (type $f) (i32.add (local.get 0) (i32.const 4)))
    (func $tail (type $f) (i32.add (local.get 0) (i32.const 5)))
    (func $tail_ref (type $f) (i32.add (local.get 0) (i32.const 6)))
    (func $never (export "never") (type $f) (i32.const 0))
    (func (export "call") (result i32) (call $direct (i32.const 10)))
    (func (export "call_indirect") (result i32)
      (call_indirect $table (type $f) (i32.const 10) (i32.const 1)))
    (func (export "call_ref") (result i32) (call_ref $f (i32.const 10) (ref.func $by_ref)))
    (func (export "global") (result i32) (call_ref $f (i32.const 10) (global.get $global)))
    (func (export "return_call") (result i32) (return_call $tail (i32.const 10)))
    (func (export "return_call_ref") (result i32)
      (return_call_ref $f (i32.const 10) (ref.func $tail_ref)))
    (func (export "return_call_indirect") (result i32)
      (return_call_indirect $table (type $f) (i32.const 10) (i32.const 2))))"#;

#[test]
fn every_way_of_calling_compiles_what_is_called() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, WAYS)?;
    assert_eq!((compiled(&module), module.statistics().code_size), (0, 0));
    assert!(module.text().is_empty());
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    assert_eq!(compiled(&module), 0);
    let ways = [
        ("call", 11, 2),
        ("call_indirect", 12, 2),
        ("call_ref", 13, 2),
        ("global", 14, 2),
        ("return_call", 15, 2),
        ("return_call_ref", 16, 2),
        ("return_call_indirect", 12, 1),
    ];
    for (way, expected, most) in ways {
        let before = compiled(&module);
        assert_eq!(number(&mut store, instance, way, &[])?, expected, "{way}");
        let new = compiled(&module) - before;
        // What was compiled for an earlier way is not compiled again.
        assert!((1..=most).contains(&new), "{way}: {new} functions");
        let size = module.statistics().code_size;
        assert_eq!(number(&mut store, instance, way, &[])?, expected, "{way} again");
        assert_eq!(module.statistics().code_size, size, "{way} again");
    }
    assert!(compiled(&module) < module.statistics().functions);
    Ok(())
}

#[test]
fn instances_share_what_was_compiled() -> Result<()> {
    let engine = engine();
    let module = Module::new(&engine, WAYS)?;
    for _ in 0..3 {
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        assert_eq!(number(&mut store, instance, "never", &[Val::I32(0)])?, 0);
        assert_eq!(compiled(&module), 1);
    }
    Ok(())
}

#[test]
fn imports_and_start_functions_are_compiled_when_they_run() -> Result<()> {
    let engine = engine();
    let mut store = Store::new(&engine, ());
    let exporting = Module::new(
        &engine,
        r#"(module (global $g (mut i32) (i32.const 0))
             (func (export "add") (param i32) (global.set $g (i32.add (global.get $g) (local.get 0))))
             (func (export "get") (result i32) (global.get $g)))"#,
    )?;
    let exports = Instance::new(&mut store, &exporting, &[])?;
    let add = exports.get_func(&mut store, "add").context("a function")?;
    let importing = Module::new(
        &engine,
        r#"(module (import "" "add" (func $add (param i32)))
             (func $start (call $add (i32.const 7))) (start $start)
             (func (export "again") (call $add (i32.const 8))))"#,
    )?;
    assert_eq!((compiled(&exporting), compiled(&importing)), (0, 0));
    let instance = Instance::new(&mut store, &importing, &[add.into()])?;
    assert_eq!((compiled(&exporting), compiled(&importing)), (1, 1));
    let again = instance.get_typed_func::<(), ()>(&mut store, "again")?;
    again.call(&mut store, ())?;
    assert_eq!(number(&mut store, exports, "get", &[])?, 15);
    assert_eq!((compiled(&exporting), compiled(&importing)), (2, 2));
    Ok(())
}

#[test]
fn a_function_got_before_its_first_call_runs_its_code_afterwards() -> Result<()> {
    let engine = engine();
    let module = Module::new(
        &engine,
        r#"(module (func (export "f") (result i32) (i32.const 3)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let f = instance.get_typed_func::<(), i32>(&mut store, "f")?;
    for _ in 0..3 {
        assert_eq!(f.call(&mut store, ())?, 3);
        assert_eq!(compiled(&module), 1);
    }
    Ok(())
}

#[test]
fn profilers_are_told_of_each_function_when_it_is_compiled() -> Result<()> {
    let mut config = crate::config();
    config.profiler(ProfilingStrategy::PerfMap);
    let engine = Engine::new(&config)?;
    let text = r#"(module (func $first (export "first") (result i32) (i32.const 1))
        (func $second (export "second") (result i32) (i32.const 2)))"#;
    let (mut store, instance) = crate::support::instance_in(&engine, text)?;
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let names = || -> Result<Vec<String>> {
        let map = std::fs::read_to_string(&path)?;
        let names = map.lines().filter_map(|line| line.splitn(3, ' ').nth(2));
        Ok(names.map(str::to_owned).collect())
    };
    assert_eq!(names()?, ["transom::stubs"]);
    number(&mut store, instance, "second", &[])?;
    let told = names()?;
    assert!(
        told.contains(&"second".to_owned()) && !told.contains(&"first".to_owned()),
        "{told:?}"
    );
    number(&mut store, instance, "first", &[])?;
    assert_eq!(names()?.last().map(String::as_str), Some("first"));
    std::fs::remove_file(path)?;
    Ok(())
}
