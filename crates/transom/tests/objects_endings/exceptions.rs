//! Exceptions that leave programs, enter them, and pass through the host and other instances.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

const THROWS: &str = r#"(module
    (tag $e (export "e") (param i32 externref))
    (tag $other (export "other") (param i32 externref))
    (func (export "throw") (param i32 externref) (throw $e (local.get 0) (local.get 1)))
    (func (export "throw other") (param i32 externref) (throw $other (local.get 0) (local.get 1)))
    (func (export "fine") (result i32) (i32.const 5)))"#;

/// Imports a function that may throw, and catches what has the imported tag.
const CATCHES: &str = r#"(module
    (import "m" "e" (tag $e (param i32 externref)))
    (import "m" "f" (func $f (param i32 externref)))
    (tag $own (param i32 externref))
    (func $caught (param i32 externref) (result i32 externref i32)
        (block $all
            (block $own (result i32 externref)
                (block $e (result i32 externref)
                    (try_table (catch $own $own) (catch $e $e) (catch_all $all)
                        (call $f (local.get 0) (local.get 1)))
                    (return (i32.const 0) (ref.null extern) (i32.const 0)))
                (return (i32.const 1)))
            (return (i32.const 2)))
        (i32.const 0) (ref.null extern) (i32.const 3))
    (func (export "catch") (param i32 externref) (result i32 externref i32) (call $caught (local.get 0) (local.get 1)))
    ;; The frame with the clauses is gone when the callee throws.
    (func $tail (param i32 externref)
        (block $all (try_table (catch_all $all) (return_call $f (local.get 0) (local.get 1)))))
    (func (export "tail") (param i32 externref) (result i32)
        (block $e (result i32 externref)
            (try_table (catch $e $e) (call $tail (local.get 0) (local.get 1)))
            (return (i32.const -1)))
        (drop)))"#;

fn engine(tiers: Tiers, zeal: bool) -> Result<Engine> {
    Engine::new(config_of(tiers).gc_zeal(zeal))
}

/// The instance that throws, and a linker with its exports.
fn thrower(engine: &Engine) -> Result<(Store<()>, Instance, Linker<()>)> {
    let mut store = Store::new(engine, ());
    let instance = instantiate(&mut store, THROWS, &[])?;
    let mut linker = Linker::new(engine);
    let tag = instance.get_export(&mut store, "e").context("exported")?;
    linker.define(&store, "m", "e", tag)?;
    Ok((store, instance, linker))
}

fn tag(store: &mut Store<()>, instance: Instance, name: &str) -> Result<Tag> {
    match instance.get_export(store, name) {
        Some(Extern::Tag(tag)) => Ok(tag),
        other => bail!("{other:?} is no tag"),
    }
}

fn what_nothing_catches_reaches_the_host(tiers: Tiers) -> Result<()> {
    for zeal in [false, true] {
        let (mut store, instance, _) = thrower(&engine(tiers, zeal)?)?;
        let value = ExternRef::new(&mut store, "payload".to_owned())?;
        for _ in 0..3 {
            let error =
                call(&mut store, instance, "throw", &[Val::I32(7), value.into()]).expect_err("thrown");
            assert!(trap(&error).is_none() && error.downcast_ref::<ThrownException>().is_some());
            assert!(format!("{error:#}").contains('7'), "{error:#}");
            store.gc(None).expect("nothing prevents a collection");
            let exception = ExnRef::of_error(&mut store, &error)?.context("an exception")?;
            let e = tag(&mut store, instance, "e")?;
            let other = tag(&mut store, instance, "other")?;
            let thrown = exception.tag(&store)?;
            assert!(Tag::eq(&thrown, &e, &store) && !Tag::eq(&thrown, &other, &store));
            let fields: Vec<Val> = exception.fields(&mut store)?.collect();
            assert_eq!((fields.len(), fields[0].unwrap_i32()), (2, 7));
            let found = fields[1].unwrap_externref().context("not null")?;
            assert!(Rooted::ref_eq(&store, found, &value)?);
            assert!(exception.field(&mut store, 2).is_err());
            assert_eq!(number(&mut store, instance, "fine", &[])?, 5);
        }
    }
    Ok(())
}

