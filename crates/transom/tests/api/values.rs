//! Values, references and their handles.

use std::hash::{DefaultHasher, Hasher};
use transom::error::Context as _;
use transom::*;

#[test]
fn a_reference_belongs_to_one_hierarchy() -> Result<()> {
    let mut store = Store::<()>::default();
    let func = Func::wrap(&mut store, || ());
    let external = ExternRef::new(&mut store, 7)?;
    let any = AnyRef::from_i31(&mut store, I31::wrapping_u32(1));
    let references: [(Ref, Ref); 3] = [
        (func.into(), NoFunc::null_ref()),
        (external.into(), NoExtern::null_ref()),
        (any.into(), NoneRef::null_ref()),
    ];
    for (at, (reference, null)) in references.iter().enumerate() {
        assert!(reference.is_non_null() && null.is_null() && !null.is_non_null());
        for reference in [reference, null] {
            let kinds = [
                reference.is_func(),
                reference.is_extern(),
                reference.is_any(),
                reference.is_exn(),
            ];
            assert!(
                kinds.iter().enumerate().all(|(index, is)| *is == (index == at)),
                "{reference:?}"
            );
        }
    }
    assert_eq!(references[0].0.unwrap_func(), Some(&func));
    assert!(references[0].1.unwrap_func().is_none() && references[1].1.unwrap_extern().is_none());
    let wrong = std::panic::catch_unwind(|| Ref::Func(None).unwrap_any().is_some());
    assert!(wrong.is_err());
    Ok(())
}

#[test]
fn values_have_two_names_for_their_references() -> Result<()> {
    let mut store = Store::<()>::default();
    let external = Val::from(ExternRef::new(&mut store, 7)?);
    assert!(external.extern_ref().is_some_and(|value| value.is_some()) && external.func_ref().is_none());
    assert!(external.unwrap_extern_ref().is_some() && external.any_ref().is_none());
    assert!(Val::null_extern_ref().unwrap_extern_ref().is_none());
    assert!(Val::null_any_ref().unwrap_any_ref().is_none());
    assert!(Val::null_func_ref().unwrap_func_ref().is_none());
    assert!(V128::from(1) < V128::from(2));
    Ok(())
}

#[test]
fn functions_take_references_that_can_only_be_null() -> Result<()> {
    let mut store = Store::<()>::default();
    let host = Func::wrap(
        &mut store,
        |_: Option<Rooted<ExternRef>>, _: Option<Rooted<AnyRef>>| (NoExtern::null(), NoneRef::null()),
    );
    let results: Vec<String> = host.ty(&store).results().map(|ty| ty.to_string()).collect();
    assert_eq!(results, ["(ref null noextern)", "(ref null none)"]);
    let host =
        host.typed::<(Option<NoExtern>, Option<NoneRef>), (Option<NoExtern>, Option<NoneRef>)>(&store)?;
    assert_eq!(host.call(&mut store, (None, None))?, (None, None));
    Ok(())
}

fn hash(write: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut hasher = DefaultHasher::new();
    write(&mut hasher);
    hasher.finish()
}

