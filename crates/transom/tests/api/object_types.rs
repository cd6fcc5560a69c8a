//! Types of structures and arrays, made by the host.

use transom::error::Context as _;
use transom::*;

fn field(mutability: Mutability, ty: impl Into<StorageType>) -> FieldType {
    FieldType::new(mutability, ty.into())
}

fn var(ty: impl Into<StorageType>) -> FieldType {
    field(Mutability::Var, ty)
}

fn constant(ty: impl Into<StorageType>) -> FieldType {
    field(Mutability::Const, ty)
}

fn reference(heap: impl Into<HeapType>) -> ValType {
    ValType::Ref(RefType::new(true, heap.into()))
}

fn open(engine: &Engine, above: Option<&StructType>, fields: &[FieldType]) -> Result<StructType> {
    StructType::with_finality_and_supertype(engine, Finality::NonFinal, above, fields.iter().cloned())
}

#[test]
fn fields_and_elements_tell_what_they_are() -> Result<()> {
    let engine = Engine::default();
    let fields = [
        var(StorageType::I8),
        constant(StorageType::I16),
        var(ValType::V128),
        constant(ValType::FUNCREF),
    ];
    let ty = StructType::new(&engine, fields.clone())?;
    assert_eq!(ty.fields().len(), 4);
    for (found, expected) in ty.fields().zip(&fields) {
        assert!(FieldType::eq(&found, expected), "{found} {expected}");
    }
    assert!(ty.field(4).is_none() && Engine::same(ty.engine(), &engine));
    assert_eq!(
        ty.to_string(),
        "(struct (field (mut i8)) (field i16) (field (mut v128)) (field funcref))"
    );
    let (first, second) = (ty.field(0).context("there")?, ty.field(1).context("there")?);
    assert!(first.element_type().is_i8() && second.element_type().is_i16());
    assert!(
        first.element_type().as_val_type().is_none() && matches!(first.element_type().unpack(), ValType::I32)
    );
    assert_eq!(
        (first.mutability(), second.mutability()),
        (Mutability::Var, Mutability::Const)
    );
    let array = ArrayType::new(&engine, var(ty.field(3).context("there")?.element_type().clone()));
    assert_eq!(array.to_string(), "(array (mut funcref))");
    assert!(array.mutability() == Mutability::Var && array.element_type().unwrap_val_type().is_ref());
    assert_eq!(StructType::new(&engine, [])?.to_string(), "(struct)");
    Ok(())
}

/// The same structure is the same type, in modules as well; finality, supertypes and mutability make others.
#[test]
fn equal_types_are_one() -> Result<()> {
    let engine = Engine::default();
    let i32 = || [var(ValType::I32)];
    let base = open(&engine, None, &i32())?;
    let again = open(&engine, None, &i32())?;
    let others = [
        StructType::new(&engine, i32())?,
        open(&engine, Some(&base), &i32())?,
        open(&engine, None, &[constant(ValType::I32)])?,
        open(&engine, None, &[])?,
    ];
    assert!(StructType::eq(&base, &again) && base.matches(&again) && again.matches(&base));
    for other in &others {
        assert!(!StructType::eq(&base, other), "{base} {other}");
    }
    assert!(others[1].matches(&base) && !base.matches(&others[1]));
    assert!(
        others[1]
            .supertype()
            .is_some_and(|above| StructType::eq(&above, &base))
    );
    assert_eq!(
        (others[0].finality(), base.finality()),
        (Finality::Final, Finality::NonFinal)
    );
    let module = Module::new(
        &engine,
        r#"(module (type $b (sub (struct (field (mut i32))))) (type $s (sub $b (struct (field (mut i32)))))
            (global (export "g") (ref null $s) (ref.null $s)))"#,
    )?;
    let global = module
        .get_export("g")
        .and_then(|ty| ty.global().cloned())
        .context("exported")?;
    let HeapType::ConcreteStruct(found) = global.content().unwrap_ref().heap_type().clone() else {
        bail!("another kind of type")
    };
    assert!(StructType::eq(&found, &others[1]) && found.matches(&base));
    let elements = [
        ArrayType::new(&engine, var(ValType::I32)),
        ArrayType::new(&engine, constant(ValType::I32)),
    ];
    assert!(!ArrayType::eq(&elements[0], &elements[1]) && !elements[0].matches(&elements[1]));
    Ok(())
}

