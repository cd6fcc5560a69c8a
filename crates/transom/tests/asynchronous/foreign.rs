//! What belongs to another store or to another engine is refused by every function that can wait, as by those that cannot.

use crate::executor::run;
use crate::support::{instance_in, number, panic_message, quietly};
use std::panic::{AssertUnwindSafe, catch_unwind};
use transom::error::Context as _;
use transom::*;

const EXPORTS: &str = r#"(module
    (func (export "f") (param i32) (result i32) (local.get 0))
    (func (export "take") (param funcref))
    (func (export "take extern") (param externref))
    (table (export "t") 4 funcref)
    (memory (export "m") 1))"#;

/// Fails unless every outcome is an error with a word in its text.
fn ensure_refused(outcomes: Vec<(&str, Result<()>)>, word: &str) -> Result<()> {
    for (what, outcome) in outcomes {
        let error = outcome
            .err()
            .with_context(|| format!("{what} accepts what it must not"))?;
        let text = format!("{error:#}");
        ensure!(text.contains(word), "{what}: {text}");
    }
    Ok(())
}

#[test]
fn things_of_another_store_are_refused_with_an_error() -> Result<()> {
    let engine = Engine::default();
    let (mut a, of_a) = instance_in(&engine, EXPORTS)?;
    let (mut b, of_b) = instance_in(&engine, EXPORTS)?;
    let func = of_a.get_func(&mut a, "f").context("f")?;
    let external = ExternRef::new(&mut a, 1)?;
    let table = of_a.get_table(&mut a, "t").context("t")?;
    let memory = of_a.get_memory(&mut a, "m").context("m")?;
    let own_table = of_b.get_table(&mut b, "t").context("t")?;
    let typed = func.typed::<i32, i32>(&a)?;
    let take = of_b.get_func(&mut b, "take").context("take")?;
    let take_typed = take.typed::<Option<Func>, ()>(&b)?;
    let take_extern = of_b.get_typed_func::<Option<Rooted<ExternRef>>, ()>(&mut b, "take extern")?;
    let returns = Func::wrap_async(&mut b, move |_: Caller<'_, ()>, (): ()| {
        Box::new(async move { Some(func) })
    });
    let returns_untyped = Func::new_async(
        &mut b,
        FuncType::new(&engine, [], [ValType::FUNCREF]),
        move |_, _, results| {
            Box::new(async move {
                results[0] = func.into();
                Ok(())
            })
        },
    );
    let importer = Module::new(
        &engine,
        r#"(module (import "a" "f" (func (param i32) (result i32))))"#,
    )?;
    let mut linked = Linker::new(&engine);
    linked.instance(&mut a, "a", of_a)?;
    let pre = linked.instantiate_pre(&importer)?;
    let funcrefs = TableType::new(RefType::FUNCREF, 1, None);
    let mut results = [Val::I32(0)];
    let outcomes: Vec<(&str, Result<()>)> = vec![
        (
            "Func::call_async",
            run(func.call_async(&mut b, &[1.into()], &mut results)),
        ),
        (
            "TypedFunc::call_async",
            run(typed.call_async(&mut b, 1)).map(drop),
        ),
        (
            "a parameter",
            run(take.call_async(&mut b, &[func.into()], &mut [])),
        ),
        (
            "a typed parameter",
            run(take_typed.call_async(&mut b, Some(func))),
        ),
        (
            "an extern parameter",
            run(take_extern.call_async(&mut b, Some(external))),
        ),
        (
            "a host function's result",
            run(returns.call_async(&mut b, &[], &mut results)),
        ),
        (
            "an untyped host function's result",
            run(returns_untyped.call_async(&mut b, &[], &mut results)),
        ),
        (
            "Table::new_async",
            run(Table::new_async(&mut b, funcrefs, func.into())).map(drop),
        ),
        (
            "Table::grow_async",
            run(table.grow_async(&mut b, 1, Ref::Func(None))).map(drop),
        ),
        (
            "Table::grow_async, value",
            run(own_table.grow_async(&mut b, 1, func.into())).map(drop),
        ),
        ("Memory::grow_async", run(memory.grow_async(&mut b, 1)).map(drop)),
        (
            "Instance::new_async",
            run(Instance::new_async(&mut b, &importer, &[func.into()])).map(drop),
        ),
        (
            "Linker::instantiate_async",
            run(linked.instantiate_async(&mut b, &importer)).map(drop),
        ),
        (
            "InstancePre::instantiate_async",
            run(pre.instantiate_async(&mut b)).map(drop),
        ),
        (
            "Linker::module_async",
            run(linked.module_async(&mut b, "again", &importer)).map(drop),
        ),
    ];
    ensure_refused(outcomes, "belong")?;
    // Both stores are as good as before; `b` has functions that wait.
    assert_eq!(number(&mut a, of_a, "f", &[3.into()])?, 3);
    let own = of_b.get_typed_func::<i32, i32>(&mut b, "f")?;
    assert_eq!(run(own.call_async(&mut b, 4))?, 4);
    assert_eq!((own_table.size(&b), table.size(&a), memory.size(&a)), (4, 4, 1));
    Ok(())
}