#[test]
fn handles_are_compared_and_hashed_by_themselves_or_by_their_objects() -> Result<()> {
    let mut store = Store::<()>::default();
    let a = ExternRef::new(&mut store, 1)?;
    let b = ExternRef::new(&mut store, 2)?;
    let owned = a.to_owned_rooted(&mut store)?;
    let again = owned.to_rooted(&mut store);
    assert!(Rooted::rooted_eq(a, a) && !Rooted::rooted_eq(a, again));
    assert!(Rooted::ref_eq(&store, &a, &again)? && !Rooted::ref_eq(&store, &a, &b)?);
    assert!(Rooted::ref_eq(&store, &a, &owned)? && OwnedRooted::ref_eq(&store, &owned, &again)?);
    assert_eq!(
        hash(|state| a.rooted_hash(state)),
        hash(|state| a.rooted_hash(state))
    );
    assert_ne!(
        hash(|state| a.rooted_hash(state)),
        hash(|state| again.rooted_hash(state))
    );
    let copy = owned.clone();
    assert_eq!(
        hash(|state| owned.rooted_hash(state)),
        hash(|state| copy.rooted_hash(state))
    );
    let mut hashes = [0; 2];
    for (hash, handle) in hashes.iter_mut().zip([a, again]) {
        let mut state = DefaultHasher::new();
        handle.ref_hash(&store, &mut state)?;
        *hash = state.finish();
    }
    assert_eq!(hashes, [hash(|state| owned.ref_hash(&store, state)); 2]);
    let mut other = Store::<()>::default();
    assert!(a.ref_hash(&mut other, &mut DefaultHasher::new()).is_err());
    Ok(())
}

#[test]
fn handles_convert_to_kinds_that_hold_more() -> Result<()> {
    let mut store = Store::<()>::default();
    let ty = StructType::new(store.engine(), [])?;
    let pre = StructRefPre::new(&mut store, ty);
    let mut scope = RootScope::new(&mut store);
    scope.reserve(100);
    let structure = StructRef::new(&mut scope, &pre, &[])?;
    let eq = Rooted::<EqRef>::from(structure);
    let any = Rooted::<AnyRef>::from(structure);
    assert!(Rooted::ref_eq(&scope, &eq.to_anyref(), &any)?);
    let owned = structure.to_owned_rooted(&mut scope)?;
    let owned = OwnedRooted::<AnyRef>::from(owned.to_eqref());
    assert!(Rooted::ref_eq(&scope, &owned, &any)?);
    Ok(())
}

/// An owned handle has the methods of its kind, and what they return is valid as long as a copy of the handle.
#[test]
fn owned_handles_are_used_as_what_they_refer_to() -> Result<()> {
    let mut store = Store::<()>::default();
    let ty = StructType::new(
        store.engine(),
        [FieldType::new(Mutability::Var, ValType::I32.into())],
    )?;
    let pre = StructRefPre::new(&mut store, ty);
    let owned = {
        let mut scope = RootScope::new(&mut store);
        let structure = StructRef::new(&mut scope, &pre, &[Val::I32(7)])?;
        structure.to_anyref().to_owned_rooted(&mut scope)?
    };
    store.gc(None)?;
    assert!(owned.is_struct(&store)? && !owned.is_i31(&store)?);
    let structure = owned.unwrap_struct(&store)?;
    assert_eq!(structure.field(&mut store, 0)?.unwrap_i32(), 7);
    let copy = owned.clone();
    drop(owned);
    store.gc(None)?;
    assert_eq!(structure.field(&mut store, 0)?.unwrap_i32(), 7);
    drop(copy);
    store.gc(None)?;
    assert!(
        structure.field(&mut store, 0).is_err(),
        "nothing keeps the handle"
    );
    let other = ExternRef::new(&mut store, 1)?.to_owned_rooted(&mut store)?;
    assert!(
        structure.field(&mut store, 0).is_err(),
        "even if its place is used again"
    );
    assert!(other.data(&store)?.is_some());
    assert!(other.data(&Store::<()>::default()).is_err());
    Ok(())
}

