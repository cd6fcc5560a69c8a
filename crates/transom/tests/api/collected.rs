//! Structures, arrays and integers that the host makes, looks into and passes on.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

fn store() -> Store<()> {
    Store::new(&Engine::default(), ())
}

fn anyref() -> ValType {
    ValType::Ref(RefType::new(true, HeapType::Any))
}

fn var(ty: impl Into<StorageType>) -> FieldType {
    FieldType::new(Mutability::Var, ty.into())
}

fn text<T>(outcome: Result<T>) -> String {
    match outcome {
        Ok(_) => "no error".to_owned(),
        Err(error) => format!("{error:#}"),
    }
}

/// One value of each type of field, and what is read afterwards.
fn fields(store: &mut Store<()>) -> Result<Vec<(StorageType, Val, String)>> {
    let func = Func::wrap(&mut *store, || ());
    let external = ExternRef::new(&mut *store, 1)?;
    let any = AnyRef::from_i31(&mut *store, I31::wrapping_u32(6));
    let values: Vec<(StorageType, Val)> = vec![
        (StorageType::I8, Val::I32(-1)),
        (StorageType::I16, Val::I32(-2)),
        (ValType::I32.into(), Val::I32(-3)),
        (StorageType::I8, Val::I32(0x1234)),
        (ValType::I64.into(), Val::I64(i64::MIN + 1)),
        (ValType::F32.into(), Val::F32(0x7fa0_0001)),
        (ValType::F64.into(), Val::F64(0xfff4_0000_0000_0001)),
        (ValType::V128.into(), Val::V128(V128::from(u128::MAX - 7))),
        (ValType::FUNCREF.into(), func.into()),
        (ValType::EXTERNREF.into(), external.into()),
        (anyref().into(), any.into()),
        (ValType::FUNCREF.into(), Val::FuncRef(None)),
        (anyref().into(), Val::AnyRef(None)),
    ];
    let expected = |ty: &StorageType, value: &Val| match (ty, value) {
        (StorageType::I8, Val::I32(value)) => Val::I32(value & 0xff),
        (StorageType::I16, Val::I32(value)) => Val::I32(value & 0xffff),
        _ => *value,
    };
    let shown = values.into_iter().map(|(ty, value)| {
        let shown = meaning(&mut *store, expected(&ty, &value));
        shown.map(|shown| (ty, value, shown))
    });
    shown.collect()
}

/// A value in words that are the same for another handle on the same object.
fn meaning(store: &mut Store<()>, value: Val) -> Result<String> {
    Ok(match value {
        Val::AnyRef(Some(any)) if any.is_i31(&*store)? => format!("{:?}", any.unwrap_i31(&*store)?),
        other => show(&*store, &[other]),
    })
}

#[test]
fn structures_hold_values_of_every_type() -> Result<()> {
    let mut store = store();
    let fields = fields(&mut store)?;
    let types = fields.iter().map(|(ty, ..)| var(ty.clone()));
    let ty = StructType::new(store.engine(), types)?;
    let pre = StructRefPre::new(&mut store, ty.clone());
    let values: Vec<Val> = fields.iter().map(|(_, value, _)| *value).collect();
    let made = StructRef::new(&mut store, &pre, &values)?;
    let zeros: Vec<Val> = fields
        .iter()
        .map(|(ty, ..)| Val::default_for_ty(ty.unpack()).context("nullable"))
        .collect::<Result<_>>()?;
    let assigned = StructRef::new(&mut store, &pre, &zeros)?;
    for (index, value) in values.iter().enumerate() {
        assigned.set_field(&mut store, index, *value)?;
    }
    store.gc(None).expect("nothing prevents a collection");
    for object in [made, assigned] {
        assert!(StructType::eq(&object.ty(&store)?, &ty) && object.matches_ty(&store, &ty)?);
        let found: Vec<Val> = object.fields(&mut store)?.collect();
        assert_eq!(found.len(), fields.len());
        for (found, (ty, _, expected)) in found.into_iter().zip(&fields) {
            assert_eq!(&meaning(&mut store, found)?, expected, "{ty}");
        }
    }
    assert!(!Rooted::ref_eq(&store, &made, &assigned)?);
    Ok(())
}

