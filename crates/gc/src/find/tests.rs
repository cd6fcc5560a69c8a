//! Objects are found where they begin, and nowhere else.
use crate::Extent;
use crate::testing::Nest;
use std::collections::HashSet;
use transom_layout::object::NURSERY_START;

/// Compares with the roots, which are all objects of the heap.
fn check(nest: &Nest) {
    let objects: HashSet<u32> = nest.roots.0.iter().copied().collect();
    for &object in &objects {
        for near in (object.saturating_sub(600)..object + 600).chain([object + 100_000]) {
            assert_eq!(
                nest.heap.is_object(near),
                objects.contains(&near),
                "{near:#x}, beside {object:#x}"
            );
        }
    }
    for nothing in [0, 1, 4, 8, 0x10_0000, NURSERY_START - 8, u32::MAX, u32::MAX - 7] {
        assert_eq!(
            nest.heap.is_object(nothing),
            objects.contains(&nothing),
            "{nothing:#x}"
        );
    }
}

#[test]
fn in_every_space() {
    let mut nest = Nest::tiny();
    check(&nest);
    for round in 0..6 {
        for index in 0..40 {
            let object = match index % 4 {
                0 | 1 => nest.node(None, index),
                2 => nest.array(nest.bytes, 7 * index * (round + 1)),
                _ => nest.array(nest.refs, 100 * (index % 8)),
            };
            nest.root(object);
        }
        let large = nest.array(nest.refs, 5000 + round);
        nest.root(large);
        check(&nest);
        nest.collect(if round % 2 == 0 {
            Extent::Minor
        } else {
            Extent::Full
        });
        check(&nest);
    }
}
