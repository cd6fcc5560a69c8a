//! Handles: every way to use one fails after its scope and with another store, and none panics or gives another value.

use crate::support::*;
use std::sync::{Arc, Mutex};
use transom::error::Context as _;
use transom::*;

/// One handle of each kind, to objects of one store.
#[derive(Clone, Copy)]
struct Handles {
    any: Rooted<AnyRef>,
    eq: Rooted<EqRef>,
    structure: Rooted<StructRef>,
    array: Rooted<ArrayRef>,
    external: Rooted<ExternRef>,
    exception: Rooted<ExnRef>,
}

/// What they are used with, apart from a store.
struct Types {
    structure: StructType,
    array: ArrayType,
}

impl Types {
    fn new(engine: &Engine) -> Result<Types> {
        let any = ValType::Ref(RefType::new(true, HeapType::Any));
        let field = FieldType::new(Mutability::Var, any.into());
        Ok(Types {
            structure: StructType::new(engine, [field.clone()])?,
            array: ArrayType::new(engine, field),
        })
    }
}

fn make(mut store: impl AsContextMut<Data = ()>, types: &Types) -> Result<Handles> {
    let store = &mut store;
    let null = Val::AnyRef(None);
    let pre = StructRefPre::new(&mut *store, types.structure.clone());
    let structure = StructRef::new(&mut *store, &pre, &[null])?;
    let pre = ArrayRefPre::new(&mut *store, types.array.clone());
    let array = ArrayRef::new(&mut *store, &pre, &null, 3)?;
    let thrown = ExnType::new(store.as_context().engine(), [])?;
    let tag = Tag::new(&mut *store, &thrown.tag_type())?;
    let pre = ExnRefPre::new(&mut *store, thrown);
    Ok(Handles {
        any: structure.to_anyref(),
        eq: array.to_eqref(),
        structure,
        array,
        external: ExternRef::new(&mut *store, 5)?,
        exception: ExnRef::new(&mut *store, &pre, &tag, &[])?,
    })
}

/// Whether every use of a reference's own methods succeeds (`true`) or fails.
fn own_methods(store: &mut Store<()>, handles: Handles, types: &Types, expected: bool) -> Result<()> {
    let Handles {
        any,
        eq,
        structure,
        array,
        external,
        exception,
    } = handles;
    let null = Val::AnyRef(None);
    let mut outcomes: Vec<(&str, bool)> = Vec::new();
    macro_rules! note {
        ($($what:literal $call:expr;)*) => { $(outcomes.push(($what, $call.is_ok()));)* };
    }
    note! {
        "AnyRef::is_i31" any.is_i31(&*store);
        "AnyRef::as_i31" any.as_i31(&*store);
        "AnyRef::is_struct" any.is_struct(&*store);
        "AnyRef::as_struct" any.as_struct(&*store);
        "AnyRef::unwrap_struct" any.unwrap_struct(&*store);
        "AnyRef::is_array" any.is_array(&*store);
        "AnyRef::as_array" any.as_array(&*store);
        "AnyRef::is_eqref" any.is_eqref(&*store);
        "AnyRef::as_eqref" any.as_eqref(&*store);
        "AnyRef::unwrap_eqref" any.unwrap_eqref(&*store);
        "AnyRef::is_externref" any.is_externref(&*store);
        "AnyRef::ty" any.ty(&*store);
        "AnyRef::matches_ty" any.matches_ty(&*store, &HeapType::Any);
        "EqRef::is_i31" eq.is_i31(&*store);
        "EqRef::as_struct" eq.as_struct(&*store);
        "EqRef::as_array" eq.as_array(&*store);
        "EqRef::ty" eq.ty(&*store);
        "StructRef::ty" structure.ty(&*store);
        "StructRef::matches_ty" structure.matches_ty(&*store, &types.structure);
        "StructRef::field" structure.field(&mut *store, 0);
        "StructRef::fields" structure.fields(&mut *store);
        "StructRef::set_field" structure.set_field(&mut *store, 0, null);
        "ArrayRef::ty" array.ty(&*store);
        "ArrayRef::matches_ty" array.matches_ty(&*store, &types.array);
        "ArrayRef::len" array.len(&*store);
        "ArrayRef::get" array.get(&mut *store, 0);
        "ArrayRef::set" array.set(&mut *store, 0, null);
        "ArrayRef::elems" array.elems(&mut *store);
        "ExternRef::data" external.data(&*store);
        "ExternRef::data_mut" external.data_mut(&mut *store);
        "ExnRef::tag" exception.tag(&*store);
        "ExnRef::fields" exception.fields(&mut *store);
        "Rooted::to_owned_rooted" any.to_owned_rooted(&mut *store);
        "Rooted::ref_eq" Rooted::ref_eq(&*store, &any, &any);
        "AnyRef::convert_extern" AnyRef::convert_extern(&mut *store, external);
        "ExternRef::convert_any" ExternRef::convert_any(&mut *store, any);
    }
    let wrong: Vec<_> = outcomes.iter().filter(|(_, is_ok)| *is_ok != expected).collect();
    ensure!(wrong.is_empty(), "expected {expected}: {wrong:?}");
    Ok(())
}