#[test]
fn arrays_hold_values_of_every_type() -> Result<()> {
    let mut store = store();
    for (ty, value, expected) in fields(&mut store)? {
        let array_type = ArrayType::new(store.engine(), var(ty.clone()));
        let pre = ArrayRefPre::new(&mut store, array_type.clone());
        let zero = Val::default_for_ty(ty.unpack()).context("nullable")?;
        let filled = ArrayRef::new(&mut store, &pre, &value, 3)?;
        let fixed = ArrayRef::new_fixed(&mut store, &pre, &[zero, value, zero])?;
        let assigned = ArrayRef::new(&mut store, &pre, &zero, 5000)?;
        assigned.set(&mut store, 1, value)?;
        assigned.set(&mut store, 4999, value)?;
        store.gc(None).expect("nothing prevents a collection");
        for (array, index) in [
            (filled, 0),
            (filled, 2),
            (fixed, 1),
            (assigned, 1),
            (assigned, 4999),
        ] {
            let found = array.get(&mut store, index)?;
            assert_eq!(meaning(&mut store, found)?, expected, "{ty} {index}");
        }
        let zero = meaning(&mut store, zero)?;
        for (array, index) in [(fixed, 0), (fixed, 2), (assigned, 0), (assigned, 4998)] {
            let found = array.get(&mut store, index)?;
            assert_eq!(meaning(&mut store, found)?, zero, "{ty} {index}");
        }
        assert_eq!((filled.len(&store)?, fixed.elems(&mut store)?.len()), (3, 3));
        assert!(ArrayType::eq(&filled.ty(&store)?, &array_type));
        let empty = ArrayRef::new_fixed(&mut store, &pre, &[])?;
        assert_eq!((empty.len(&store)?, empty.elems(&mut store)?.count()), (0, 0));
        assert!(text(empty.get(&mut store, 0)).contains("no element 0"));
    }
    Ok(())
}

#[test]
fn wrong_uses_say_what_is_wrong() -> Result<()> {
    let mut store = store();
    let fixed = FieldType::new(Mutability::Const, ValType::I32.into());
    let strict = ValType::Ref(RefType::new(false, HeapType::Eq));
    let ty = StructType::new(store.engine(), [fixed.clone(), var(strict.clone())])?;
    let pre = StructRefPre::new(&mut store, ty);
    let one: Val = AnyRef::from_i31(&mut store, I31::wrapping_u32(1)).into();
    let null = Val::AnyRef(None);
    let object = StructRef::new(&mut store, &pre, &[Val::I32(1), one])?;
    let mut new = |values: &[Val]| text(StructRef::new(&mut store, &pre, values));
    assert!(new(&[Val::I32(1)]).contains("expected 2 fields, got 1"));
    assert!(new(&[Val::I64(1), one]).contains("field 0"));
    assert!(new(&[Val::I32(1), null]).contains("field 1"));
    assert!(new(&[Val::I32(1), Val::ExternRef(None)]).contains("field 1"));
    assert!(text(object.set_field(&mut store, 0, Val::I32(2))).contains("field 0"));
    assert!(text(object.set_field(&mut store, 0, Val::I32(2))).contains("immutable"));
    assert!(text(object.set_field(&mut store, 1, null)).contains("wrong type"));
    assert!(text(object.set_field(&mut store, 2, one)).contains("no field 2"));
    assert!(text(object.field(&mut store, 2)).contains("no field 2"));
    assert!(text(object.field(&mut store, usize::MAX)).contains("no field"));
    assert_eq!(object.field(&mut store, 0)?.unwrap_i32(), 1);

    let array = ArrayType::new(store.engine(), var(strict));
    let pre = ArrayRefPre::new(&mut store, array);
    let array = ArrayRef::new(&mut store, &pre, &one, 2)?;
    assert!(text(ArrayRef::new(&mut store, &pre, &null, 2)).contains("wrong type"));
    assert!(text(ArrayRef::new(&mut store, &pre, &Val::I32(1), 0)).contains("i32"));
    assert!(text(ArrayRef::new_fixed(&mut store, &pre, &[one, null])).contains("element 1"));
    assert!(text(array.get(&mut store, 2)).contains("no element 2 in an array of 2"));
    assert!(text(array.set(&mut store, u32::MAX, one)).contains("no element"));
    assert!(text(array.set(&mut store, 0, null)).contains("wrong type"));
    let constant = ArrayType::new(store.engine(), fixed);
    let constant_pre = ArrayRefPre::new(&mut store, constant);
    let constant = ArrayRef::new(&mut store, &constant_pre, &Val::I32(1), 2)?;
    assert!(text(constant.set(&mut store, 0, Val::I32(2))).contains("immutable"));
    assert_eq!(constant.get(&mut store, 0)?.unwrap_i32(), 1);
    // What was prepared for one store is for no other.
    let mut other = Store::new(store.engine(), ());
    assert!(text(ArrayRef::new(&mut other, &constant_pre, &Val::I32(1), 1)).contains("store"));
    Ok(())
}

