//! Stores and engines: what belongs to one must not be used with another.

use crate::support::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom::error::Context as _;
use transom::*;

const EXPORTS: &str = r#"(module
    (func (export "f") (param i32) (result i32) (local.get 0))
    (func (export "take") (param funcref))
    (func (export "take_extern") (param externref))
    (table (export "t") 4 funcref)
    (memory (export "m") 1)
    (global (export "g") (mut i32) (i32.const 5))
    (global (export "fg") (mut funcref) (ref.null func)))"#;

/// Everything that can fail says so when it is given something of another store.
#[test]
fn things_of_another_store_are_refused_with_an_error() -> Result<()> {
    let engine = Engine::default();
    let (mut a, of_a) = instance_in(&engine, EXPORTS)?;
    let (mut b, of_b) = instance_in(&engine, EXPORTS)?;
    let func = of_a.get_func(&mut a, "f").context("f")?;
    let external = ExternRef::new(&mut a, 1)?;
    let table = of_a.get_table(&mut a, "t").context("t")?;
    let global = of_a.get_global(&mut a, "g").context("g")?;
    let memory = of_a.get_memory(&mut a, "m").context("m")?;
    let own_table = of_b.get_table(&mut b, "t").context("t")?;
    let own_global = of_b.get_global(&mut b, "fg").context("fg")?;
    let typed = func.typed::<i32, i32>(&mut a)?;
    let take = of_b.get_typed_func::<Option<Func>, ()>(&mut b, "take")?;
    let take_extern = of_b.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut b, "take_extern")?;
    let host = Func::wrap(&mut b, move || Some(func));
    let host_new = Func::new(
        &mut b,
        FuncType::new(&engine, [], [ValType::FUNCREF]),
        move |_, _, results| {
            results[0] = func.into();
            Ok(())
        },
    );
    let returns = instantiate(
        &mut b,
        r#"(module (import "" "h" (func $h (result funcref))) (func (export "run") (drop (call $h))))"#,
        &[host.into()],
    )?;
    let funcref = TableType::new(RefType::FUNCREF, 1, None);
    let global_ty = GlobalType::new(ValType::FUNCREF, Mutability::Const);
    let mut linker = Linker::new(&engine);
    let importer = Module::new(
        &engine,
        r#"(module (import "a" "f" (func (param i32) (result i32))))"#,
    )?;
    let mut linked = Linker::new(&engine);
    linked.instance(&mut a, "a", of_a)?;
    let outcomes: Vec<(&str, Result<()>)> = vec![
        ("Func::call", func.call(&mut b, &[1.into()], &mut [Val::I32(0)])),
        ("Func::typed", func.typed::<i32, i32>(&mut b).map(drop)),
        ("TypedFunc::call", typed.call(&mut b, 1).map(drop)),
        (
            "a parameter",
            call(&mut b, of_b, "take", &[func.into()]).map(drop),
        ),
        ("a typed parameter", take.call(&mut b, Some(func))),
        (
            "an extern parameter",
            call(&mut b, of_b, "take_extern", &[external.into()]).map(drop),
        ),
        (
            "a typed extern parameter",
            take_extern.call(&mut b, Some(external)),
        ),
        ("a host function's result", call_func(&mut b, host, &[]).map(drop)),
        (
            "an untyped host function's result",
            call_func(&mut b, host_new, &[]).map(drop),
        ),
        (
            "a host function's result in a program",
            call(&mut b, returns, "run", &[]).map(drop),
        ),
        ("Table::new", Table::new(&mut b, funcref, func.into()).map(drop)),
        ("Table::set, value", own_table.set(&mut b, 0, func.into())),
        ("Table::set", table.set(&mut b, 0, Ref::Func(None))),
        ("Table::grow", table.grow(&mut b, 1, Ref::Func(None)).map(drop)),
        ("Table::fill, value", own_table.fill(&mut b, 0, func.into(), 1)),
        (
            "Table::copy from",
            Table::copy(&mut b, &own_table, 0, &table, 0, 1),
        ),
        ("Table::copy to", Table::copy(&mut b, &table, 0, &own_table, 0, 1)),
        (
            "Global::new",
            Global::new(&mut b, global_ty, func.into()).map(drop),
        ),
        ("Global::set", global.set(&mut b, 1.into())),
        ("Global::set, value", own_global.set(&mut b, func.into())),
        ("Memory::grow", memory.grow(&mut b, 1).map(drop)),
        (
            "Instance::new",
            Instance::new(&mut b, &importer, &[func.into()]).map(drop),
        ),
        ("Linker::define", linker.define(&b, "a", "f", func).map(drop)),
        ("Linker::instance", linker.instance(&mut b, "i", of_a).map(drop)),
        (
            "Instance::get_typed_func",
            of_a.get_typed_func::<i32, i32>(&mut b, "f").map(drop),
        ),
        (
            "Linker::instantiate",
            linked.instantiate(&mut b, &importer).map(drop),
        ),
        (
            "InstancePre::instantiate",
            linked.instantiate_pre(&importer)?.instantiate(&mut b).map(drop),
        ),
        ("ExternRef::data", external.data(&b).map(drop)),
        ("Val::ty", Val::from(func).ty(&b).map(drop)),
    ];
    for (what, outcome) in outcomes {
        let error = outcome
            .err()
            .with_context(|| format!("{what} accepts what belongs to another store"))?;
        let text = format!("{error:#}");
        assert!(text.contains("belong"), "{what}: {text}");
    }
    // Both stores are as good as before.
    assert_eq!(number(&mut a, of_a, "f", &[3.into()])?, 3);
    assert_eq!(number(&mut b, of_b, "f", &[4.into()])?, 4);
    Ok(())
}

