//! Mapping visits every reference, in order.

use crate::{CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType, ValType};

#[test]
fn every_reference_once() {
    let to = |r| ValType::Ref(RefType::nullable(HeapType::Concrete(r)));
    let func = CompositeType::Func(FuncType::new([to(1), ValType::I32, to(2)], [to(3)]));
    let field = |storage| FieldType {
        storage,
        mutable: true,
    };
    let fields = [
        field(StorageType::I8),
        field(StorageType::Val(to(1))),
        field(StorageType::Val(to(2))),
    ];
    for (composite, expected) in [
        (func, vec![9, 1, 2, 3]),
        (CompositeType::Struct(Box::new(fields)), vec![9, 1, 2]),
        (CompositeType::Array(fields[2]), vec![9, 2]),
    ] {
        let ty = SubType {
            is_final: false,
            supertype: Some(9),
            composite,
        };
        let mut seen = Vec::new();
        ty.for_each_ref(|r| seen.push(r));
        assert_eq!(seen, expected);
        assert_eq!(ty.map(|r| r + 1).map(|r| r - 1), ty);
    }
}
