//! The words of explanations. That there is one iff the relation doesn't hold is tested with the relation.

use crate::{
    CompositeType, FieldType, FuncType, HeapType, RecRef, RefType, RegisteredType, StorageType, SubType,
    TypeId, TypeRegistry, ValType,
};

fn func(is_final: bool, params: &[ValType<RecRef>], results: &[ValType<RecRef>]) -> SubType<RecRef> {
    let func = FuncType::new(params.iter().copied(), results.iter().copied());
    SubType {
        is_final,
        supertype: None,
        composite: CompositeType::Func(func),
    }
}

fn intern(registry: &TypeRegistry, group: Vec<SubType<RecRef>>) -> Vec<RegisteredType> {
    registry.intern(group).unwrap().iter().collect()
}

/// The reason between two types named `$a` and `$b`.
fn reason(registry: &TypeRegistry, a: &RegisteredType, b: &RegisteredType) -> String {
    let name = |id: TypeId| {
        let name = if id == a.id() { "a" } else { "b" };
        (id == a.id() || id == b.id()).then(|| name.to_owned())
    };
    let text = registry.text().with_names(&name);
    let mismatch = text.explain_id(a.id(), b.id()).unwrap().to_string();
    mismatch
        .strip_prefix("$a is not a subtype of $b: ")
        .unwrap()
        .to_owned()
}

#[test]
fn references() {
    let registry = TypeRegistry::new();
    let ty = registry.func_type(FuncType::new([], []));
    let name = |_: TypeId| Some("t".to_owned());
    let text = registry.text().with_names(&name);
    let nullable = |heap| RefType::nullable(heap);
    let t = HeapType::Concrete(ty.id());
    let check = |a, b, expected: &str| {
        assert_eq!(text.explain_ref(a, b).unwrap().to_string(), expected);
    };
    check(
        nullable(t),
        RefType::non_null(t),
        "(ref null $t) is not a subtype of (ref $t): it may be null",
    );
    check(
        nullable(HeapType::Func),
        nullable(t),
        "funcref is not a subtype of (ref null $t): func is the wider of the two",
    );
    check(
        nullable(t),
        RefType::EXTERNREF,
        "(ref null $t) is not a subtype of externref: one is below func, the other below extern",
    );
    check(
        RefType::STRUCTREF,
        RefType::ARRAYREF,
        "structref is not a subtype of arrayref: neither is below the other",
    );
    let a = FuncType::new([], [ValType::Ref(nullable(t))]);
    let b = FuncType::new([], [ValType::Ref(RefType::non_null(t))]);
    let mismatch = text.explain_func(&a, &b).unwrap();
    assert_eq!(
        mismatch.to_string(),
        "result 0: (ref null $t) is not a subtype of (ref $t): it may be null"
    );
    assert_eq!(
        text.explain_val(ValType::I32, ValType::FUNCREF)
            .unwrap()
            .to_string(),
        "i32 is not funcref"
    );
}

#[test]
fn structures_that_differ() {
    let registry = TypeRegistry::new();
    let one = |params: &[_], results: &[_]| intern(&registry, vec![func(false, params, results)]).remove(0);
    let a = one(&[ValType::I32, ValType::I64], &[]);
    assert_eq!(
        reason(&registry, &a, &one(&[ValType::I32], &[])),
        "has 2 parameters, expected 1"
    );
    assert_eq!(
        reason(&registry, &a, &one(&[ValType::I32, ValType::F32], &[])),
        "parameter 1: i64 is not f32"
    );
    let results = one(&[ValType::I32, ValType::I64], &[ValType::I32]);
    assert_eq!(reason(&registry, &a, &results), "has 0 results, expected 1");
    assert_eq!(reason(&registry, &results, &a), "has 1 result, expected 0");
    let takes = |nullable| {
        one(
            &[ValType::Ref(RefType {
                nullable,
                heap: HeapType::Any,
            })],
            &[],
        )
    };
    assert_eq!(
        reason(&registry, &takes(false), &takes(true)),
        "parameter 0: anyref, which may be passed, is not a subtype of (ref any): it may be null"
    );
}

