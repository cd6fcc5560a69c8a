//! Import matching, and its explanations.

use super::*;
use crate::{CompositeType, FuncType, HeapType, RecRef, SubType};

fn check(registry: &TypeRegistry, actual: ExternType, expected: ExternType, reason: Option<&str>) {
    let explanation = registry.explain_extern(&actual, &expected).map(|m| m.to_string());
    assert_eq!(explanation.as_deref(), reason, "{actual:?} for {expected:?}");
    assert_eq!(registry.matches_extern(&actual, &expected), reason.is_none());
}

#[test]
fn limits() {
    let registry = TypeRegistry::new();
    let memory = |min, max| {
        let limits = Limits::new(min, max);
        ExternType::Memory(MemoryType {
            index64: false,
            shared: false,
            limits,
            page_size_log2: 16,
        })
    };
    let check = |a, b, reason| check(&registry, a, b, reason);
    check(memory(2, Some(3)), memory(1, Some(3)), None);
    check(memory(2, Some(3)), memory(1, None), None);
    check(
        memory(1, None),
        memory(2, None),
        Some("has size 1, expected at least 2 pages"),
    );
    check(
        memory(2, Some(4)),
        memory(2, Some(3)),
        Some("may grow to 4, expected at most 3 pages"),
    );
    check(
        memory(2, None),
        memory(2, Some(3)),
        Some("may grow without limit, expected at most 3 pages"),
    );
}

#[test]
fn memories() {
    let registry = TypeRegistry::new();
    let limits = Limits::new(1, Some(1));
    let plain = MemoryType {
        index64: false,
        shared: false,
        limits,
        page_size_log2: 16,
    };
    let check = |a, b, reason| check(&registry, ExternType::Memory(a), ExternType::Memory(b), reason);
    check(
        MemoryType {
            index64: true,
            ..plain
        },
        plain,
        Some("is indexed by i64, expected i32"),
    );
    check(
        plain,
        MemoryType {
            shared: true,
            ..plain
        },
        Some("is not shared, expected shared"),
    );
    let bytes = MemoryType {
        page_size_log2: 0,
        ..plain
    };
    check(bytes, plain, Some("has pages of 1 bytes, expected 65536"));
    assert_eq!((plain.max_pages(), plain.page_size()), (65536, 65536));
    assert_eq!((bytes.max_pages(), bytes.page_size()), (u64::from(u32::MAX), 1));
    assert_eq!(
        MemoryType {
            index64: true,
            ..bytes
        }
        .max_pages(),
        u64::MAX
    );
}

#[test]
fn tables_and_globals_are_invariant_where_written() {
    let registry = TypeRegistry::new();
    let table = |element| {
        ExternType::Table(TableType {
            element,
            index64: false,
            limits: Limits::new(0, None),
        })
    };
    let global = |value, mutable| {
        ExternType::Global(GlobalType {
            value: ValType::Ref(value),
            mutable,
        })
    };
    let narrow = RefType::non_null(HeapType::Func);
    let wide = RefType::FUNCREF;
    let check = |a, b, reason| check(&registry, a, b, reason);
    check(table(wide), table(wide), None);
    let backwards = "element: must be the same type, as it is mutable, but funcref is not a subtype of (ref func): \
                     it may be null";
    check(table(narrow), table(wide), Some(backwards));
    let null = "element: funcref is not a subtype of (ref func): it may be null";
    check(table(wide), table(narrow), Some(null));
    check(global(narrow, false), global(wide, false), None);
    let null = "content: funcref is not a subtype of (ref func): it may be null";
    check(global(wide, false), global(narrow, false), Some(null));
    let backwards = backwards.replace("element", "content");
    check(global(narrow, true), global(wide, true), Some(&backwards));
    check(
        global(wide, true),
        global(wide, false),
        Some("is mutable, expected immutable"),
    );
    check(
        global(wide, false),
        global(wide, true),
        Some("is immutable, expected mutable"),
    );
    check(
        table(wide),
        global(wide, true),
        Some("is a table, expected a global"),
    );
}

#[test]
fn functions_and_tags() {
    let registry = TypeRegistry::new();
    let func = |is_final, supertype| SubType {
        is_final,
        supertype,
        composite: CompositeType::Func(FuncType::new([ValType::I32], [])),
    };
    let base = registry.intern(vec![func(false, None)]).unwrap().get(0).unwrap();
    let sub = registry
        .intern(vec![func(true, Some(RecRef::Outer(base.id())))])
        .unwrap()
        .get(0)
        .unwrap();
    let name = |id: TypeId| Some(if id == base.id() { "base" } else { "sub" }.to_owned());
    let text = registry.text().with_names(&name);
    let (base, sub) = (base.id(), sub.id());
    check(&registry, ExternType::Func(sub), ExternType::Func(base), None);
    let mismatch = text
        .explain_extern(&ExternType::Func(base), &ExternType::Func(sub))
        .unwrap();
    assert_eq!(
        mismatch.to_string(),
        "$base is not a subtype of $sub: it is the wider of the two"
    );
    let (tag_base, tag_sub) = (TagType { ty: base }, TagType { ty: sub });
    assert!(registry.matches_tag(&tag_base, &tag_base) && text.explain_tag(&tag_base, &tag_base).is_none());
    let mismatch = text.explain_tag(&tag_sub, &tag_base).unwrap();
    assert_eq!(
        mismatch.to_string(),
        "$sub is not the same type as $base, only a subtype"
    );
    assert!(!registry.matches_tag(&tag_sub, &tag_base));
}
