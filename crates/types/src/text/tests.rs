//! The text form.

use crate::{
    CompositeType, ExternType, FieldType, FuncType, GlobalType, HeapType, Limits, MemoryType, RecGroup,
    RecRef, RefType, StorageType, SubType, TableType, TypeId, TypeRegistry, ValType,
};

fn sub(supertype: Option<RecRef>, composite: CompositeType<RecRef>) -> SubType<RecRef> {
    SubType {
        is_final: false,
        supertype,
        composite,
    }
}

fn to<R>(r: R) -> ValType<R> {
    ValType::Ref(RefType::nullable(HeapType::Concrete(r)))
}

fn intern(registry: &TypeRegistry, group: Vec<SubType<RecRef>>) -> RecGroup {
    registry.intern(group).unwrap()
}

#[test]
fn values() {
    let registry = TypeRegistry::new();
    let text = registry.text();
    let non_null = |heap| ValType::Ref(RefType::non_null(heap));
    let nullable = |heap| ValType::Ref(RefType::nullable(heap));
    for (ty, expected) in [
        (ValType::I32, "i32"),
        (ValType::V128, "v128"),
        (ValType::FUNCREF, "funcref"),
        (nullable(HeapType::I31), "i31ref"),
        (nullable(HeapType::None), "nullref"),
        (nullable(HeapType::NoFunc), "nullfuncref"),
        (nullable(HeapType::NoExtern), "nullexternref"),
        (nullable(HeapType::NoExn), "nullexnref"),
        (non_null(HeapType::Func), "(ref func)"),
        (non_null(HeapType::NoExtern), "(ref noextern)"),
    ] {
        assert_eq!(text.val(ty), expected);
    }
}

#[test]
fn concrete_references_by_name_or_structure() {
    let registry = TypeRegistry::new();
    let callback = registry.func_type(FuncType::new([ValType::I32], [ValType::FUNCREF]));
    let user = registry.func_type(FuncType::new([to(callback.id())], []));
    let text = registry.text();
    assert_eq!(text.id(callback.id()), "(func (param i32) (result funcref))");
    assert_eq!(
        text.id(user.id()),
        "(func (param (ref null (func (param i32) (result funcref)))))"
    );
    let name = |id: TypeId| (id == callback.id()).then(|| "cb".to_owned());
    let named = text.with_names(&name);
    assert_eq!(named.id(callback.id()), "$cb");
    assert_eq!(named.definition(&user), "(func (param (ref null $cb)))");
    assert_eq!(named.definition(&callback), "(func (param i32) (result funcref))");
    let odd = |_: TypeId| Some("a b".to_owned());
    assert_eq!(
        text.with_names(&odd).val(to(callback.id())),
        "(ref null $\"a b\")"
    );
}

#[test]
fn nesting_is_cut() {
    let registry = TypeRegistry::new();
    let mut last = registry.func_type(FuncType::new([], []));
    for _ in 0..5 {
        last = registry.func_type(FuncType::new([to(last.id())], []));
    }
    let expected = "(func (param (ref null (func (param (ref null (func (param (ref null (func …)))))))))";
    assert_eq!(registry.text().id(last.id()), format!("{expected})"));
    let wide = registry.func_type(FuncType::new([ValType::EXTERNREF; 12], []));
    assert_eq!(registry.text().val(to(wide.id())), "(ref null (func …))");
    assert!(registry.text().id(wide.id()).ends_with("externref))"));
}

#[test]
fn wide_and_deep_types_are_written_quickly() {
    let registry = TypeRegistry::new();
    let mut last = registry.func_type(FuncType::new([], []));
    for _ in 0..4 {
        last = registry.func_type(FuncType::new([to(last.id()); 1000], []));
    }
    assert!(registry.text().id(last.id()).len() < 100_000);
    assert!(
        registry
            .explain_val(to(last.id()), ValType::EXTERNREF)
            .unwrap()
            .to_string()
            .len()
            < 1_000
    );
}

#[test]
fn groups_and_definitions() {
    let registry = TypeRegistry::new();
    let field = |storage, mutable| FieldType { storage, mutable };
    let list = intern(
        &registry,
        vec![
            sub(
                None,
                CompositeType::Struct(Box::new([field(StorageType::Val(to(RecRef::Rec(0))), true)])),
            ),
            SubType {
                is_final: true,
                supertype: Some(RecRef::Rec(0)),
                composite: CompositeType::Struct(Box::new([
                    field(StorageType::Val(to(RecRef::Rec(0))), true),
                    field(StorageType::I8, true),
                ])),
            },
        ],
    );
    let text = registry.text();
    let expected = "(rec (type $rec.0 (sub (struct (field (mut (ref null $rec.0)))))) (type $rec.1 (sub final \
                    $rec.0 (struct (field (mut (ref null $rec.0))) (field (mut i8))))))";
    assert_eq!(text.group(&list), expected);
    let base = list.get(0).unwrap().id();
    let name = |id: TypeId| (id == base).then(|| "x".to_owned());
    let second = list.get(1).unwrap();
    let expected = "(sub final $x (struct (field (mut (ref null $x))) (field (mut i8))))";
    assert_eq!(text.with_names(&name).definition(&second), expected);
    let array = intern(
        &registry,
        vec![sub(None, CompositeType::Array(field(StorageType::I16, false)))],
    );
    assert_eq!(text.group(&array), "(type $rec.0 (sub (array i16)))");
    assert_eq!(text.group(&intern(&registry, vec![])), "(rec)");
}

#[test]
fn dead_types_have_a_text() {
    let registry = TypeRegistry::new();
    let id = registry.func_type(FuncType::new([], [])).id();
    assert_eq!(registry.text().val(to(id)), "(ref null $type.0)");
    assert_eq!(
        registry.text().extern_type(&ExternType::Func(id)),
        "(func (type $type.0))"
    );
}

#[test]
fn externals() {
    let registry = TypeRegistry::new();
    let text = registry.text();
    let limits = Limits::new(1, Some(2));
    let table = TableType {
        element: RefType::FUNCREF,
        index64: true,
        limits,
    };
    assert_eq!(
        text.extern_type(&ExternType::Table(table)),
        "(table i64 1 2 funcref)"
    );
    let memory = MemoryType {
        index64: false,
        shared: true,
        limits,
        page_size_log2: 0,
    };
    assert_eq!(text.memory(&memory), "(memory 1 2 shared (pagesize 1))");
    let global = GlobalType {
        value: ValType::I32,
        mutable: true,
    };
    assert_eq!(
        text.extern_type(&ExternType::Global(global)),
        "(global (mut i32))"
    );
    let func = registry.func_type(FuncType::new([ValType::I32], []));
    assert_eq!(
        text.extern_type(&ExternType::Func(func.id())),
        "(func (param i32))"
    );
    let tag = ExternType::Tag(crate::TagType { ty: func.id() });
    assert_eq!(text.extern_type(&tag), "(tag (param i32))");
    let open = intern(
        &registry,
        vec![sub(None, CompositeType::Func(FuncType::new([], [])))],
    );
    let open = ExternType::Func(open.get(0).unwrap().id());
    assert_eq!(text.extern_type(&open), "(func (type (sub (func))))");
}
