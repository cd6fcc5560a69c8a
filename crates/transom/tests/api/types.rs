//! Predicates, constants and default values of types.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use transom::error::Context as _;
use transom::*;

/// A heap type of each kind, in the order of hierarchies, each from top to bottom.
fn heap_types(engine: &Engine) -> Result<Vec<HeapType>> {
    let field = FieldType::new(Mutability::Const, StorageType::I8);
    Ok(vec![
        HeapType::Extern,
        HeapType::NoExtern,
        HeapType::Func,
        FuncType::new(engine, [], []).into(),
        HeapType::NoFunc,
        HeapType::Any,
        HeapType::Eq,
        HeapType::I31,
        HeapType::Struct,
        StructType::new(engine, [field.clone()])?.into(),
        HeapType::Array,
        ArrayType::new(engine, field).into(),
        HeapType::None,
        HeapType::Exn,
        ExnType::new(engine, [ValType::I32])?.into(),
        HeapType::NoExn,
        HeapType::Cont,
        HeapType::NoCont,
    ])
}

#[test]
fn each_heap_type_has_one_predicate() -> Result<()> {
    let types = heap_types(&Engine::default())?;
    let predicates: [fn(&HeapType) -> bool; 14] = [
        HeapType::is_extern,
        HeapType::is_func,
        HeapType::is_concrete_func,
        HeapType::is_no_func,
        HeapType::is_any,
        HeapType::is_i31,
        HeapType::is_concrete_struct,
        HeapType::is_concrete_array,
        HeapType::is_none,
        HeapType::is_exn,
        HeapType::is_concrete_exn,
        HeapType::is_no_exn,
        HeapType::is_cont,
        |ty| ty.is_concrete() && ty.is_abstract() || ty.is_concrete_cont(),
    ];
    for (index, predicate) in predicates.iter().enumerate() {
        let holds = types.iter().filter(|ty| predicate(ty)).count();
        assert_eq!(holds, usize::from(index < 13), "predicate {index}");
    }
    for ty in &types {
        let concrete = [
            ty.as_concrete_func().is_some(),
            ty.as_concrete_struct().is_some(),
            ty.as_concrete_array().is_some(),
            ty.as_concrete_exn().is_some(),
        ];
        let count = concrete.iter().filter(|&&is| is).count();
        assert_eq!(count, usize::from(ty.is_concrete()), "{ty}");
    }
    Ok(())
}

#[test]
fn a_hierarchy_lies_between_its_top_and_its_bottom() -> Result<()> {
    let types = heap_types(&Engine::default())?;
    for ty in &types {
        let (top, bottom) = (ty.top(), ty.bottom());
        assert!(top.is_top() && bottom.is_bottom() && !top.is_bottom() && !bottom.is_top());
        assert!(bottom.matches(ty) && ty.matches(&top), "{ty}");
        assert_eq!(ty.is_top(), HeapType::eq(ty, &top), "{ty}");
        assert_eq!(ty.is_bottom(), HeapType::eq(ty, &bottom), "{ty}");
        for other in types.iter().filter(|other| !HeapType::eq(&other.top(), &top)) {
            assert!(!ty.matches(other) && !HeapType::eq(ty, other), "{ty} and {other}");
        }
    }
    Ok(())
}

#[test]
fn equal_types_have_equal_hashes() -> Result<()> {
    let engine = Engine::default();
    let hash = |ty: &HeapType| {
        let mut hasher = DefaultHasher::new();
        ty.hash(&mut hasher);
        hasher.finish()
    };
    let (first, second) = (heap_types(&engine)?, heap_types(&engine)?);
    for (a, b) in first.iter().zip(&second) {
        assert!(HeapType::eq(a, b));
        assert_eq!(hash(a), hash(b), "{a}");
    }
    // The type of exceptions has the hash of `exn`, to which it lowers.
    let different: HashSet<u64> = first.iter().map(hash).collect();
    assert_eq!(different.len(), first.len() - 1);
    Ok(())
}