/// It is there once, also if the error is long gone, whatever has been collected.
fn the_pending_exception_is_taken_once(tiers: Tiers) -> Result<()> {
    for zeal in [false, true] {
        let (mut store, instance, _) = thrower(&engine(tiers, zeal)?)?;
        assert!(!store.has_pending_exception() && store.take_pending_exception().is_none());
        {
            let mut scope = RootScope::new(&mut store);
            let value = ExternRef::new(&mut scope, 99_u64)?;
            let throw =
                instance.get_typed_func::<(i32, Option<Rooted<ExternRef>>), ()>(&mut scope, "throw")?;
            drop(throw.call(&mut scope, (7, Some(value))).expect_err("thrown"));
        }
        for index in 0..3 {
            ExternRef::new(&mut store, vec![index; 100])?;
            store.gc(None).expect("nothing prevents a collection");
        }
        assert!(store.has_pending_exception());
        let exception = store.take_pending_exception().context("pending")?;
        assert!(!store.has_pending_exception() && store.take_pending_exception().is_none());
        let value = exception.field(&mut store, 1)?;
        let value = value.unwrap_externref().context("not null")?;
        assert_eq!(
            value.data(&store)?.and_then(|value| value.downcast_ref()),
            Some(&99_u64)
        );
    }
    Ok(())
}

/// An exception is caught by its tag, wherever the tag is imported, and not by another of the same type.
fn exceptions_cross_instances(tiers: Tiers) -> Result<()> {
    for zeal in [false, true] {
        let (mut store, instance, mut linker) = thrower(&engine(tiers, zeal)?)?;
        let value = ExternRef::new(&mut store, 1)?;
        for (export, expected) in [("throw", 1), ("throw other", 3)] {
            let throw = instance.get_export(&mut store, export).context("exported")?;
            linker.allow_shadowing(true);
            linker.define(&store, "m", "f", throw)?;
            let module = Module::new(store.engine(), CATCHES)?;
            let catcher = linker.instantiate(&mut store, &module)?;
            let found = call(&mut store, catcher, "catch", &[Val::I32(7), value.into()])?;
            assert_eq!(found[2].unwrap_i32(), expected);
            assert_eq!(found[0].unwrap_i32(), if expected == 1 { 7 } else { 0 });
            if expected == 1 {
                let found = found[1].unwrap_externref().context("not null")?;
                assert!(Rooted::ref_eq(&store, found, &value)?);
                assert_eq!(
                    number(&mut store, catcher, "tail", &[Val::I32(7), value.into()])?,
                    7
                );
            } else {
                let error =
                    call(&mut store, catcher, "tail", &[Val::I32(7), value.into()]).expect_err("not caught");
                assert!(ExnRef::of_error(&mut store, &error)?.is_some());
            }
            assert!(!store.has_pending_exception() || expected == 3);
            store.take_pending_exception();
        }
    }
    Ok(())
}

