//! The layout and the displays of descriptors.

use super::*;
use crate::{CompositeType, RecRef, SubType, TypeRegistry};

/// A chain of `len` structure types, each below the one before, in one group.
fn chain(registry: &TypeRegistry, len: u32, is_final: bool) -> Vec<crate::RegisteredType> {
    let group = (0..len)
        .map(|i| SubType {
            is_final: is_final && i + 1 == len,
            supertype: i.checked_sub(1).map(RecRef::Rec),
            composite: CompositeType::Struct(Box::new([])),
        })
        .collect();
    registry.intern(group).unwrap().iter().collect()
}

#[test]
fn displays_of_all_depths() {
    let registry = TypeRegistry::new();
    let types = chain(&registry, 20, false);
    for (depth, ty) in types.iter().enumerate() {
        let descriptor = ty.descriptor();
        let expected: Vec<usize> = types[..=depth].iter().map(|t| t.descriptor().address()).collect();
        assert_eq!(descriptor.supers().collect::<Vec<_>>(), expected);
        assert_eq!(descriptor.depth as usize, depth);
        for (slot, &address) in descriptor.display.iter().enumerate() {
            assert_eq!(address, expected.get(slot).copied().unwrap_or(0));
        }
        assert_eq!(descriptor.overflow != 0, depth >= DISPLAY_LEN);
        for (other_depth, other) in types.iter().enumerate() {
            assert_eq!(descriptor.is_subtype_of(other.descriptor()), other_depth <= depth);
        }
    }
}

#[test]
fn displays_reach_across_groups() {
    let registry = TypeRegistry::new();
    let types = chain(&registry, 12, false);
    let below = SubType {
        is_final: true,
        supertype: Some(RecRef::Outer(types[10].id())),
        composite: CompositeType::Struct(Box::new([])),
    };
    let below = registry.intern(vec![below]).unwrap().get(0).unwrap();
    assert!(types[..=10].iter().all(|t| below.is_subtype_of(t)));
    assert!(!below.is_subtype_of(&types[11]) && !types[11].is_subtype_of(&below));
}

#[test]
fn another_chain_of_the_same_shape_is_unrelated() {
    let registry = TypeRegistry::new();
    let (a, b) = (chain(&registry, 10, false), chain(&registry, 10, true));
    for a in &a {
        assert!(b.iter().all(|b| !a.is_subtype_of(b) && !b.is_subtype_of(a)));
    }
}

#[test]
fn offsets_are_those_of_the_fields() {
    let registry = TypeRegistry::new();
    let ty = &chain(&registry, 1, true)[0];
    let at = |field: usize| field - ty.descriptor().address();
    let d = ty.descriptor();
    assert_eq!(
        at(core::ptr::from_ref(&d.display).addr()),
        TypeDescriptor::OFFSET_DISPLAY
    );
    assert_eq!(
        at(core::ptr::from_ref(&d.overflow).addr()),
        TypeDescriptor::OFFSET_OVERFLOW
    );
    assert_eq!(at(core::ptr::from_ref(&d.id).addr()), TypeDescriptor::OFFSET_ID);
    assert_eq!(
        at(core::ptr::from_ref(&d.depth).addr()),
        TypeDescriptor::OFFSET_DEPTH
    );
    assert_eq!(
        at(core::ptr::from_ref(&d.kind).addr()),
        TypeDescriptor::OFFSET_KIND
    );
    assert_eq!(
        at(core::ptr::from_ref(&d.is_final).addr()),
        TypeDescriptor::OFFSET_IS_FINAL
    );
    assert_eq!(TypeDescriptor::OFFSET_DISPLAY, 0);
    assert!(d.is_final && d.kind == TypeKind::Struct && d.id == ty.id());
}
