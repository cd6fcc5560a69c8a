//! Types at boundaries: adapters that were missing, and checks that were too strict.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// An import `(func (result externref))` whose host closure returns a reference that is never null.
#[test]
fn a_closure_that_never_returns_null_stands_for_a_nullable_result() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "a" (func $a (result externref)))
            (func (export "run") (result externref) (call $a))
            (func (export "is_null") (result i32) (ref.is_null (call $a))))"#,
    )?;
    let mut linker = Linker::new(&engine);
    let ty = FuncType::new(&engine, [], [ValType::EXTERNREF]);
    linker.func_new("", "a", ty, |mut caller, _, results| {
        results[0] = ExternRef::new(&mut caller, 5u32)?.into();
        Ok(())
    })?;
    let instance = linker.instantiate(&mut store, &module)?;
    let value = call(&mut store, instance, "run", &[])?[0];
    let reference = *value.unwrap_externref().context("not null")?;
    let data = reference
        .data(&store)?
        .and_then(|data| data.downcast_ref::<u32>());
    assert_eq!(data, Some(&5));
    assert_eq!(number(&mut store, instance, "is_null", &[])?, 0);
    Ok(())
}

/// The same through `Linker::func_wrap`, whose type follows from the closure's.
#[test]
fn a_wrapped_closure_that_never_returns_null_links() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let module = Module::new(
        &engine,
        r#"(module
            (import "" "a" (func $a (result externref)))
            (func (export "run") (result externref) (call $a)))"#,
    )?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap(
        "",
        "a",
        |mut caller: Caller<'_, ()>| -> Result<Rooted<ExternRef>> {
            ExternRef::new(&mut caller, "here".to_owned())
        },
    )?;
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func::<(), Option<Rooted<ExternRef>>>(&mut store, "run")?;
    let reference = run.call(&mut store, ())?.context("not null")?;
    let data = reference
        .data(&store)?
        .and_then(|data| data.downcast_ref::<String>());
    assert_eq!(data.map(String::as_str), Some("here"));
    Ok(())
}

/// A closure takes the type of the import that it fits, and is refused where it does not.
#[test]
fn a_wrapped_closure_takes_the_type_of_the_import_that_it_fits() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "f", |f: Option<Func>| -> Func { f.expect("not null") })?;
    linker.func_new("", "exact", FuncType::new(&engine, [], []), |_, _, _| Ok(()))?;
    let types = "(type $open (sub (func (param (ref null $open)) (result funcref))))";
    let fits = [
        "(func (param funcref) (result funcref))",
        "(func (param (ref func)) (result (ref func)))",
        "(func (param (ref null $open)) (result funcref))",
        "(func (type $open))",
    ];
    for import in fits {
        let module = Module::new(
            &engine,
            format!(r#"(module {types} (import "" "f" {import}) (export "f" (func 0)))"#),
        )?;
        let instance = linker
            .instantiate(&mut store, &module)
            .with_context(|| import.to_owned())?;
        let func = instance.get_func(&store, "f").context("exported")?;
        let declared = module.get_export("f").context("exported")?;
        assert!(FuncType::eq(&func.ty(&store), declared.unwrap_func()), "{import}");
    }
    // Called by the import's type, through a table.
    let module = Module::new(
        &engine,
        format!(
            r#"(module {types} (import "" "f" (func $f (type $open))) (table funcref (elem $f))
                (func $g (export "g") (type $open) (ref.null func))
                (func (export "run") (result funcref) (call_indirect (type $open) (ref.func $g) (i32.const 0))))"#
        ),
    )?;
    let instance = linker.instantiate(&mut store, &module)?;
    let found = call(&mut store, instance, "run", &[])?[0]
        .unwrap_funcref()
        .copied();
    assert_eq!(found, instance.get_func(&store, "g"));
    let refused = [
        r#""f" (func (param externref) (result funcref))"#,
        r#""f" (func (param funcref) (result externref))"#,
        r#""f" (func (param funcref) (result (ref null $open)))"#,
        r#""f" (func (param funcref))"#,
        r#""f" (func (param funcref i32) (result funcref))"#,
        r#""exact" (func (type $bare))"#,
    ];
    for import in refused {
        let types = format!("{types} (type $bare (sub (func)))");
        let module = Module::new(&engine, format!(r#"(module {types} (import "" {import}))"#))?;
        let error = linker
            .instantiate(&mut store, &module)
            .err()
            .with_context(|| import.to_owned())?;
        assert!(
            format!("{error:#}").contains("incompatible import type"),
            "{error:#}"
        );
    }
    Ok(())
}

const SUBTYPES: &str = "
    (type $super (sub (func (param i32) (result i32))))
    (type $sub (sub $super (func (param i32) (result i32))))";

/// A function that was imported under a supertype keeps its own type in tables.
#[test]
fn an_import_under_a_supertype_can_be_called_by_both_types() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let definer = instantiate(
        &mut store,
        &format!(
            r#"(module {SUBTYPES} (func (export "f") (type $sub) (i32.add (local.get 0) (i32.const 1))))"#
        ),
        &[],
    )?;
    let importer = Module::new(
        &engine,
        format!(
            r#"(module {SUBTYPES}
                (import "a" "f" (func $f (type $super)))
                (table 1 funcref)
                (elem (i32.const 0) func $f)
                (func (export "direct") (result i32) (call $f (i32.const 6)))
                (func (export "super") (result i32) (call_indirect (type $super) (i32.const 7) (i32.const 0)))
                (func (export "sub") (result i32) (call_indirect (type $sub) (i32.const 8) (i32.const 0)))
                (func (export "tail") (result i32) (return_call_indirect (type $sub) (i32.const 9) (i32.const 0)))
                (func (export "ref") (result i32)
                    (call_ref $super (i32.const 10) (ref.func $f))))"#
        ),
    )?;
    let mut linker = Linker::new(&engine);
    linker.instance(&mut store, "a", definer)?;
    let instance = linker.instantiate(&mut store, &importer)?;
    for (name, expected) in [("direct", 7), ("super", 8), ("sub", 9), ("tail", 10), ("ref", 11)] {
        assert_eq!(number(&mut store, instance, name, &[])?, expected, "{name}");
    }
    Ok(())
}

