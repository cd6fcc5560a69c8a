//! Handles.

use crate::{FuncType, RegisteredType, TypeKind, TypeRegistry, ValType};
use std::collections::HashSet;

#[test]
fn handles_are_equal_by_identity() {
    let (a, b) = (TypeRegistry::new(), TypeRegistry::new());
    let in_a = a.func_type(FuncType::new([ValType::I32], []));
    let in_b = b.func_type(FuncType::new([ValType::I32], []));
    assert_eq!(in_a.id(), in_b.id(), "ids mean nothing without their registry");
    assert_ne!(in_a, in_b);
    assert_eq!(in_a, in_a.clone());
    assert_ne!(in_a.group(), in_b.group());
    let set: HashSet<RegisteredType> = [in_a.clone(), in_a.clone(), in_b].into();
    assert_eq!(set.len(), 2);
    assert_eq!(
        (in_a.kind(), in_a.index(), in_a.group().len()),
        (TypeKind::Func, 0, 1)
    );
    assert!(in_a.as_struct().is_none() && in_a.as_array().is_none());
}

#[test]
fn handles_can_be_sent_and_shared() {
    fn check<T: Send + Sync>() {}
    check::<RegisteredType>();
    check::<TypeRegistry>();
}