#[test]
fn integers_have_31_bits() {
    assert_eq!(I31::new_u32(0x7fff_ffff).map(I31::get_i32), Some(-1));
    assert!(I31::new_u32(0x8000_0000).is_none());
    for value in [0, 1, -1, (1 << 30) - 1, -(1 << 30)] {
        assert_eq!(I31::new_i32(value).map(I31::get_i32), Some(value));
    }
    assert!(I31::new_i32(1 << 30).is_none() && I31::new_i32(-(1 << 30) - 1).is_none());
    assert_eq!(I31::wrapping_u32(u32::MAX).get_u32(), 0x7fff_ffff);
    assert_eq!(I31::wrapping_i32(i32::MIN).get_i32(), 0);
    assert_eq!(I31::wrapping_i32(1 << 30).get_i32(), -(1 << 30));
}

/// Every kind of reference, asked for every kind.
#[test]
fn references_know_their_kinds() -> Result<()> {
    let mut store = store();
    let structure = StructType::new(store.engine(), [])?;
    let pre = StructRefPre::new(&mut store, structure.clone());
    let structure_ref = StructRef::new(&mut store, &pre, &[])?;
    let array = ArrayType::new(store.engine(), var(ValType::I32));
    let pre = ArrayRefPre::new(&mut store, array.clone());
    let array_ref = ArrayRef::new(&mut store, &pre, &Val::I32(0), 1)?;
    let integer = AnyRef::from_i31(&mut store, I31::wrapping_u32(4));
    let external = ExternRef::new(&mut store, 1)?;
    let host = AnyRef::convert_extern(&mut store, external)?;
    let kinds = |any: Rooted<AnyRef>| -> Result<[bool; 5]> {
        Ok([
            any.is_i31(&store)?,
            any.is_struct(&store)?,
            any.is_array(&store)?,
            any.is_eqref(&store)?,
            any.is_externref(&store)?,
        ])
    };
    assert_eq!(kinds(integer)?, [true, false, false, true, false]);
    assert_eq!(
        kinds(structure_ref.to_anyref())?,
        [false, true, false, true, false]
    );
    assert_eq!(
        kinds(array_ref.to_eqref().to_anyref())?,
        [false, false, true, true, false]
    );
    assert_eq!(kinds(host)?, [false, false, false, false, true]);
    assert!(
        host.as_eqref(&store)?.is_none()
            && host.as_struct(&store)?.is_none()
            && host.as_i31(&store)?.is_none()
    );
    assert!(array_ref.to_eqref().as_struct(&store)?.is_none() && array_ref.to_eqref().is_array(&store)?);
    let heaps = [
        HeapType::Any,
        HeapType::Eq,
        HeapType::I31,
        HeapType::Struct,
        HeapType::Array,
        HeapType::None,
    ]
    .into_iter()
    .chain([
        HeapType::ConcreteStruct(structure),
        HeapType::ConcreteArray(array),
    ]);
    let heaps: Vec<HeapType> = heaps.collect();
    let matching = |any: Rooted<AnyRef>| -> Result<Vec<bool>> {
        heaps.iter().map(|heap| any.matches_ty(&store, heap)).collect()
    };
    let bits = |text: &str| text.chars().map(|bit| bit == '1').collect::<Vec<_>>();
    assert_eq!(matching(integer)?, bits("11100000"));
    assert_eq!(matching(structure_ref.to_anyref())?, bits("11010010"));
    assert_eq!(matching(array_ref.to_anyref())?, bits("11001001"));
    assert_eq!(matching(host)?, bits("10000000"));
    // There and back.
    let back = ExternRef::convert_any(&mut store, host)?;
    assert!(Rooted::ref_eq(&store, &back, &external)? && back.data(&store)?.is_some());
    let outside = ExternRef::convert_any(&mut store, structure_ref.to_anyref())?;
    assert!(outside.data(&store)?.is_none() && outside.data_mut(&mut store)?.is_none());
    let inside = AnyRef::convert_extern(&mut store, outside)?;
    assert!(Rooted::ref_eq(&store, &inside, &structure_ref.to_anyref())?);
    for (kind, panics) in [("struct", true), ("eq", false)] {
        let outcome = quietly(|| {
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match kind {
                "struct" => integer.unwrap_struct(&store).map(drop),
                _ => integer.unwrap_eqref(&store).map(drop),
            }))
        });
        assert_eq!(outcome.is_err(), panics, "{kind}");
    }
    Ok(())
}