/// The same for all that takes references as values.
fn as_values(store: &mut Store<()>, handles: Handles, types: &Types, expected: bool) -> Result<()> {
    let Handles {
        any,
        external,
        exception,
        structure,
        array,
        eq,
    } = handles;
    let mut outcomes: Vec<(String, bool)> = Vec::new();
    let exn = ValType::Ref(RefType::new(true, HeapType::Exn));
    let anyref = ValType::Ref(RefType::new(true, HeapType::Any));
    let values: [(Val, ValType); 5] = [
        (any.into(), anyref.clone()),
        (external.into(), ValType::EXTERNREF),
        (exception.into(), exn),
        (structure.into(), anyref.clone()),
        (array.into(), anyref),
    ];
    for (value, ty) in values {
        let mut note = |what: &str, is_ok: bool| outcomes.push((format!("{what} of {ty}"), is_ok));
        note("Val::ty", value.ty(&*store).is_ok());
        note("Val::matches_ty", value.matches_ty(&*store, &ty).is_ok());
        let func = FuncType::new(store.engine(), [ty.clone()], []);
        let func = Func::new(&mut *store, func, |_, _, _| Ok(()));
        note("a parameter", func.call(&mut *store, &[value], &mut []).is_ok());
        let func = FuncType::new(store.engine(), [], [ty.clone()]);
        let func = Func::new(&mut *store, func, move |_, _, results| {
            results[0] = value;
            Ok(())
        });
        note(
            "a result",
            func.call(&mut *store, &[], &mut [Val::I32(0)]).is_ok(),
        );
        let constant = GlobalType::new(ty.clone(), Mutability::Const);
        note("a new global", Global::new(&mut *store, constant, value).is_ok());
        let zero = Val::default_for_ty(&ty).context("nullable")?;
        let global = Global::new(&mut *store, GlobalType::new(ty.clone(), Mutability::Var), zero)?;
        note("a global", global.set(&mut *store, value).is_ok());
        let (reference, null) = (value.ref_().context("one")?, zero.ref_().context("one")?);
        note("Ref::ty", reference.ty(&*store).is_ok());
        let table = |count| TableType::new(ty.unwrap_ref().clone(), count, None);
        note(
            "a new table",
            Table::new(&mut *store, table(1), reference).is_ok(),
        );
        let table = Table::new(&mut *store, table(1), null)?;
        note("a table", table.set(&mut *store, 0, reference).is_ok());
        note("table.grow", table.grow(&mut *store, 1, reference).is_ok());
        note("table.fill", table.fill(&mut *store, 0, reference, 1).is_ok());
        let field = FieldType::new(Mutability::Var, ty.clone().into());
        let pre = StructType::new(store.engine(), [field.clone()])?;
        let pre = StructRefPre::new(&mut *store, pre);
        note("a field", StructRef::new(&mut *store, &pre, &[value]).is_ok());
        let pre = ArrayType::new(store.engine(), field);
        let pre = ArrayRefPre::new(&mut *store, pre);
        note("an array", ArrayRef::new(&mut *store, &pre, &value, 1).is_ok());
        note(
            "an element",
            ArrayRef::new_fixed(&mut *store, &pre, &[value]).is_ok(),
        );
        let thrown = ExnType::new(store.engine(), [ty.clone()])?;
        let tag = Tag::new(&mut *store, &thrown.tag_type())?;
        let pre = ExnRefPre::new(&mut *store, thrown);
        note(
            "a payload",
            ExnRef::new(&mut *store, &pre, &tag, &[value]).is_ok(),
        );
    }
    let typed = Func::wrap(
        &mut *store,
        |_: Rooted<AnyRef>, _: Rooted<EqRef>, _: Rooted<StructRef>, _: Option<Rooted<ArrayRef>>| {},
    );
    type Params = (
        Rooted<AnyRef>,
        Rooted<EqRef>,
        Rooted<StructRef>,
        Option<Rooted<ArrayRef>>,
    );
    let typed = typed.typed::<Params, ()>(&*store)?;
    outcomes.push((
        "TypedFunc".to_owned(),
        typed.call(&mut *store, (any, eq, structure, Some(array))).is_ok(),
    ));
    let thrown: Result<()> = store.throw(exception);
    let is_thrown = thrown.is_err_and(|error| error.downcast_ref::<ThrownException>().is_some());
    outcomes.push(("throw".to_owned(), is_thrown));
    store.take_pending_exception();
    let pre = StructRefPre::new(&mut *store, types.structure.clone());
    outcomes.push((
        "a field".to_owned(),
        StructRef::new(&mut *store, &pre, &[any.into()]).is_ok(),
    ));
    let wrong: Vec<_> = outcomes.iter().filter(|(_, is_ok)| *is_ok != expected).collect();
    ensure!(wrong.is_empty(), "expected {expected}: {wrong:?}");
    Ok(())
}

