//! What a store's limiter allows and forbids.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

fn limited(limits: StoreLimits) -> Store<StoreLimits> {
    let mut store = Store::new(&Engine::default(), limits);
    store.limiter(|limits| limits);
    store
}

fn make(store: &mut Store<StoreLimits>, wat: &str) -> Result<Instance> {
    let module = Module::new(store.engine(), wat)?;
    Instance::new(store, &module, &[])
}

const GROWING: &str = r#"(module (memory 1) (table 1 funcref)
    (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#;

#[test]
fn growing_beyond_a_limit_gives_minus_one_or_ends_the_program() -> Result<()> {
    for trapping in [false, true] {
        let limits = StoreLimitsBuilder::new()
            .memory_size(3 << 16)
            .table_elements(10)
            .trap_on_grow_failure(trapping);
        let mut store = limited(limits.build());
        let instance = make(&mut store, GROWING)?;
        for (name, fits, beyond, former) in [("memory", 2, 1, 1), ("table", 9, 1, 1)] {
            let grow = instance.get_typed_func::<i32, i32>(&mut store, name)?;
            assert_eq!(grow.call(&mut store, fits)?, former, "{name}");
            let outcome = grow.call(&mut store, beyond);
            match outcome {
                Ok(result) => assert!(!trapping && result == -1, "{name}: {result}"),
                Err(error) => {
                    assert!(trapping, "{name}: {error:?}");
                    assert!(format!("{error:?}").contains(name), "{name}: {error:?}");
                    assert!(error.is::<WasmBacktrace>(), "{name}: {error:?}");
                }
            }
            assert_eq!(grow.call(&mut store, 0)?, fits + former, "{name}");
        }
    }
    Ok(())
}

#[test]
fn what_a_module_begins_with_is_limited_too() -> Result<()> {
    let limits = || StoreLimitsBuilder::new().memory_size(1 << 16).table_elements(4);
    for (text, part) in [
        ("(module (memory 2))", "memory"),
        ("(module (memory i64 2))", "memory"),
        ("(module (memory i64 0x1000000000000))", "memory"),
        ("(module (table 5 funcref))", "table"),
        ("(module (table i64 0x1000000000 funcref))", "table"),
    ] {
        let mut store = limited(limits().build());
        let error = make(&mut store, text).err().with_context(|| text.to_owned())?;
        assert!(format!("{error:#}").contains(part), "{error:#}");
        make(&mut store, "(module (memory 1) (table 4 funcref))")?;
    }
    Ok(())
}

#[test]
fn the_number_of_things_is_limited() -> Result<()> {
    let mut store = limited(StoreLimitsBuilder::new().instances(2).build());
    make(&mut store, "(module)")?;
    make(&mut store, "(module)")?;
    assert!(make(&mut store, "(module)").is_err());
    let mut store = limited(StoreLimitsBuilder::new().memories(1).tables(1).build());
    make(&mut store, "(module (memory 1))")?;
    assert!(make(&mut store, "(module (memory 1))").is_err());
    assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_err());
    Table::new(
        &mut store,
        TableType::new(RefType::FUNCREF, 1, None),
        Ref::Func(None),
    )?;
    assert!(make(&mut store, "(module (table 1 funcref))").is_err());
    make(&mut store, "(module)")?;
    Ok(())
}

/// A limiter that writes down what it is asked.
#[derive(Default)]
struct Recorder {
    asked: Vec<(&'static str, usize, usize, Option<usize>)>,
    failed: Vec<String>,
    refuse_with_error: bool,
}

impl ResourceLimiter for Recorder {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.asked.push(("memory", current, desired, maximum));
        ensure!(!self.refuse_with_error, "refused by the host");
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failed.push(error.to_string());
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.asked.push(("table", current, desired, maximum));
        ensure!(!self.refuse_with_error, "refused by the host");
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.failed.push(error.to_string());
        Ok(())
    }
}

#[test]
fn a_limiter_is_told_sizes_and_may_end_the_program() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, Recorder::default());
    store.limiter(|recorder| recorder);
    let module = Module::new(
        &engine,
        r#"(module (memory 1 5) (table 2 7 externref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0))))"#,
    )?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_typed_func::<i32, i32>(&mut store, "memory")?;
    let table = instance.get_typed_func::<i32, i32>(&mut store, "table")?;
    assert_eq!((memory.call(&mut store, 2)?, table.call(&mut store, 3)?), (1, 2));
    assert_eq!(
        (memory.call(&mut store, 9)?, table.call(&mut store, 9)?),
        (-1, -1)
    );
    const PAGE: usize = 1 << 16;
    let asked = &store.data().asked;
    assert_eq!(
        asked[..4],
        [
            ("memory", 0, PAGE, Some(5 * PAGE)),
            ("table", 0, 2, Some(7)),
            ("memory", PAGE, 3 * PAGE, Some(5 * PAGE)),
            ("table", 2, 5, Some(7)),
        ]
    );
    assert_eq!(store.data().failed.len(), 2, "{:?}", store.data().failed);
    store.data_mut().refuse_with_error = true;
    for func in [memory, table] {
        let error = func.call(&mut store, 1).err().context("the limiter fails")?;
        assert_eq!(error.root_cause().to_string(), "refused by the host");
        assert!(error.is::<WasmBacktrace>());
    }
    Ok(())
}

/// Sizes that no machine has are refused, with or without a limiter.
#[test]
fn impossible_sizes_are_errors() -> Result<()> {
    for text in [
        "(module (memory i64 0x1000000000000))",
        "(module (memory i64 0x800000000000))",
        "(module (table i64 0x2000000000000000 funcref))",
        "(module (table i64 0xffffffffffffffff externref))",
    ] {
        let outcome = instance(text);
        assert!(outcome.is_err(), "{text}");
    }
    Ok(())
}