/// The most precise types of values, and what they may stand for.
#[test]
fn values_know_their_types() -> Result<()> {
    let mut store = store();
    let ty = StructType::new(store.engine(), [])?;
    let pre = StructRefPre::new(&mut store, ty.clone());
    let structure = StructRef::new(&mut store, &pre, &[])?;
    let thrown = ExnType::new(store.engine(), [])?;
    let tag = Tag::new(&mut store, &thrown.tag_type())?;
    let pre = ExnRefPre::new(&mut store, thrown);
    let exception = ExnRef::new(&mut store, &pre, &tag, &[])?;
    let strict = |heap: HeapType| ValType::Ref(RefType::new(false, heap));
    let nullable = |heap: HeapType| ValType::Ref(RefType::new(true, heap));
    let own = HeapType::ConcreteStruct(ty);
    let cases = [
        (
            Val::from(structure),
            strict(own.clone()),
            nullable(HeapType::Eq),
            nullable(HeapType::Array),
        ),
        (
            Val::AnyRef(None),
            nullable(HeapType::None),
            nullable(own.clone()),
            strict(HeapType::Any),
        ),
        (
            Val::from(exception),
            strict(HeapType::Exn),
            nullable(HeapType::Exn),
            nullable(HeapType::Any),
        ),
        (
            Val::ExnRef(None),
            nullable(HeapType::NoExn),
            nullable(HeapType::Exn),
            nullable(HeapType::NoFunc),
        ),
        (
            Val::ExternRef(None),
            nullable(HeapType::NoExtern),
            ValType::EXTERNREF,
            nullable(HeapType::None),
        ),
    ];
    for (value, ty, above, other) in cases {
        assert!(
            ValType::eq(&value.ty(&store)?, &ty),
            "{} is not {ty}",
            value.ty(&store)?
        );
        assert!(value.matches_ty(&store, &ty)? && value.matches_ty(&store, &above)?);
        assert!(!value.matches_ty(&store, &other)? && !value.matches_ty(&store, &ValType::I32)?);
        let reference = value.ref_().context("a reference")?;
        assert!(reference.matches_ty(&store, above.unwrap_ref())?);
    }
    Ok(())
}