/// What can't fail panics instead of looking into the wrong store.
#[test]
fn things_that_can_not_fail_panic_with_another_store() -> Result<()> {
    let engine = Engine::default();
    let (mut a, of_a) = instance_in(&engine, EXPORTS)?;
    let b = Store::new(&engine, ());
    let func = of_a.get_func(&mut a, "f").context("f")?;
    let table = of_a.get_table(&mut a, "t").context("t")?;
    let memory = of_a.get_memory(&mut a, "m").context("m")?;
    let global = of_a.get_global(&mut a, "g").context("g")?;
    let attempts: [(&str, &dyn Fn()); 6] = [
        ("Func::ty", &|| drop(func.ty(&b))),
        ("Table::size", &|| _ = table.size(&b)),
        ("Memory::data", &|| _ = memory.data(&b).len()),
        ("Memory::size", &|| _ = memory.size(&b)),
        ("Global::ty", &|| drop(global.ty(&b))),
        ("Instance::get_func", &|| _ = of_a.get_func(&b, "f")),
    ];
    let outcomes =
        quietly(|| attempts.map(|(what, attempt)| (what, catch_unwind(AssertUnwindSafe(attempt)))));
    for (what, outcome) in outcomes {
        let message = panic_message(outcome.err().with_context(|| format!("{what} did not panic"))?);
        assert!(message.contains("belong"), "{what}: {message}");
    }
    Ok(())
}