#[test]
fn value_types_tell_what_they_are() {
    let types = [
        (ValType::I32, true),
        (ValType::I64, true),
        (ValType::F32, true),
        (ValType::F64, true),
        (ValType::V128, false),
        (ValType::FUNCREF, false),
        (ValType::EXTERNREF, false),
        (ValType::ANYREF, false),
    ];
    let predicates: [fn(&ValType) -> bool; 8] = [
        ValType::is_i32,
        ValType::is_i64,
        ValType::is_f32,
        ValType::is_f64,
        ValType::is_v128,
        ValType::is_funcref,
        ValType::is_externref,
        ValType::is_anyref,
    ];
    for (at, (ty, number)) in types.iter().enumerate() {
        assert_eq!(ty.is_num(), *number, "{ty}");
        for (index, predicate) in predicates.iter().enumerate() {
            assert_eq!(predicate(ty), index == at, "{ty}");
        }
    }
    let non_null = ValType::Ref(RefType::new(false, HeapType::Func));
    assert!(!non_null.is_funcref() && non_null.default_value().is_none());
    assert!(ValType::NULLFUNCREF.matches(&ValType::FUNCREF) && ValType::I31REF.matches(&ValType::EQREF));
    assert!(ValType::NULLREF.matches(&ValType::ARRAYREF) && ValType::STRUCTREF.matches(&ValType::ANYREF));
    assert!(
        ValType::NULLEXNREF.matches(&ValType::EXNREF) && ValType::NULLEXTERNREF.matches(&ValType::EXTERNREF)
    );
}

#[test]
fn storage_types_and_mutability_tell_what_they_are() {
    let value = StorageType::from(RefType::EQREF);
    assert!(value.is_val_type() && !StorageType::I8.is_val_type() && !StorageType::I16.is_val_type());
    assert!(value.matches(&RefType::ANYREF.into()) && !StorageType::I8.matches(&StorageType::I16));
    assert!(Mutability::Const.is_const() && Mutability::Var.is_var() && !Mutability::Var.is_const());
    assert!(
        Finality::Final.is_final() && Finality::NonFinal.is_non_final() && !Finality::Final.is_non_final()
    );
}

#[test]
fn types_of_items_have_default_values() -> Result<()> {
    let mut store = Store::<()>::default();
    let engine = store.engine().clone();
    let func = FuncType::try_new(&engine, [ValType::I32], [ValType::F64, ValType::FUNCREF])?;
    let func = ExternType::from(func).default_value(&mut store)?.into_func();
    let mut results = [Val::I32(7), Val::I32(7)];
    func.context("a function")?
        .call(&mut store, &[Val::I32(1)], &mut results)?;
    assert_eq!(
        (results[0].unwrap_f64(), results[1].unwrap_func_ref().is_none()),
        (0.0, true)
    );
    let table = ExternType::from(TableType::new(RefType::EXTERNREF, 2, None));
    let table = table.default_value(&mut store)?.into_table().context("a table")?;
    assert!(table.get(&mut store, 1).is_some_and(|element| element.is_null()));
    for ty in [MemoryType::new(1, None), MemoryType::shared(1, 2)] {
        let shared = ty.is_shared();
        let memory = ExternType::from(ty).default_value(&mut store)?;
        assert_eq!(memory.clone().into_memory().is_some(), !shared);
        assert_eq!(memory.into_shared_memory().is_some(), shared);
    }
    let tag = ExternType::from(TagType::new(FuncType::new(&engine, [], [])));
    assert!(tag.default_value(&mut store)?.into_tag().is_some());
    assert!(tag.tag().is_some() && tag.table().is_none() && tag.unwrap_tag().ty().params().len() == 0);
    // References that must not be null have no default value.
    let strict = RefType::new(false, HeapType::Func);
    let func = FuncType::new(&engine, [], [strict.clone().into()]);
    assert!(func.default_value(&mut store).is_err());
    assert!(
        TableType::new(strict.clone(), 0, None)
            .default_value(&mut store)
            .is_err()
    );
    let global = GlobalType::new(strict.into(), Mutability::Const);
    assert!(global.default_value(&mut store).is_err());
    Ok(())
}

#[test]
fn types_of_exceptions_are_those_of_tags() -> Result<()> {
    let engine = Engine::default();
    let ty = ExnType::new(&engine, [ValType::I64])?;
    let same = ExnType::from_tag_type(&ty.tag_type())?;
    let other = ExnType::new(&engine, [ValType::I32])?;
    assert!(ExnType::eq(&ty, &same) && !ty.matches(&other));
    assert_eq!(ty.to_string(), "(exn i64)");
    let returns = TagType::new(FuncType::new(&engine, [], [ValType::I32]));
    let error = ExnType::from_tag_type(&returns).expect_err("it has results");
    assert!(error.to_string().contains("has no results"), "{error}");
    let foreign = ExnType::new(
        &Engine::default(),
        [HeapType::from(FuncType::new(&engine, [], []))].map(|heap| ValType::Ref(RefType::new(true, heap))),
    );
    assert!(foreign.is_err());
    Ok(())
}
