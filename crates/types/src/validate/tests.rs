//! What groups are refused for.

use crate::{
    CompositeType, FieldType, FuncType, HeapType, MAX_SUBTYPING_DEPTH, RecRef, RefType, RegisteredType,
    StorageType, SubType, TypeError, TypeRegistry, ValType,
};

fn structure(supertype: Option<RecRef>, fields: &[ValType<RecRef>]) -> SubType<RecRef> {
    let field = |&v| FieldType {
        storage: StorageType::Val(v),
        mutable: false,
    };
    SubType {
        is_final: false,
        supertype,
        composite: CompositeType::Struct(fields.iter().map(field).collect()),
    }
}

#[test]
fn references_must_be_in_range() {
    let registry = TypeRegistry::new();
    let bad = structure(
        None,
        &[ValType::Ref(RefType::nullable(HeapType::Concrete(RecRef::Rec(
            2,
        ))))],
    );
    let error = registry.intern(vec![structure(None, &[]), bad]).unwrap_err();
    assert_eq!(
        error,
        TypeError::OutOfRange {
            at: 1,
            index: 2,
            len: 2
        }
    );
    assert_eq!(
        error.to_string(),
        "type 1 of the rec group refers to type 2 of a group of 2"
    );
    assert!(registry.is_empty());
}

#[test]
fn a_supertype_comes_first() {
    let registry = TypeRegistry::new();
    let later = vec![structure(Some(RecRef::Rec(1)), &[]), structure(None, &[])];
    assert_eq!(
        registry.intern(later),
        Err(TypeError::SupertypeNotEarlier { at: 0, supertype: 1 })
    );
    let itself = vec![structure(Some(RecRef::Rec(0)), &[])];
    assert_eq!(
        registry.intern(itself),
        Err(TypeError::SupertypeNotEarlier { at: 0, supertype: 0 })
    );
}

#[test]
fn a_supertype_is_not_final() {
    let registry = TypeRegistry::new();
    let group = vec![
        SubType::final_of(structure(None, &[]).composite),
        structure(Some(RecRef::Rec(0)), &[]),
    ];
    assert_eq!(registry.intern(group), Err(TypeError::FinalSupertype { at: 1 }));
    let ty = registry.func_type(FuncType::new([], []));
    let below = SubType {
        is_final: true,
        supertype: Some(RecRef::Outer(ty.id())),
        composite: CompositeType::Func(FuncType::new([], [])),
    };
    assert_eq!(
        registry.intern(vec![below]),
        Err(TypeError::FinalSupertype { at: 0 })
    );
}

#[test]
fn a_supertype_matches_by_structure() {
    let registry = TypeRegistry::new();
    let group = vec![
        structure(None, &[ValType::I32]),
        structure(Some(RecRef::Rec(0)), &[ValType::I64]),
    ];
    let error = registry.intern(group).unwrap_err();
    let text = "type 1 of the rec group does not match its declared supertype: field 0: i64 is not i32";
    assert_eq!(error.to_string(), text);
    let to = |index, nullable| {
        ValType::Ref(RefType {
            nullable,
            heap: HeapType::Concrete(RecRef::Rec(index)),
        })
    };
    let group = vec![
        structure(None, &[to(0, false)]),
        structure(Some(RecRef::Rec(0)), &[to(1, false)]),
        structure(Some(RecRef::Rec(1)), &[to(2, true)]),
    ];
    let error = registry.intern(group).unwrap_err();
    let text = "type 2 of the rec group does not match its declared supertype: field 0: (ref null $rec.2) is not a \
                subtype of (ref $rec.1): it may be null";
    assert_eq!(error.to_string(), text);
}

#[test]
fn subtyping_is_not_too_deep() {
    let registry = TypeRegistry::new();
    let mut last: RegisteredType = registry
        .intern(vec![structure(None, &[])])
        .unwrap()
        .get(0)
        .unwrap();
    for _ in 0..MAX_SUBTYPING_DEPTH {
        let below = structure(Some(RecRef::Outer(last.id())), &[]);
        last = registry.intern(vec![below]).unwrap().get(0).unwrap();
    }
    assert_eq!(last.descriptor().depth as usize, MAX_SUBTYPING_DEPTH);
    let below = structure(Some(RecRef::Outer(last.id())), &[]);
    assert_eq!(registry.intern(vec![below]), Err(TypeError::TooDeep { at: 0 }));
    let chain = (0..65u32)
        .map(|i| structure(i.checked_sub(1).map(RecRef::Rec), &[]))
        .collect();
    assert_eq!(registry.intern(chain), Err(TypeError::TooDeep { at: 64 }));
}
