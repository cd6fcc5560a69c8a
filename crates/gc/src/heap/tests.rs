//! The heap's own arithmetic.
use crate::HeapOptions;
use crate::testing::Nest;
use transom_layout::object::{LARGE_OBJECT, NURSERY_START, array_size};

#[test]
fn options_are_held_within_what_is_possible() {
    for (size, max, expected) in [
        (0, 0, 64 << 10),
        (1 << 20, 0, 1 << 20),
        (1 << 20, 4 << 20, 1 << 20),
        (u32::MAX, u32::MAX, 0xffff_0000 - NURSERY_START),
    ] {
        let options = HeapOptions {
            nursery_size: size,
            nursery_max: max,
            ..HeapOptions::default()
        };
        let mut nest = Nest::new(&options);
        assert_eq!(nest.heap.statistics().nursery_bytes, u64::from(expected));
        // An object that is just not large fits any nursery.
        for _ in 0..10 {
            let array = nest.array(nest.bytes, LARGE_OBJECT - 8);
            assert!(array >= NURSERY_START);
        }
    }
}

/// Objects larger than the limit are never young, and all others are.
#[test]
fn where_large_objects_begin() {
    let mut nest = Nest::tiny();
    for length in [1, 4093, 4094, 4095, 4096, 8000] {
        let array = nest.array(nest.refs, length);
        let is_large = array_size(length, 2) > u64::from(LARGE_OBJECT);
        assert_eq!(array < NURSERY_START, is_large, "{length}");
        assert_eq!(nest.heap.statistics().large_bytes > 0, is_large);
    }
}

/// While the heap is locked, everything is old from the beginning, and may be initialised with young objects.
#[test]
fn objects_that_are_old_from_the_beginning() {
    let mut nest = Nest::tiny();
    let young = nest.node(None, 7);
    nest.root(young);
    for length in [0, 1, 126, 127, 4094, 4095, 10_000] {
        let Ok(array) = nest.heap.allocate_old(nest.refs, array_size(length, 2)) else {
            unreachable!("there is room")
        };
        nest.begin_array(array, length);
        assert!(array < NURSERY_START);
        for index in 0..length {
            // Without a barrier.
            let young = u128::from(nest.roots.0[0]);
            nest.write(array, 8 + 4 * index, 4, young);
        }
        nest.root(array);
    }
    nest.collect(crate::Extent::Minor);
    for root in 1..nest.roots.0.len() {
        let array = nest.roots.0[root];
        for index in 0..nest.heap.array_length(array) {
            assert_eq!(nest.element(array, index), nest.roots.0[0]);
        }
    }
    assert_eq!(nest.value(nest.roots.0[0]), 7);
}