/// Each Rust type stands for a type of parameters and results, to programs and to host functions.
#[test]
fn typed_functions() -> Result<()> {
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let wat = r#"(module
        (type $s (sub (struct (field i32)))) (type $a (array (mut i32)))
        (import "h" "eq" (func $eq (param eqref) (result (ref eq))))
        (import "h" "struct" (func $struct (param (ref $s)) (result structref)))
        (import "h" "array" (func $array (param arrayref) (result (ref array))))
        (import "h" "i31" (func $i31 (param i31ref) (result (ref i31))))
        (import "h" "owned" (func $owned (param (ref struct) arrayref) (result (ref eq))))
        (func (export "make struct") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
        (func (export "make array") (param i32) (result (ref $a)) (array.new $a (local.get 0) (local.get 0)))
        (func (export "struct") (param (ref $s)) (result structref) (call $struct (local.get 0)))
        (func (export "array") (param arrayref) (result (ref array)) (call $array (local.get 0)))
        (func (export "eq") (param eqref) (result (ref eq)) (call $eq (local.get 0)))
        (func (export "i31") (param i31ref) (result (ref i31)) (call $i31 (local.get 0)))
        (func (export "owned") (param (ref struct) arrayref) (result (ref eq)) (call $owned (local.get 0) (local.get 1))))"#;
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.func_wrap("h", "eq", |x: Option<Rooted<EqRef>>| -> Result<Rooted<EqRef>> {
        x.context("null")
    })?;
    linker.func_wrap("h", "struct", |x: Rooted<StructRef>| Some(x))?;
    linker.func_wrap(
        "h",
        "array",
        |x: Option<Rooted<ArrayRef>>| -> Result<Rooted<ArrayRef>> { x.context("null") },
    )?;
    linker.func_wrap("h", "i31", |x: Option<I31>| {
        I31::wrapping_u32(x.map_or(77, |x| x.get_u32() + 1))
    })?;
    linker.func_wrap(
        "h",
        "owned",
        |mut caller: Caller<'_, ()>,
         x: OwnedRooted<StructRef>,
         y: Option<OwnedRooted<ArrayRef>>|
         -> Result<_> {
            caller.gc(None).expect("nothing prevents a collection");
            let y = y.map(|y| y.to_rooted(&mut caller).to_eqref());
            let x = x.to_rooted(&mut caller).to_eqref();
            y.unwrap_or(x).to_owned_rooted(&mut caller)
        },
    )?;
    let instance = linker.instantiate(&mut store, &Module::new(&engine, wat)?)?;
    let make = instance.get_typed_func::<i32, Rooted<StructRef>>(&mut store, "make struct")?;
    let structure = make.call(&mut store, 5)?;
    let make = instance.get_typed_func::<i32, OwnedRooted<ArrayRef>>(&mut store, "make array")?;
    let array = make.call(&mut store, 6)?;
    store.gc(None).expect("nothing prevents a collection");
    let array_here = array.to_rooted(&mut store);
    assert_eq!(array_here.len(&store)?, 6);

    let func =
        instance.get_typed_func::<Rooted<StructRef>, Option<Rooted<StructRef>>>(&mut store, "struct")?;
    let back = func.call(&mut store, structure)?.context("not null")?;
    assert!(Rooted::ref_eq(&store, &back, &structure)?);
    // Any internal reference may turn out to be one to the structure type, or not to be.
    let func = instance.get_typed_func::<Rooted<EqRef>, Option<Rooted<StructRef>>>(&mut store, "struct")?;
    assert!(func.call(&mut store, structure.to_eqref()).is_ok());
    assert!(text(func.call(&mut store, array_here.to_eqref())).contains("wrong type"));
    let func = instance.get_typed_func::<I31, Option<Rooted<StructRef>>>(&mut store, "struct")?;
    assert!(text(func.call(&mut store, I31::wrapping_u32(1))).contains("wrong type"));
    let func =
        instance.get_typed_func::<Option<Rooted<AnyRef>>, Option<Rooted<AnyRef>>>(&mut store, "struct")?;
    assert!(text(func.call(&mut store, None)).contains("wrong type"));

    let func = instance.get_typed_func::<Option<Rooted<ArrayRef>>, Rooted<ArrayRef>>(&mut store, "array")?;
    let back = func.call(&mut store, Some(array_here))?;
    assert!(Rooted::ref_eq(&store, &back, &array_here)?);
    assert!(text(func.call(&mut store, None)).contains("null"));
    let func = instance.get_typed_func::<Option<Rooted<EqRef>>, Rooted<AnyRef>>(&mut store, "eq")?;
    assert!(
        func.call(&mut store, Some(structure.to_eqref()))?
            .is_struct(&store)?
    );
    let func = instance.get_typed_func::<Option<I31>, I31>(&mut store, "i31")?;
    assert_eq!(func.call(&mut store, I31::new_u32(8))?.get_u32(), 9);
    assert_eq!(func.call(&mut store, None)?.get_u32(), 77);
    type Owned = (OwnedRooted<StructRef>, Option<OwnedRooted<ArrayRef>>);
    let func = instance.get_typed_func::<Owned, Rooted<EqRef>>(&mut store, "owned")?;
    let owned = structure.to_owned_rooted(&mut store)?;
    assert!(
        func.call(&mut store, (owned.clone(), Some(array.clone())))?
            .is_array(&store)?
    );
    assert!(func.call(&mut store, (owned, None))?.is_struct(&store)?);
    for wrong in ["struct", "array"] {
        assert!(
            instance
                .get_typed_func::<Option<I31>, I31>(&mut store, wrong)
                .is_err()
        );
    }
    assert!(
        instance
            .get_typed_func::<Rooted<ExternRef>, Rooted<EqRef>>(&mut store, "eq")
            .is_err()
    );
    assert!(
        instance
            .get_typed_func::<Rooted<AnyRef>, Rooted<EqRef>>(&mut store, "eq")
            .is_err()
    );
    Ok(())
}