#[test]
fn structures_that_match_but_are_not_declared() {
    let registry = TypeRegistry::new();
    let open = intern(&registry, vec![func(false, &[], &[])]).remove(0);
    let closed = intern(&registry, vec![func(true, &[], &[])]).remove(0);
    let pair = intern(&registry, vec![func(true, &[], &[]), func(true, &[], &[])]);
    assert_eq!(
        reason(&registry, &closed, &open),
        "equal structure, but it is final and the expected type is not"
    );
    assert_eq!(
        reason(&registry, &open, &closed),
        "equal structure, but the expected type is final and it is not"
    );
    assert_eq!(
        reason(&registry, &closed, &pair[0]),
        "equal structure, but in another rec group"
    );
    assert_eq!(
        reason(&registry, &pair[1], &pair[0]),
        "equal structure, but at another position of the rec group"
    );
    let wide = intern(&registry, vec![func(false, &[], &[ValType::ANYREF])]).remove(0);
    let narrow = func(false, &[], &[ValType::Ref(RefType::EQREF)]);
    let alone = intern(&registry, vec![narrow.clone()]).remove(0);
    assert_eq!(
        reason(&registry, &alone, &wide),
        "not declared a subtype: $a has no supertype"
    );
    let closed = intern(&registry, vec![func(true, &[], &[ValType::ANYREF])]).remove(0);
    assert_eq!(
        reason(&registry, &alone, &closed),
        "not declared a subtype: $b is final"
    );
    let below = SubType {
        supertype: Some(RecRef::Outer(alone.id())),
        ..narrow
    };
    let below = intern(&registry, vec![below]).remove(0);
    assert_eq!(
        reason(&registry, &below, &wide),
        "not declared a subtype: the supertype of $a is (sub (func (result eqref)))"
    );
}

#[test]
fn structures_and_arrays() {
    let registry = TypeRegistry::new();
    let text = registry.text();
    let field = |storage, mutable| FieldType { storage, mutable };
    let structure = |fields: &[FieldType]| CompositeType::Struct(fields.into());
    let check = |a: &CompositeType, b: &CompositeType, expected: &str| {
        assert_eq!(text.explain_composite(a, b).unwrap().to_string(), expected);
    };
    let i8 = field(StorageType::I8, false);
    check(
        &structure(&[i8]),
        &structure(&[i8, i8]),
        "has 1 field, expected 2",
    );
    check(
        &structure(&[i8, field(StorageType::I16, false)]),
        &structure(&[i8, i8]),
        "field 1: i16 is not i8",
    );
    check(
        &structure(&[field(StorageType::I8, true)]),
        &structure(&[i8]),
        "field 0: is mutable, expected immutable",
    );
    check(
        &CompositeType::Array(i8),
        &structure(&[i8]),
        "is an array type, expected a structure type",
    );
    let any = |nullable, mutable| {
        field(
            StorageType::Val(ValType::Ref(RefType {
                nullable,
                heap: HeapType::Any,
            })),
            mutable,
        )
    };
    check(
        &CompositeType::Array(any(false, true)),
        &CompositeType::Array(any(true, true)),
        "element: must be the same type, as it is mutable, but anyref is not a subtype of (ref any): it may be null",
    );
}

#[test]
fn recursive_types_have_short_reasons() {
    let registry = TypeRegistry::new();
    let own = ValType::Ref(RefType::nullable(HeapType::Concrete(RecRef::Rec(0))));
    let a = intern(&registry, vec![func(false, &[own], &[ValType::I32])]).remove(0);
    let b = intern(&registry, vec![func(false, &[own], &[ValType::I64])]).remove(0);
    assert_eq!(
        reason(&registry, &a, &b),
        "parameter 0: (ref null $b), which may be passed, is not a subtype of (ref null $a): not declared a subtype: $b has no \
         supertype"
    );
}
