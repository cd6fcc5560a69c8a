//! What collections keep, move and free.
use crate::testing::{NEXT, Nest};
use crate::{Extent, HeapOptions};
use transom_layout::object::{LARGE_OBJECT, NURSERY_START};

/// A list of so many nodes, made from its end; the position of its root.
fn list(nest: &mut Nest, count: u32) -> usize {
    let root = nest.root(0);
    for index in (0..count).rev() {
        let node = nest.node(Some(root), index);
        nest.roots.0[root] = node;
    }
    root
}

/// An array of arrays of lists.
fn tree(nest: &mut Nest, width: u32, length: u32) -> usize {
    let top = nest.array(nest.refs, width);
    let top = nest.root(top);
    for outer in 0..width {
        let inner = nest.array(nest.refs, width);
        let inner = nest.root(inner);
        for index in 0..width {
            let leaf = list(nest, length);
            let (array, leaf) = (nest.roots.0[inner], nest.roots.0.swap_remove(leaf));
            nest.fill_elements(array, index, 1, u128::from(leaf));
        }
        let (array, inner) = (nest.roots.0[top], nest.roots.0.swap_remove(inner));
        nest.fill_elements(array, outer, 1, u128::from(inner));
    }
    top
}

fn check_tree(nest: &Nest, top: u32, width: u32, length: u32) {
    let expected: Vec<u32> = (0..length).collect();
    for outer in 0..width {
        for index in 0..width {
            let leaf = nest.element(nest.element(top, outer), index);
            assert_eq!(nest.list(leaf), expected, "{outer} {index}");
        }
    }
}

/// However few objects the collector remembers, it finds all: long lists, and wide arrays, small and large.
#[test]
fn stacks_that_overflow() {
    for stack_limit in [1, 2, 3, 10, 1000] {
        let options = HeapOptions {
            stack_limit,
            ..HeapOptions::default()
        };
        let mut nest = Nest::new(&options);
        let long = list(&mut nest, 30_000);
        let top = tree(&mut nest, 40, 3);
        // A large array whose elements are lists, held by a small one.
        let large = nest.array(nest.refs, 5000);
        let large = nest.root(large);
        for index in 0..5000 {
            let node = nest.node(None, index);
            let node_root = nest.root(node);
            let node = nest.node(Some(node_root), index + 1);
            nest.roots.0.pop();
            nest.fill_elements(nest.roots.0[large], index, 1, u128::from(node));
        }
        for extent in [Extent::Minor, Extent::Full, Extent::Full, Extent::Minor] {
            nest.collect(extent);
            assert_eq!(nest.list(nest.roots.0[long]).len(), 30_000);
            check_tree(&nest, nest.roots.0[top], 40, 3);
            for index in (0..5000).step_by(13) {
                let leaf = nest.element(nest.roots.0[large], index);
                assert_eq!(nest.list(leaf), [index + 1, index], "limit {stack_limit}");
            }
        }
    }
}

/// Two references to one object lead to one copy, through cycles as well.
#[test]
fn identity_and_cycles() {
    let mut nest = Nest::tiny();
    let node = nest.node(None, 7);
    nest.write(node, NEXT, 4, u128::from(node));
    let (first, second) = (nest.root(node), nest.root(node));
    let array = nest.array(nest.refs, 3);
    let array = nest.root(array);
    let (object, node) = (nest.roots.0[array], nest.roots.0[first]);
    nest.fill_elements(object, 0, 3, u128::from(node));
    for extent in [Extent::Minor, Extent::Full, Extent::Full] {
        nest.collect(extent);
        let node = nest.roots.0[first];
        assert_eq!((node, nest.value(node)), (nest.roots.0[second], 7));
        assert_eq!(nest.heap.read(node, NEXT, 4) as u32, node);
        assert_eq!(nest.element(nest.roots.0[array], 2), node);
    }
}

/// Integers and nulls are no references, and types keep their places.
#[test]
fn what_is_no_reference_stays() {
    let mut nest = Nest::tiny();
    let values = [0, 1, 0xffff_ffff, 0xfc00_0001, 0x0400_0001];
    let array = nest.array(nest.refs, values.len() as u32);
    let array = nest.root(array);
    for (index, &value) in values.iter().enumerate() {
        nest.fill_elements(nest.roots.0[array], index as u32, 1, u128::from(value));
    }
    let odd = nest.root(5);
    for extent in [Extent::Minor, Extent::Full] {
        nest.collect(extent);
        let found: Vec<u32> = (0..5)
            .map(|index| nest.element(nest.roots.0[array], index))
            .collect();
        assert_eq!(found, values);
        assert_eq!(nest.roots.0[odd], 5);
    }
}