/// What may not be a subtype, and what the error says of it.
#[test]
fn supertypes_are_checked() -> Result<()> {
    let engine = Engine::default();
    let base = open(
        &engine,
        None,
        &[var(ValType::I32), constant(reference(HeapType::Eq))],
    )?;
    let last = StructType::new(&engine, [])?;
    let refused = |above: &StructType, fields: &[FieldType]| match open(&engine, Some(above), fields) {
        Ok(ty) => bail!("{ty} is no subtype of {above}"),
        Err(error) => Ok(format!("{error:#}")),
    };
    let text = refused(&base, &[var(ValType::I64), constant(reference(HeapType::Eq))])?;
    assert!(text.contains("field 0"), "{text}");
    let text = refused(
        &base,
        &[constant(ValType::I32), constant(reference(HeapType::Eq))],
    )?;
    assert!(text.contains("field 0"), "{text}");
    let text = refused(&base, &[var(ValType::I32), constant(reference(HeapType::Any))])?;
    assert!(text.contains("field 1"), "{text}");
    let text = refused(&base, &[var(ValType::I32)])?;
    assert!(text.contains("field"), "{text}");
    let text = refused(&last, &[])?;
    assert!(text.contains("final"), "{text}");
    // Immutable fields may be more special, and there may be more of them.
    let below = open(
        &engine,
        Some(&base),
        &[
            var(ValType::I32),
            constant(reference(HeapType::I31)),
            var(StorageType::I8),
        ],
    )?;
    assert!(below.matches(&base));
    let numbers = ArrayType::with_finality_and_supertype(
        &engine,
        Finality::NonFinal,
        None,
        constant(reference(HeapType::Eq)),
    )?;
    let array =
        |element| ArrayType::with_finality_and_supertype(&engine, Finality::Final, Some(&numbers), element);
    assert!(array(constant(reference(HeapType::Struct)))?.matches(&numbers));
    let error = array(constant(ValType::I32)).expect_err("another element");
    assert!(format!("{error:#}").contains("element"), "{error:#}");
    assert!(array(var(reference(HeapType::Eq))).is_err());
    Ok(())
}

#[test]
fn types_of_another_engine_are_refused() -> Result<()> {
    let (engine, other) = (Engine::default(), Engine::default());
    let foreign = open(&other, None, &[])?;
    assert!(open(&engine, Some(&foreign), &[]).is_err());
    let foreign_field = || var(reference(HeapType::ConcreteStruct(foreign.clone())));
    assert!(StructType::new(&engine, [foreign_field()]).is_err());
    let own = open(&engine, None, &[])?;
    assert!(!own.matches(&foreign) && !StructType::eq(&own, &foreign));
    let array = ArrayType::new(&other, var(ValType::I32));
    assert!(
        ArrayType::with_finality_and_supertype(&engine, Finality::Final, Some(&array), var(ValType::I32))
            .is_err()
    );
    let panics = |work: &dyn Fn()| {
        crate::support::quietly(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))).is_err()
    };
    assert!(panics(&|| drop(ArrayType::new(&engine, foreign_field()))));
    assert!(panics(&|| drop(StructRefPre::new(
        Store::new(&engine, ()),
        foreign.clone()
    ))));
    assert!(panics(&|| drop(ArrayRefPre::new(
        Store::new(&engine, ()),
        array.clone()
    ))));
    Ok(())
}

/// Types are no deeper than the specification's limit, whoever makes them; a long one is fine.
#[test]
fn depth_and_length() -> Result<()> {
    let engine = Engine::default();
    let mut chain = vec![open(&engine, None, &[])?];
    let error = loop {
        match open(&engine, chain.last(), &[]) {
            Ok(ty) => chain.push(ty),
            Err(error) => break error,
        }
        ensure!(chain.len() < 100, "no limit");
    };
    assert_eq!(chain.len(), 64);
    assert!(format!("{error:#}").contains("63 supertypes"), "{error:#}");
    assert!(chain[63].matches(&chain[0]) && !chain[62].matches(&chain[63]));
    let mut store = Store::new(&engine, ());
    let pre = StructRefPre::new(&mut store, chain[63].clone());
    let deep = StructRef::new(&mut store, &pre, &[])?;
    for ty in &chain {
        assert!(deep.matches_ty(&store, ty)?);
    }
    let long = StructType::new(&engine, vec![var(ValType::I64); 10_000])?;
    let pre = StructRefPre::new(&mut store, long);
    let values: Vec<Val> = (0..10_000).map(Val::I64).collect();
    let long = StructRef::new(&mut store, &pre, &values)?;
    store.gc(None).expect("nothing prevents a collection");
    assert_eq!(long.field(&mut store, 9_999)?.unwrap_i64(), 9_999);
    Ok(())
}