/// An adapter was looked up by a type that no module had, so that the call panicked.
#[test]
fn a_host_function_of_a_type_that_no_module_names_is_callable() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let top = FuncType::with_finality_and_supertype(
        &engine,
        Finality::NonFinal,
        None,
        [ValType::I64],
        [ValType::F32],
    )?;
    let ty = FuncType::with_finality_and_supertype(
        &engine,
        Finality::Final,
        Some(&top),
        [ValType::I64],
        [ValType::F32],
    )?;
    let func = Func::new(&mut store, ty, |_, params, results| {
        results[0] = Val::from(params[0].unwrap_i64() as f32);
        Ok(())
    });
    let table = Table::new(&mut store, TableType::new(RefType::FUNCREF, 1, None), func.into())?;
    let instance = instantiate(
        &mut store,
        r#"(module
            (type $top (sub (func (param i64) (result f32))))
            (import "" "t" (table 1 funcref))
            (func (export "run") (result f32) (call_indirect (type $top) (i64.const 9) (i32.const 0)))
            (func (export "get") (result funcref) (table.get (i32.const 0))))"#,
        &[table.into()],
    )?;
    assert_eq!(call(&mut store, instance, "run", &[])?[0].unwrap_f32(), 9.0);
    let got = *call(&mut store, instance, "get", &[])?[0]
        .unwrap_funcref()
        .context("not null")?;
    assert_eq!(got, func);
    assert_eq!(call_func(&mut store, got, &[Val::I64(3)])?[0].unwrap_f32(), 3.0);
    Ok(())
}

/// Types outlive the modules that brought them: a freed type's place was given to another one.
#[test]
fn a_functions_type_outlives_its_module_and_others_do_not_take_its_place() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut funcs = Vec::new();
    for round in 0..40 {
        let params = " i32".repeat(round);
        let text =
            format!(r#"(module (type $t (sub (func (param{params})))) (func (export "f") (type $t)))"#);
        let kept = instantiate(&mut store, &text, &[])?;
        funcs.push((round, kept.get_func(&mut store, "f").context("exported")?));
        // A store that is dropped at once, with types of its own.
        let mut other = Store::new(&engine, ());
        let text =
            format!(r#"(module (type $t (sub (func (param{params} f64)))) (func (export "f") (type $t)))"#);
        instantiate(&mut other, &text, &[])?;
    }
    for (count, func) in funcs {
        assert_eq!(func.ty(&store).params().len(), count);
        call_func(&mut store, func, &vec![Val::I32(1); count])?;
    }
    Ok(())
}

/// `ref.func` of an import has the import's type for validation, and the function's own at run time.
#[test]
fn the_host_sees_the_type_that_a_function_was_defined_with() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let definer = instantiate(
        &mut store,
        &format!(r#"(module {SUBTYPES} (func (export "f") (type $sub) (local.get 0)))"#),
        &[],
    )?;
    let f = definer.get_func(&mut store, "f").context("exported")?;
    let importer = instantiate(
        &mut store,
        &format!(r#"(module {SUBTYPES} (import "" "f" (func $f (type $super))) (export "g" (func $f)))"#),
        &[f.into()],
    )?;
    let g = importer.get_func(&mut store, "g").context("exported")?;
    assert_eq!(f, g);
    assert!(FuncType::eq(&f.ty(&store), &g.ty(&store)));
    assert!(g.ty(&store).supertype().is_some());
    // What the module says of its export is the declared type, a supertype.
    let declared = importer.module(&store).get_export("g").context("exported")?;
    assert!(g.ty(&store).matches(declared.unwrap_func()));
    assert!(!declared.unwrap_func().matches(&g.ty(&store)));
    Ok(())
}
