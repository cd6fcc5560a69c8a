//! Linkers.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

fn run(linker: &Linker<()>, store: &mut Store<()>, module: &Module) -> Result<i32> {
    let instance = linker.instantiate(&mut *store, module)?;
    instance
        .get_typed_func::<(), i32>(&mut *store, "run")?
        .call(store, ())
}

fn importer(engine: &Engine, module: &str, name: &str) -> Result<Module> {
    let text = format!(
        r#"(module (import "{module}" "{name}" (func $f (result i32))) (func (export "run") (result i32) (call $f)))"#
    );
    Module::new(engine, text)
}

#[test]
fn names_are_defined_once_unless_shadowing_is_allowed() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "f", || 1)?;
    let error = linker.func_wrap("m", "f", || 2).err().context("defined twice")?;
    assert!(error.to_string().contains("`m::f` defined twice"), "{error}");
    let module = importer(&engine, "m", "f")?;
    assert_eq!(run(&linker, &mut store, &module)?, 1);
    let before = linker.clone();
    linker.allow_shadowing(true).func_wrap("m", "f", || 2)?;
    assert_eq!(run(&linker, &mut store, &module)?, 2);
    assert_eq!(run(&before, &mut store, &module)?, 1);
    assert_eq!(linker.iter(&mut store).count(), 1);
    Ok(())
}

#[test]
fn aliases_stand_for_what_their_original_was() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("a", "one", || 1)?
        .func_wrap("a", "two", || 2)?
        .func_wrap("b", "three", || 3)?;
    linker.alias("a", "one", "c", "uno")?;
    linker.alias_module("a", "d")?;
    assert!(linker.alias("a", "none", "c", "none").is_err());
    assert!(linker.alias("a", "two", "c", "uno").is_err());
    for (module, name, expected) in [("c", "uno", 1), ("d", "one", 1), ("d", "two", 2), ("a", "two", 2)] {
        assert_eq!(
            run(&linker, &mut store, &importer(&engine, module, name)?)?,
            expected
        );
    }
    assert!(run(&linker, &mut store, &importer(&engine, "d", "three")?).is_err());
    let names: Vec<String> = linker
        .iter(&mut store)
        .map(|(module, name, _)| format!("{module}.{name}"))
        .collect();
    assert_eq!(names, ["a.one", "a.two", "b.three", "c.uno", "d.one", "d.two"]);
    Ok(())
}

#[test]
fn definitions_can_be_looked_up() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    linker
        .define(&store, "m", "memory", memory)?
        .func_wrap("m", "f", || 4)?;
    assert_eq!(linker.get(&mut store, "m", "memory")?.into_memory(), Some(memory));
    let f = linker
        .get(&mut store, "m", "f")
        .map(Extern::into_func)?
        .context("defined")?;
    assert_eq!(f.typed::<(), i32>(&store)?.call(&mut store, ())?, 4);
    let error = linker.get(&mut store, "m", "g").expect_err("undefined");
    assert_eq!(error.to_string(), "missing definition for `m::g`");
    assert!(linker.get(&mut store, "n", "f").is_err());
    let module = importer(&engine, "m", "f")?;
    let import = module.imports().next().context("an import")?;
    assert!(linker.get_by_import(&mut store, &import).is_some());
    Ok(())
}

#[test]
fn an_instance_can_be_made_many_times() -> Result<()> {
    let engine = Engine::default();
    let mut linker: Linker<u32> = Linker::new(&engine);
    linker.func_wrap("m", "f", |mut caller: Caller<'_, u32>| {
        *caller.data_mut() += 1;
        *caller.data() as i32
    })?;
    let module = importer(&engine, "m", "f")?;
    let pre = linker.instantiate_pre(&module)?;
    assert!(Module::same(pre.module(), &module));
    for start in [10, 20, 30] {
        let mut store = Store::new(&engine, start);
        for round in 1..20 {
            let instance = pre.instantiate(&mut store)?;
            let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
            assert_eq!(run.call(&mut store, ())?, (start + round) as i32);
        }
    }
    let wrong = Module::new(
        &engine,
        r#"(module (import "m" "f" (func (result i64))) (import "m" "g" (func)))"#,
    )?;
    let error = linker
        .instantiate_pre(&wrong)
        .err()
        .context("it can't be linked")?;
    let text = format!("{error:#}");
    assert!(text.contains("`m::f`") && text.contains("`m::g`"), "{text}");
    Ok(())
}