#[test]
fn large_objects_stay_where_they_are_until_they_die() {
    let mut nest = Nest::tiny();
    let bytes = nest.array(nest.bytes, 100_000);
    nest.fill_elements(bytes, 99_999, 1, 0xab);
    let bytes_root = nest.root(bytes);
    let refs = nest.array(nest.refs, LARGE_OBJECT);
    let refs_root = nest.root(refs);
    // Only the large array of references knows this one.
    let inner = nest.array(nest.refs, LARGE_OBJECT);
    nest.fill_elements(refs, 3, 1, u128::from(inner));
    // A cycle, and many references to one object.
    nest.fill_elements(refs, 10, 100, u128::from(refs));
    nest.fill_elements(inner, 10, 100, u128::from(bytes));
    let node = nest.node(None, 9);
    nest.fill_elements(inner, LARGE_OBJECT - 1, 1, u128::from(node));
    assert!(bytes < NURSERY_START && refs < NURSERY_START && node >= NURSERY_START);
    for extent in [Extent::Minor, Extent::Full, Extent::Full] {
        nest.collect(extent);
        assert_eq!((nest.roots.0[bytes_root], nest.roots.0[refs_root]), (bytes, refs));
        assert_eq!(nest.heap.read(bytes, 8 + 99_999, 1), 0xab);
        assert_eq!(nest.element(refs, 3), inner);
        assert_eq!(nest.value(nest.element(inner, LARGE_OBJECT - 1)), 9);
    }
    let before = nest.heap.statistics().large_bytes;
    nest.roots.0[refs_root] = 0;
    nest.collect(Extent::Minor);
    assert_eq!(nest.heap.statistics().large_bytes, before);
    nest.collect(Extent::Full);
    assert!(nest.heap.statistics().large_bytes < 100_100);
    // Its place is used again, and begins with zeros.
    let again = nest.array(nest.refs, LARGE_OBJECT);
    assert_eq!(
        (0..LARGE_OBJECT).find(|&index| nest.element(again, index) != 0),
        None
    );
    nest.roots.0[bytes_root] = 0;
    nest.collect(Extent::Full);
    assert_eq!(nest.heap.statistics().large_bytes, 0);
}

/// A nursery whose objects survive would like to be larger; whether it becomes so is for others to say.
#[test]
fn the_nursery_adapts() {
    let options = HeapOptions {
        nursery_size: 64 << 10,
        nursery_max: 256 << 10,
        ..HeapOptions::default()
    };
    let mut nest = Nest::new(&options);
    let size = |nest: &Nest| nest.heap.statistics().nursery_bytes;
    // Nothing survives.
    for _ in 0..3000 {
        nest.node(None, 0);
    }
    nest.collect(Extent::Minor);
    assert_eq!((size(&nest), nest.heap.nursery_growth()), (64 << 10, 0));
    // All does.
    for expected in [128 << 10, 256 << 10, 256 << 10] {
        let before = size(&nest);
        let kept = list(&mut nest, 3000);
        nest.collect(Extent::Minor);
        assert_eq!(nest.heap.nursery_growth(), expected - before);
        nest.heap.grow_nursery();
        assert_eq!((size(&nest), nest.heap.nursery_growth()), (expected, 0));
        assert_eq!(nest.list(nest.roots.0[kept]).len(), 3000);
        nest.check();
    }
    for expected in [128 << 10, 64 << 10] {
        assert!(nest.heap.shrink_nursery());
        assert_eq!(size(&nest), expected);
    }
    assert!(!nest.heap.shrink_nursery());
}

/// Values of the host's are reported once, when their objects die, young or old.
#[test]
fn host_values_die_with_their_objects() {
    let mut nest = Nest::tiny();
    let shape = crate::TypeShape {
        kind: transom_layout::object::ObjectKind::Host,
        size: 8,
        references: &[],
        supertypes: &[],
    };
    let Some(ty) = nest.heap.define_type(&shape) else {
        unreachable!("there is room for a type")
    };
    let make = |nest: &mut Nest, value: u32, keep: bool| {
        let object = nest.allocate(ty, 8);
        nest.set_host_value(object, value);
        if keep {
            nest.root(object);
        }
    };
    for value in 0..10 {
        make(&mut nest, value, value % 2 == 0);
    }
    nest.collect(Extent::Minor);
    assert_eq!(nest.heap.take_dead_values(), [1, 3, 5, 7, 9]);
    make(&mut nest, 10, false);
    make(&mut nest, 11, true);
    nest.roots.0[0] = 0;
    nest.collect(Extent::Minor);
    assert_eq!(nest.heap.take_dead_values(), [10]);
    nest.collect(Extent::Full);
    assert_eq!(nest.heap.take_dead_values(), [0]);
    nest.roots.0.clear();
    nest.collect(Extent::Full);
    let mut dead = nest.heap.take_dead_values();
    dead.sort_unstable();
    assert_eq!(dead, [2, 4, 6, 8, 11]);
}