type HostBody = fn(&mut Caller<'_, ()>, Instance, &[Val]) -> Result<()>;

/// Lets a host function stand between the one that throws and the one that catches; which clause caught what came out.
fn through_host(tiers: Tiers, body: HostBody) -> Result<Vec<Result<i32>>> {
    let mut outcomes = Vec::new();
    for zeal in [false, true] {
        let (mut store, instance, mut linker) = thrower(&engine(tiers, zeal)?)?;
        let ty = FuncType::new(store.engine(), [ValType::I32, ValType::EXTERNREF], []);
        linker.func_new("m", "f", ty, move |mut caller, params, _| {
            body(&mut caller, instance, params)
        })?;
        let module = Module::new(store.engine(), CATCHES)?;
        let catcher = linker.instantiate(&mut store, &module)?;
        let value = ExternRef::new(&mut store, 1)?;
        let found = call(&mut store, catcher, "catch", &[Val::I32(7), value.into()]);
        outcomes.push(found.map(|found| found[2].unwrap_i32()));
        assert_eq!(number(&mut store, instance, "fine", &[])?, 5);
    }
    Ok(outcomes)
}

fn expect_caught(tiers: Tiers, body: HostBody, clause: i32) -> Result<()> {
    for outcome in through_host(tiers, body)? {
        assert_eq!(outcome?, clause);
    }
    Ok(())
}

fn expect_error(tiers: Tiers, body: HostBody, text: &str) -> Result<()> {
    for outcome in through_host(tiers, body)? {
        let error = outcome.expect_err("not caught");
        assert!(format!("{error:#}").contains(text), "{error:#}");
    }
    Ok(())
}

/// Calls what throws.
fn throw(caller: &mut Caller<'_, ()>, instance: Instance, params: &[Val]) -> Result<()> {
    let throw = instance.get_func(&mut *caller, "throw").context("exported")?;
    throw.call(caller, params, &mut [])
}

/// An exception of the host's making.
fn make(caller: &mut Caller<'_, ()>, instance: Instance, params: &[Val]) -> Result<Rooted<ExnRef>> {
    let tag = match instance.get_export(&mut *caller, "e") {
        Some(Extern::Tag(tag)) => tag,
        other => bail!("{other:?} is no tag"),
    };
    let ty = ExnType::from_tag_type(&tag.ty(&*caller))?;
    let pre = ExnRefPre::new(&mut *caller, ty);
    ExnRef::new(caller, &pre, &tag, params)
}

fn hosts_let_exceptions_pass(tiers: Tiers) -> Result<()> {
    expect_caught(tiers, throw, 1)?;
    expect_caught(
        tiers,
        |caller, instance, params| {
            let outcome = throw(caller, instance, params);
            caller.gc(None).expect("nothing prevents a collection");
            outcome.context("more words do not make it another")
        },
        1,
    )
}

fn hosts_catch_and_throw(tiers: Tiers) -> Result<()> {
    // Caught by the host: nothing arrives.
    expect_caught(
        tiers,
        |caller, instance, params| {
            let error = throw(caller, instance, params).expect_err("thrown");
            let exception = ExnRef::of_error(&mut *caller, &error)?.context("an exception")?;
            ensure!(
                exception.field(&mut *caller, 0)?.unwrap_i32() == 7,
                "another payload"
            );
            Ok(())
        },
        0,
    )?;
    // Thrown by the host, also after other things have been made and collected.
    expect_caught(
        tiers,
        |caller, instance, params| {
            let exception = make(caller, instance, params)?;
            caller.gc(None).expect("nothing prevents a collection");
            caller.as_context_mut().throw(exception)
        },
        1,
    )?;
    // Caught, and thrown once more; in between it calls something that is fine.
    expect_caught(
        tiers,
        |caller, instance, params| {
            let error = throw(caller, instance, params).expect_err("thrown");
            let exception = ExnRef::of_error(&mut *caller, &error)?.context("an exception")?;
            drop(error);
            let fine = instance.get_typed_func::<(), i32>(&mut *caller, "fine")?;
            ensure!(fine.call(&mut *caller, ())? == 5, "not fine");
            caller.gc(None).expect("nothing prevents a collection");
            caller.as_context_mut().throw(exception)
        },
        1,
    )
}

/// Only exceptions are caught: no error, no trap, no panic, and no exception of another store.
fn other_ends_are_not_caught(tiers: Tiers) -> Result<()> {
    expect_error(tiers, |_, _, _| bail!("only an error"), "only an error")?;
    expect_error(
        tiers,
        |_, _, _| Err(Trap::IntegerOverflow.into()),
        "integer overflow",
    )?;
    expect_error(
        tiers,
        |_, _, params| {
            let (mut store, instance, _) = thrower(&Engine::default())?;
            let null = Val::ExternRef(None);
            call(&mut store, instance, "throw", &[params[0], null]).map(drop)
        },
        "exception",
    )?;
    // An exception that was made is not thrown by being returned as the cause of another error.
    expect_error(
        tiers,
        |caller, instance, params| {
            make(caller, instance, params)?;
            bail!("nothing was thrown")
        },
        "nothing was thrown",
    )?;
    let panicked = quietly(|| {
        let panics: HostBody = |_, _, _| panic!("on purpose");
        std::panic::catch_unwind(|| through_host(tiers, panics))
    });
    assert_eq!(panic_message(panicked.expect_err("it panics")), "on purpose");
    Ok(())
}

/// What is wrong with an exception is said before it is made.
fn exceptions_are_checked(tiers: Tiers) -> Result<()> {
    let (mut store, instance, _) = thrower(&engine(tiers, false)?)?;
    let e = tag(&mut store, instance, "e")?;
    let ty = ExnType::from_tag_type(&e.ty(&store))?;
    let pre = ExnRefPre::new(&mut store, ty.clone());
    let null = Val::ExternRef(None);
    let error = |outcome: Result<Rooted<ExnRef>>| format!("{:#}", outcome.expect_err("refused"));
    let text = error(ExnRef::new(&mut store, &pre, &e, &[Val::I32(1)]));
    assert!(text.contains("expected 2 values, got 1"), "{text}");
    let text = error(ExnRef::new(&mut store, &pre, &e, &[null, null]));
    assert!(text.contains("value 0"), "{text}");
    let text = error(ExnRef::new(
        &mut store,
        &pre,
        &e,
        &[Val::I32(1), Val::FuncRef(None)],
    ));
    assert!(text.contains("value 1"), "{text}");
    let (mut other, _, _) = thrower(&engine(tiers, false)?)?;
    assert!(ExnRef::new(&mut other, &pre, &e, &[Val::I32(1), null]).is_err());
    let foreign = ExnType::new(other.engine(), [])?;
    let foreign_pre = ExnRefPre::new(&mut other, foreign);
    assert!(ExnRef::new(&mut other, &foreign_pre, &e, &[]).is_err());
    let empty = ExnType::new(store.engine(), [])?;
    let empty = ExnRefPre::new(&mut store, empty);
    let text = error(ExnRef::new(&mut store, &empty, &e, &[]));
    assert!(text.contains("a tag of another type"), "{text}");
    let foreign = ExternRef::new(&mut other, 1)?;
    assert!(ExnRef::new(&mut store, &pre, &e, &[Val::I32(1), foreign.into()]).is_err());
    let thrown = call(&mut store, instance, "throw", &[Val::I32(1), null]).expect_err("thrown");
    assert!(ExnRef::of_error(&mut other, &thrown).is_err());
    assert!(ExnRef::of_error(&mut store, &Trap::Interrupt.into())?.is_none());
    let exception = ExnRef::new(&mut store, &pre, &e, &[Val::I32(1), null])?;
    let refused: Result<()> = other.throw(exception);
    assert!(
        refused
            .expect_err("another store's")
            .downcast_ref::<ThrownException>()
            .is_none()
    );
    assert!(!other.has_pending_exception());
    Ok(())
}

/// An error that is kept is the exception that it was, also after others were thrown and caught, and can be returned later.
fn errors_are_kept_and_returned_later(tiers: Tiers) -> Result<()> {
    for zeal in [false, true] {
        let (mut store, instance, mut linker) = thrower(&engine(tiers, zeal)?)?;
        let value = ExternRef::new(&mut store, 1)?;
        let null = Val::ExternRef(None);
        let kept = call(&mut store, instance, "throw", &[Val::I32(70), value.into()]).expect_err("thrown");
        for _ in 0..3 {
            call(&mut store, instance, "throw other", &[Val::I32(8), null]).expect_err("thrown");
            store.gc(None).expect("nothing prevents a collection");
        }
        store.take_pending_exception();
        let kept = std::sync::Mutex::new(Some(kept));
        let ty = FuncType::new(store.engine(), [ValType::I32, ValType::EXTERNREF], []);
        linker.func_new("m", "f", ty, move |_, _, _| {
            let kept = kept.lock().map_err(|_| Error::msg("poisoned"))?.take();
            Err(kept.context("once")?)
        })?;
        let module = Module::new(store.engine(), CATCHES)?;
        let catcher = linker.instantiate(&mut store, &module)?;
        let found = call(&mut store, catcher, "catch", &[Val::I32(1), null])?;
        assert_eq!((found[0].unwrap_i32(), found[2].unwrap_i32()), (70, 1));
        let found = found[1].unwrap_externref().context("not null")?;
        assert!(Rooted::ref_eq(&store, found, &value)?);
        assert!(!store.has_pending_exception());
    }
    Ok(())
}

in_tiers!(
    what_nothing_catches_reaches_the_host,
    the_pending_exception_is_taken_once,
    exceptions_cross_instances,
    hosts_let_exceptions_pass,
    hosts_catch_and_throw,
    other_ends_are_not_caught,
    exceptions_are_checked,
    errors_are_kept_and_returned_later
);