#[test]
fn unknown_imports_can_be_made_traps() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("m", "known", || 6)?;
    let module = Module::new(
        &engine,
        r#"(module
            (import "m" "known" (func $known (result i32)))
            (import "m" "unknown" (func $unknown (param i64) (result f32)))
            (func (export "run") (result i32) (call $known))
            (func (export "fail") (drop (call $unknown (i64.const 1)))))"#,
    )?;
    assert!(linker.instantiate(&mut store, &module).is_err());
    linker.define_unknown_imports_as_traps(&module)?;
    let instance = linker.instantiate(&mut store, &module)?;
    assert_eq!(number(&mut store, instance, "run", &[])?, 6);
    let error = call(&mut store, instance, "fail", &[])
        .err()
        .context("it traps")?;
    let unknown = error
        .downcast_ref::<UnknownImportError>()
        .context("the unknown import")?;
    assert_eq!((unknown.module(), unknown.name()), ("m", "unknown"));
    let memory = Module::new(&engine, r#"(module (import "m" "memory" (memory 1)))"#)?;
    assert!(linker.define_unknown_imports_as_traps(&memory).is_err());
    Ok(())
}

/// A command is made anew for each call, and a reactor once.
#[test]
fn modules_are_commands_or_reactors() -> Result<()> {
    let engine = Engine::default();
    let counting = |entry: &str| {
        Module::new(
            &engine,
            format!(
                r#"(module (global $n (mut i32) (i32.const 0))
                    (func $count (export "run") (result i32)
                        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
                    {entry})"#
            ),
        )
    };
    let command = counting(r#"(func (export "_start") (drop (call $count)))"#)?;
    let reactor = counting(r#"(func (export "_initialize") (global.set $n (i32.const 100)))"#)?;
    let plain = counting("")?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker
        .module(&mut store, "command", &command)?
        .module(&mut store, "reactor", &reactor)?;
    linker
        .module(&mut store, "plain", &plain)?
        .module(&mut store, "", &command)?;
    let mut next = |module: &str| run(&linker, &mut store, &importer(&engine, module, "run")?);
    assert_eq!([next("command")?, next("command")?, next("command")?], [1, 1, 1]);
    assert_eq!(
        [next("reactor")?, next("reactor")?, next("reactor")?],
        [101, 102, 103]
    );
    assert_eq!([next("plain")?, next("plain")?], [1, 2]);
    let start = linker.get_default(&mut store, "")?;
    call_func(&mut store, start, &[])?;
    let nothing = linker.get_default(&mut store, "nowhere")?;
    call_func(&mut store, nothing, &[])?;
    Ok(())
}

/// Commands that export more than functions are refused, unless that is allowed.
#[test]
fn commands_may_only_export_functions_and_a_memory() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let text =
        |more: &str| format!(r#"(module (func (export "_start")) (memory (export "memory") 1) {more})"#);
    let fine = Module::new(&engine, text(""))?;
    let more = Module::new(&engine, text(r#"(table (export "t") 1 funcref)"#))?;
    let mut linker = Linker::new(&engine);
    linker.module(&mut store, "fine", &fine)?;
    assert!(linker.module(&mut store, "more", &more).is_err());
    linker
        .allow_unknown_exports(true)
        .module(&mut store, "again", &more)?;
    Ok(())
}

/// Instances of one store, linked to each other.
#[test]
fn instances_can_be_linked_in_chains() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("0", "run", || 0)?;
    for level in 1..200 {
        let module = Module::new(
            &engine,
            format!(
                r#"(module (import "{}" "run" (func $below (result i32)))
                    (func (export "run") (result i32) (i32.add (call $below) (i32.const 1))))"#,
                level - 1
            ),
        )?;
        linker.module(&mut store, &level.to_string(), &module)?;
    }
    assert_eq!(run(&linker, &mut store, &importer(&engine, "199", "run")?)?, 199);
    Ok(())
}

/// Users of another engine's interface could use a clone's functions after they were freed.
#[test]
fn a_linker_outlives_the_one_it_was_cloned_from() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module (import "a" "f" (func $f (param i32) (result i32))) (import "a" "g" (func $g (result i32)))
            (func (export "run") (result i32) (i32.add (call $f (i32.const 40)) (call $g))))"#,
    )?;
    let mut original = Linker::new(&engine);
    let added = std::sync::Arc::new(1);
    let captured = added.clone();
    original.func_wrap("a", "f", move |value: i32| value + *captured)?;
    original.func_wrap("a", "g", || 1)?;
    let clone = original.clone();
    let pre = clone.instantiate_pre(&module)?;
    original.allow_shadowing(true);
    original.func_wrap("a", "f", |_: i32| 0)?;
    drop(original);
    drop(clone.clone());
    let mut store = Store::new(&engine, ());
    let first = clone.instantiate(&mut store, &module)?;
    drop(clone);
    let second = pre.instantiate(&mut store)?;
    drop(pre);
    for instance in [first, second] {
        let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
        assert_eq!(run.call(&mut store, ())?, 42);
    }
    assert_eq!(
        std::sync::Arc::strong_count(&added),
        2,
        "the store holds the closure"
    );
    drop(store);
    assert_eq!(std::sync::Arc::strong_count(&added), 1);
    Ok(())
}