#[test]
fn handles_are_good_in_their_scope_and_store_alone() -> Result<()> {
    for zeal in [false, true] {
        let engine = Engine::new(Config::new().gc_zeal(zeal))?;
        let types = Types::new(&engine)?;
        let mut store = Store::new(&engine, ());
        let good = make(&mut store, &types)?;
        own_methods(&mut store, good, &types, true)?;
        as_values(&mut store, good, &types, true)?;
        // After a scope, with and without others in their places.
        let gone = make(RootScope::new(&mut store), &types)?;
        own_methods(&mut store, gone, &types, false)?;
        as_values(&mut store, gone, &types, false)?;
        let again = make(&mut store, &types)?;
        own_methods(&mut store, gone, &types, false)?;
        as_values(&mut store, gone, &types, false)?;
        // In another store, with a heap and without, and after their own.
        let mut other = Store::new(&engine, ());
        own_methods(&mut other, good, &types, false)?;
        as_values(&mut other, good, &types, false)?;
        make(&mut other, &types)?;
        own_methods(&mut other, good, &types, false)?;
        store.gc(None).expect("nothing prevents a collection");
        own_methods(&mut store, good, &types, true)?;
        own_methods(&mut store, again, &types, true)?;
        drop(store);
        as_values(&mut other, good, &types, false)?;
    }
    Ok(())
}

/// The number that a host reference refers to, if its handle is good.
fn data(store: impl AsContext<Data = ()>, reference: Rooted<ExternRef>) -> Option<i32> {
    let data = reference.data(store.as_context()).ok()??;
    data.downcast_ref::<i32>().copied()
}

