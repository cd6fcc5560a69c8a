//! Types that can meet by subtyping have one shape.
use super::*;
use transom_types::{CompositeType, RecRef, RefType, SubType};

#[test]
fn subtypes_have_their_supertypes_shape() {
    let registry = TypeRegistry::new();
    let reference = |nullable, heap| ValType::Ref(RefType { nullable, heap });
    let functions = |params: &[ValType], results: &[ValType]| FuncType {
        params: params.into(),
        results: results.into(),
    };
    let top = functions(
        &[reference(false, HeapType::Eq)],
        &[reference(true, HeapType::Func)],
    );
    let composite = CompositeType::Func(top.clone());
    let group = registry
        .intern(vec![
            SubType {
                is_final: false,
                supertype: None,
                composite,
            }
            .map(RecRef::Outer),
        ])
        .unwrap();
    let own = HeapType::Concrete(group.get(0).unwrap().id());
    let bottom = functions(&[reference(true, HeapType::Any)], &[reference(false, own)]);
    assert!(registry.is_subtype_func(&bottom, &top));
    assert_eq!(Shape::of(&registry, &bottom), Shape::of(&registry, &top));
    assert_eq!(*Shape::of(&registry, &top).params, [MachineClass::I32]);
    assert_eq!(*Shape::of(&registry, &top).results, [MachineClass::I64]);
}

#[test]
fn numbers_are_their_own_class() {
    let registry = TypeRegistry::new();
    let types = [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::V128,
    ];
    let classes = types.map(|ty| MachineClass::of(&registry, ty));
    let sizes = classes.map(MachineClass::size);
    assert_eq!(sizes, [4, 8, 4, 8, 16]);
    assert_eq!(
        classes.map(MachineClass::is_int),
        [true, true, false, false, false]
    );
}