/// Globals and tables of the host's hold objects, and keep them alive.
#[test]
fn globals_and_tables_of_the_host() -> Result<()> {
    for zeal in [false, true] {
        let engine = Engine::new(Config::new().gc_zeal(zeal))?;
        let mut store = Store::new(&engine, ());
        let ty = StructType::new(&engine, [var(ValType::I32), var(anyref())])?;
        let pre = StructRefPre::new(&mut store, ty.clone());
        let own = RefType::new(true, HeapType::ConcreteStruct(ty));
        let (global, table) = {
            let mut scope = RootScope::new(&mut store);
            let inner = StructRef::new(&mut scope, &pre, &[Val::I32(1), Val::AnyRef(None)])?;
            let outer = StructRef::new(&mut scope, &pre, &[Val::I32(2), inner.into()])?;
            let ty = GlobalType::new(ValType::Ref(own.clone()), Mutability::Var);
            let global = Global::new(&mut scope, ty, outer.into())?;
            let table = Table::new(&mut scope, TableType::new(own, 3, None), inner.into())?;
            table.grow(&mut scope, 100, outer.into())?;
            table.set(&mut scope, 0, Ref::Any(None))?;
            (global, table)
        };
        for index in 0..50 {
            let mut scope = RootScope::new(&mut store);
            StructRef::new(&mut scope, &pre, &[Val::I32(-index), Val::AnyRef(None)])?;
        }
        store.gc(None).expect("nothing prevents a collection");
        let outer = global.get(&mut store);
        let outer = outer.unwrap_anyref().context("not null")?.unwrap_struct(&store)?;
        let inner = outer.field(&mut store, 1)?;
        let inner = inner.unwrap_anyref().copied().context("not null")?;
        assert_eq!(inner.unwrap_struct(&store)?.field(&mut store, 0)?.unwrap_i32(), 1);
        for (index, expected) in [
            (1, inner),
            (2, inner),
            (3, outer.to_anyref()),
            (102, outer.to_anyref()),
        ] {
            let found = table.get(&mut store, index).context("within the table")?;
            assert!(
                Rooted::ref_eq(&store, found.unwrap_any().expect("an object"), &expected)?,
                "{index}"
            );
            assert!(found.as_exn().is_none() && found.as_extern().is_none() && found.as_func().is_none());
        }
        assert!(matches!(table.get(&mut store, 0), Some(Ref::Any(None))));
        let integer = AnyRef::from_i31(&mut store, I31::wrapping_u32(1));
        assert!(
            global.set(&mut store, integer.into()).is_err()
                && table.set(&mut store, 0, integer.into()).is_err()
        );
        assert!(global.set(&mut store, Val::ExternRef(None)).is_err());
    }
    Ok(())
}