#[test]
fn scopes_nest() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let outer = ExternRef::new(&mut store, 1)?;
    let mut gone = Vec::new();
    let in_first = {
        let mut first = RootScope::new(&mut store);
        let in_first = ExternRef::new(&mut first, 2)?;
        for index in 0..10 {
            let mut second = RootScope::new(&mut first);
            // Without a handle of its own before the inner scope, and with one.
            let in_second = if index % 2 == 0 {
                None
            } else {
                Some(ExternRef::new(&mut second, 3)?)
            };
            let in_third = {
                let mut third = RootScope::new(&mut second);
                let in_third = ExternRef::new(&mut third, 100 + index)?;
                assert_eq!(data(&third, in_third), Some(100 + index));
                assert_eq!(data(&third, in_first), Some(2));
                in_third
            };
            let after = ExternRef::new(&mut second, 4)?;
            assert_eq!((data(&second, in_third), data(&second, after)), (None, Some(4)));
            assert_eq!(
                in_second.and_then(|handle| data(&second, handle)),
                in_second.map(|_| 3)
            );
            gone.extend([in_third, after].into_iter().chain(in_second));
            second
                .as_context_mut()
                .gc(None)
                .expect("nothing prevents a collection");
            for handle in &gone[..gone.len().saturating_sub(3)] {
                assert_eq!(data(&second, *handle), None);
            }
        }
        assert_eq!((data(&first, in_first), data(&first, outer)), (Some(2), Some(1)));
        in_first
    };
    gone.push(in_first);
    for handle in gone {
        assert_eq!(data(&store, handle), None);
    }
    assert_eq!(data(&store, outer), Some(1));
    Ok(())
}

/// Host functions are scopes: what they were given does not outlive the call.
#[test]
fn a_call_is_a_scope() -> Result<()> {
    let kept: Arc<Mutex<Vec<Rooted<AnyRef>>>> = Arc::default();
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let inside = kept.clone();
    let keep = Func::wrap(
        &mut store,
        move |mut caller: Caller<'_, ()>, x: Rooted<AnyRef>| -> Result<Rooted<AnyRef>> {
            let made = AnyRef::from_i31(&mut caller, I31::wrapping_u32(9));
            inside
                .lock()
                .map_err(|_| Error::msg("poisoned"))?
                .extend([x, made]);
            x.unwrap_i31(&caller)?;
            Ok(made)
        },
    );
    let wat = r#"(module (import "" "keep" (func $keep (param (ref any)) (result (ref any))))
        (func (export "f") (result i32) (i31.get_s (ref.cast i31ref (call $keep (ref.i31 (i32.const 4)))))))"#;
    let instance = instantiate(&mut store, wat, &[keep.into()])?;
    assert_eq!(crate::support::number(&mut store, instance, "f", &[])?, 9);
    for handle in kept.lock().map_err(|_| Error::msg("poisoned"))?.iter() {
        assert!(handle.is_i31(&store).is_err());
        let made = AnyRef::from_i31(&mut store, I31::wrapping_u32(1));
        assert!(handle.is_i31(&store).is_err() && made.is_i31(&store)?);
    }
    Ok(())
}

/// Owned handles outlive scopes and collections, and nothing bad comes of one that outlives its store.
#[test]
fn owned_handles() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let owned: Vec<OwnedRooted<ExternRef>> = (0..200_usize)
        .map(|index| {
            let mut scope = RootScope::new(&mut store);
            ExternRef::new(&mut scope, index)?.to_owned_rooted(&mut scope)
        })
        .collect::<Result<_>>()?;
    let copies = owned.clone();
    let mut kept: Vec<_> = owned
        .into_iter()
        .enumerate()
        .filter(|(index, _)| index % 3 == 0)
        .collect();
    drop(copies);
    store.gc(None).expect("nothing prevents a collection");
    store.gc(None).expect("nothing prevents a collection");
    for (index, handle) in &kept {
        let mut scope = RootScope::new(&mut store);
        let reference = handle.to_rooted(&mut scope);
        let data = reference
            .data(scope.as_context())?
            .and_then(|data| data.downcast_ref::<usize>());
        assert_eq!(data, Some(index));
        let again = reference.to_owned_rooted(&mut scope)?;
        assert!(OwnedRooted::ref_eq(&scope, handle, &again)?);
    }
    // Passed as parameters and results.
    let typed = Func::wrap(
        &mut store,
        |x: OwnedRooted<ExternRef>, y: Option<OwnedRooted<ExternRef>>| y.unwrap_or(x),
    );
    type Owned = OwnedRooted<ExternRef>;
    let typed = typed.typed::<(Owned, Option<Owned>), Owned>(&store)?;
    let (first, second) = (kept[0].1.clone(), kept[1].1.clone());
    let back = typed.call(&mut store, (first.clone(), Some(second.clone())))?;
    assert!(OwnedRooted::ref_eq(&store, &back, &second)? && !OwnedRooted::ref_eq(&store, &back, &first)?);
    let mut other = Store::new(&engine, ());
    assert!(typed.call(&mut other, (first.clone(), None)).is_err());
    drop(store);
    assert!(first.try_to_rooted(&mut other).is_err());
    assert!(OwnedRooted::ref_eq(&other, &first, &first).is_err());
    let panic =
        quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| first.to_rooted(&mut other))));
    assert!(panic.is_err());
    kept.clear();
    Ok(())
}