#[test]
fn objects_are_not_made_of_things_of_another_store() -> Result<()> {
    let engine = Engine::default();
    let (mut a, mut b) = (Store::new(&engine, ()), Store::new(&engine, ()));
    let field = FieldType::new(Mutability::Var, ValType::EXTERNREF.into());
    let array = ArrayType::new(&engine, field.clone());
    let structure = StructType::new(&engine, [field])?;
    let thrown = ExnType::new(&engine, [ValType::EXTERNREF])?;
    let bytes = ArrayType::new(&engine, FieldType::new(Mutability::Var, StorageType::I8));
    let foreign = Val::from(ExternRef::new(&mut a, 1)?);
    let foreign_tag = Tag::new(&mut a, &thrown.tag_type())?;
    let arrays_of_a = ArrayRefPre::new(&mut a, array.clone());
    let structs_of_a = StructRefPre::new(&mut a, structure.clone());
    let thrown_of_a = ExnRefPre::new(&mut a, thrown.clone());
    let bytes_of_a = ArrayRefPre::new(&mut a, bytes);
    let arrays = ArrayRefPre::new(&mut b, array);
    let structs = StructRefPre::new(&mut b, structure);
    let tag = Tag::new(&mut b, &thrown.tag_type())?;
    let exceptions = ExnRefPre::new(&mut b, thrown);
    let null = Val::ExternRef(None);
    let values: Vec<(&str, Result<()>)> = vec![
        (
            "an element",
            run(ArrayRef::new_async(&mut b, &arrays, &foreign, 1)).map(drop),
        ),
        (
            "elements",
            run(ArrayRef::new_fixed_async(&mut b, &arrays, &[foreign])).map(drop),
        ),
        (
            "a field",
            run(StructRef::new_async(&mut b, &structs, &[foreign])).map(drop),
        ),
        (
            "a parameter",
            run(ExnRef::new_async(&mut b, &exceptions, &tag, &[foreign])).map(drop),
        ),
        (
            "a tag",
            run(ExnRef::new_async(&mut b, &exceptions, &foreign_tag, &[null])).map(drop),
        ),
    ];
    ensure_refused(values, "belong")?;
    let types: Vec<(&str, Result<()>)> = vec![
        (
            "an array's type",
            run(ArrayRef::new_async(&mut b, &arrays_of_a, &null, 1)).map(drop),
        ),
        (
            "a fixed array's type",
            run(ArrayRef::new_fixed_async(&mut b, &arrays_of_a, &[null])).map(drop),
        ),
        (
            "an array of bytes' type",
            run(ArrayRef::new_from_i8_slice_async(&mut b, &bytes_of_a, b"x")).map(drop),
        ),
        (
            "a structure's type",
            run(StructRef::new_async(&mut b, &structs_of_a, &[null])).map(drop),
        ),
        (
            "an exception's type",
            run(ExnRef::new_async(&mut b, &thrown_of_a, &tag, &[null])).map(drop),
        ),
    ];
    ensure_refused(types, "a store that was not prepared for it")?;
    run(StructRef::new_async(&mut b, &structs, &[null]))?;
    Ok(())
}