#[test]
fn arrays_of_bytes_are_copied_at_once() -> Result<()> {
    let mut store = Store::<()>::default();
    let engine = store.engine().clone();
    let array = |store: &mut Store<()>, element: StorageType| {
        let ty = ArrayType::new(&engine, FieldType::new(Mutability::Const, element));
        ArrayRefPre::new(store, ty)
    };
    let (pre, wide) = (
        array(&mut store, StorageType::I8),
        array(&mut store, StorageType::I16),
    );
    let bytes: Vec<u8> = (0..5000u32).map(|index| (index * 7) as u8).collect();
    let made = ArrayRef::new_from_i8_slice(&mut store, &pre, &bytes)?;
    let mut back = vec![0; bytes.len()];
    made.copy_to_i8_slice(&mut store, &mut back)?;
    assert_eq!(back, bytes);
    assert_eq!(made.get(&mut store, 4999)?.unwrap_i32(), i32::from(bytes[4999]));
    assert!(made.copy_to_i8_slice(&mut store, &mut back[1..]).is_err());
    let error = ArrayRef::new_from_i8_slice(&mut store, &wide, &bytes).expect_err("not bytes");
    assert!(error.to_string().contains("are i16, not i8"), "{error}");
    let made = ArrayRef::new(&mut store, &wide, &Val::I32(1), 2)?;
    assert!(made.copy_to_i8_slice(&mut store, &mut [0; 2]).is_err());
    Ok(())
}

#[test]
fn exceptions_have_the_type_of_their_tag() -> Result<()> {
    let mut store = Store::<()>::default();
    let ty = ExnType::new(store.engine(), [ValType::I32])?;
    let tag = Tag::new(&mut store, &ty.tag_type())?;
    let pre = ExnRefPre::new(&mut store, ty.clone());
    let exception = ExnRef::new(&mut store, &pre, &tag, &[Val::I32(1)])?;
    assert!(ExnType::eq(&exception.ty(&store)?, &ty));
    assert!(
        exception.matches_ty(&store, &HeapType::Exn)? && exception.matches_ty(&store, &ty.clone().into())?
    );
    let other = ExnType::new(store.engine(), [])?;
    assert!(!exception.matches_ty(&store, &other.into())?);
    let actual = Val::from(exception).ty(&store)?;
    assert!(actual.unwrap_ref().heap_type().is_concrete_exn() && actual.matches(&ValType::EXNREF));
    Ok(())
}

#[test]
fn a_full_heap_returns_the_value_of_the_host() -> Result<()> {
    let engine = Engine::default();
    let limits = StoreLimitsBuilder::new().memory_size(1 << 20).build();
    let mut store = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    let mut kept = Vec::new();
    let error = loop {
        let mut scope = RootScope::new(&mut store);
        let value = vec![kept.len()];
        match ExternRef::new(&mut scope, value) {
            Ok(reference) => kept.push(reference.to_owned_rooted(&mut scope)?),
            Err(error) => break error,
        }
    };
    assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::HeapOutOfMemory));
    let full = error.downcast::<GcHeapOutOfMemory<Vec<usize>>>()?;
    let (value, full) = full.take_inner();
    assert_eq!(value, [kept.len()]);
    kept.clear();
    store.gc(Some(&full))?;
    ExternRef::new(&mut store, value)?;
    Ok(())
}

#[test]
fn an_instance_lends_its_module() -> Result<()> {
    let mut store = Store::<()>::default();
    let module = Module::new(store.engine(), "(module $named)")?;
    let instance = Instance::new(&mut store, &module, &[])?;
    assert!(Module::same(instance.module(&store), &module));
    Ok(())
}

#[test]
fn callers_find_exports_by_their_position() -> Result<()> {
    let mut store = Store::<()>::default();
    let text = r#"(module (import "" "" (func $f (result i32)))
        (func (export "run") (result i32) (call $f)) (memory (export "m") 3))"#;
    let module = Module::new(store.engine(), text)?;
    let position = module.get_export_index("m").context("exported")?;
    let f = Func::try_wrap(&mut store, move |mut caller: Caller<'_, ()>| -> Result<i32> {
        let memory = caller.get_module_export(&position).and_then(Extern::into_memory);
        assert_eq!(caller.gc_heap_capacity(), 0);
        caller.gc(None)?;
        Ok(memory.context("of the caller")?.size(&caller) as i32)
    })?;
    let instance = Instance::new(&mut store, &module, &[f.into()])?;
    let run = instance.get_typed_func::<(), i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, ())?, 3);
    Ok(())
}