/// Integers need no heap, and neither does anything that is asked of them.
#[test]
fn integers_without_a_heap() -> Result<()> {
    let mut store = Store::new(&Engine::default(), ());
    let any = AnyRef::from_i31(&mut store, I31::wrapping_i32(-3));
    assert_eq!(any.unwrap_i31(&store)?.get_i32(), -3);
    assert!(
        any.is_eqref(&store)?
            && !any.is_externref(&store)?
            && !any.is_struct(&store)?
            && !any.is_array(&store)?
    );
    assert!(any.matches_ty(&store, &HeapType::I31)? && !any.matches_ty(&store, &HeapType::None)?);
    let external = ExternRef::convert_any(&mut store, any)?;
    assert!(external.data(&store)?.is_none());
    assert!(external.data_mut(&mut store)?.is_none());
    let back = AnyRef::convert_extern(&mut store, external)?;
    assert!(Rooted::ref_eq(&store, &any, &back)?);
    assert!(Val::from(external).matches_ty(&store, &ValType::EXTERNREF)?);
    let owned = any.to_owned_rooted(&mut store)?;
    store.gc(None).expect("nothing prevents a collection");
    assert_eq!(owned.to_rooted(&mut store).unwrap_i31(&store)?.get_i32(), -3);
    assert!(store.heap_statistics().is_none());
    Ok(())
}

/// However a host function ends, the handles that it made end with it.
#[test]
fn host_functions_that_fail_leave_no_handles() -> Result<()> {
    for zeal in [false, true] {
        let engine = Engine::new(Config::new().gc_zeal(zeal))?;
        let mut store = Store::new(&engine, ());
        let kept: Arc<Mutex<Vec<Rooted<ExternRef>>>> = Arc::default();
        let count = Arc::new(());
        let (inside, value) = (kept.clone(), count.clone());
        let typed = Func::wrap(
            &mut store,
            move |mut caller: Caller<'_, ()>, how: i32| -> Result<i32> {
                let made = ExternRef::new(&mut caller, value.clone())?;
                inside.lock().map_err(|_| Error::msg("poisoned"))?.push(made);
                match how {
                    0 => Ok(0),
                    1 => bail!("on purpose"),
                    _ => std::panic::panic_any("on purpose".to_owned()),
                }
            },
        );
        let (inside, value) = (kept.clone(), count.clone());
        let ty = FuncType::new(&engine, [ValType::I32], [ValType::I32]);
        let untyped = Func::new(&mut store, ty, move |mut caller, params, results| {
            let made = ExternRef::new(&mut caller, value.clone())?;
            inside.lock().map_err(|_| Error::msg("poisoned"))?.push(made);
            results[0] = params[0];
            match params[0].unwrap_i32() {
                0 => Ok(()),
                1 => bail!("on purpose"),
                _ => std::panic::panic_any("on purpose".to_owned()),
            }
        });
        let wat = r#"(module (import "" "f" (func $f (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (call $f (local.get 0))))"#;
        for func in [typed, untyped] {
            let instance = instantiate(&mut store, wat, &[func.into()])?;
            for how in 0..3 {
                let run = || call(&mut store, instance, "f", &[Val::I32(how)]).is_ok();
                let outcome = quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)));
                assert_eq!(outcome.ok(), [Some(true), Some(false), None][how as usize]);
            }
        }
        for handle in kept.lock().map_err(|_| Error::msg("poisoned"))?.iter() {
            assert!(handle.data(&store).is_err());
        }
        store.gc(None).expect("nothing prevents a collection");
        // Two closures have a copy each, and nothing else.
        assert_eq!(Arc::strong_count(&count), 3);
    }
    Ok(())
}