#[test]
fn things_of_another_engine_are_refused() -> Result<()> {
    let (one, two) = (Engine::default(), Engine::default());
    let (module, own) = (Module::new(&one, EXPORTS)?, Module::new(&two, EXPORTS)?);
    let mut store = Store::new(&two, ());
    let mut linker: Linker<()> = Linker::new(&two);
    let mut other: Linker<()> = Linker::new(&one);
    let pre = other.instantiate_pre(&module)?;
    let ty = FuncType::new(&one, [ValType::I32], []);
    let concrete = RefType::new(true, HeapType::ConcreteFunc(ty.clone()));
    let table = TableType::new(concrete, 1, None);
    let of_type = linker.func_new_async("a", "b", ty.clone(), |_, _, _| Box::new(async { Ok(()) }));
    let outcomes: Vec<(&str, Result<()>)> = vec![
        ("Linker::func_new_async", of_type.map(drop)),
        (
            "Instance::new_async",
            run(Instance::new_async(&mut store, &module, &[])).map(drop),
        ),
        (
            "Linker::instantiate_async",
            run(linker.instantiate_async(&mut store, &module)).map(drop),
        ),
        (
            "Linker::module_async",
            run(linker.module_async(&mut store, "m", &module)).map(drop),
        ),
        (
            "a linker of another engine",
            run(other.instantiate_async(&mut store, &own)).map(drop),
        ),
        (
            "a linker of another engine and its module",
            run(other.instantiate_async(&mut store, &module)).map(drop),
        ),
        (
            "Linker::module_async of another engine",
            run(other.module_async(&mut store, "m", &module)).map(drop),
        ),
        (
            "InstancePre::instantiate_async",
            run(pre.instantiate_async(&mut store)).map(drop),
        ),
        (
            "Table::new_async",
            run(Table::new_async(&mut store, table, Ref::Func(None))).map(drop),
        ),
    ];
    ensure_refused(outcomes, "ngine")?;
    // The one function that cannot fail panics, as its documentation says.
    let panic = quietly(|| {
        catch_unwind(AssertUnwindSafe(|| {
            Func::new_async(&mut store, ty, |_, _, _| Box::new(async { Ok(()) }))
        }))
    });
    let message = panic_message(panic.err().context("Func::new_async did not panic")?);
    assert!(message.contains("belongs to another engine"), "{message}");
    assert_eq!(store.statistics().instances, 0);
    run(linker.instantiate_async(&mut store, &own))?;
    Ok(())
}

/// A store of the same engine, or of another one, can be used by a future on a fiber: it is none of its business.
#[test]
fn futures_use_stores_of_their_own() -> Result<()> {
    for inner in [Engine::default(), Engine::new(Config::new().gc_zeal(true))?] {
        let outer = Engine::default();
        let mut linker = Linker::new(&outer);
        linker.func_wrap_async("host", "f", move |_: Caller<'_, ()>, (x,): (i32,)| {
            let engine = inner.clone();
            Box::new(async move {
                let (mut store, instance) = instance_in(&engine, EXPORTS)?;
                let func = instance.get_typed_func::<i32, i32>(&mut store, "f")?;
                // Nothing waits in that store, so plain calls work, too.
                let plain = func.call(&mut store, x)?;
                Ok(plain + func.call_async(&mut store, x).await?)
            })
        })?;
        let module = Module::new(
            &outer,
            r#"(module (import "host" "f" (func $f (param i32) (result i32))) (export "run" (func $f)))"#,
        )?;
        let mut store = Store::new(&outer, ());
        let instance = run(linker.instantiate_async(&mut store, &module))?;
        let func = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
        assert_eq!(run(func.call_async(&mut store, 21))?, 42);
    }
    Ok(())
}