/// Modules, types and linkers of one engine are refused by another.
#[test]
fn things_of_another_engine_are_refused() -> Result<()> {
    let (one, two) = (Engine::default(), Engine::default());
    let module = Module::new(&one, EXPORTS)?;
    let mut store = Store::new(&two, ());
    let ty = FuncType::new(&one, [ValType::I32], []);
    let mut linker: Linker<()> = Linker::new(&two);
    let other: Linker<()> = Linker::new(&one);
    let own = Module::new(&two, EXPORTS)?;
    let concrete = RefType::new(true, HeapType::ConcreteFunc(ty.clone()));
    let table = TableType::new(concrete.clone(), 1, None);
    let global = GlobalType::new(ValType::Ref(concrete.clone()), Mutability::Var);
    let subtype = |supertype: Option<&FuncType>, param| {
        FuncType::with_finality_and_supertype(&two, Finality::NonFinal, supertype, [param], [])
    };
    let outcomes: Vec<(&str, Result<()>)> = vec![
        ("Instance::new", Instance::new(&mut store, &module, &[]).map(drop)),
        (
            "Linker::instantiate",
            linker.instantiate(&mut store, &module).map(drop),
        ),
        (
            "Linker::instantiate_pre",
            linker.instantiate_pre(&module).map(drop),
        ),
        (
            "Linker::module",
            linker.module(&mut store, "m", &module).map(drop),
        ),
        (
            "a linker of another engine",
            other.instantiate(&mut store, &own).map(drop),
        ),
        (
            "Linker::func_new",
            linker.func_new("a", "b", ty.clone(), |_, _, _| Ok(())).map(drop),
        ),
        (
            "Func::try_new",
            Func::try_new(&mut store, ty.clone(), |_, _, _| Ok(())).map(drop),
        ),
        (
            "Table::new",
            Table::new(&mut store, table, Ref::Func(None)).map(drop),
        ),
        (
            "Global::new",
            Global::new(&mut store, global, Val::FuncRef(None)).map(drop),
        ),
        (
            "Tag::new",
            Tag::new(&mut store, &TagType::new(ty.clone())).map(drop),
        ),
        ("a supertype", subtype(Some(&ty), ValType::I32).map(drop)),
        (
            "a parameter's type",
            subtype(None, ValType::Ref(concrete)).map(drop),
        ),
        (
            "InstancePre",
            other.instantiate_pre(&module)?.instantiate(&mut store).map(drop),
        ),
    ];
    for (what, outcome) in outcomes {
        let error = outcome
            .err()
            .with_context(|| format!("{what} accepts what belongs to another engine"))?;
        let text = format!("{error:#}");
        assert!(
            text.contains("engine") || text.contains("Engine"),
            "{what}: {text}"
        );
    }
    Ok(())
}

/// Instances that are dropped with their store leave nothing that others could find.
#[test]
fn a_store_can_be_dropped_while_others_of_its_engine_live() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, EXPORTS)?;
    let mut kept = Store::new(&engine, ());
    let instance = Instance::new(&mut kept, &module, &[])?;
    for round in 0..50 {
        let mut store = Store::new(&engine, ());
        let other = Instance::new(&mut store, &module, &[])?;
        assert_eq!(number(&mut store, other, "f", &[round.into()])?, round as u64);
        drop(store);
        assert_eq!(number(&mut kept, instance, "f", &[round.into()])?, round as u64);
    }
    drop(module);
    drop(engine);
    assert_eq!(number(&mut kept, instance, "f", &[9.into()])?, 9);
    Ok(())
}

/// A module whose instantiation fails half way leaves what it did, and does no harm afterwards.
#[test]
fn functions_of_an_instance_that_failed_are_still_good() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let table = Table::new(
        &mut store,
        TableType::new(RefType::FUNCREF, 2, None),
        Ref::Func(None),
    )?;
    let failed = instantiate(
        &mut store,
        r#"(module (import "" "t" (table 2 funcref)) (memory 1) (global $g (mut i32) (i32.const 41))
            (func $f (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))
            (elem (i32.const 1) func $f)
            (data (i32.const 65535) "too long"))"#,
        &[table.into()],
    );
    expect_trap(failed, Trap::MemoryOutOfBounds);
    let element = table.get(&mut store, 1).context("inside")?;
    let func = *element.unwrap_func().context("not null")?;
    assert_eq!(call_func(&mut store, func, &[])?[0].unwrap_i32(), 42);
    assert_eq!(call_func(&mut store, func, &[])?[0].unwrap_i32(), 43);
    Ok(())
}
