//! Old arrays and structures hold young objects at every edge of cards, runs and blocks.
use crate::testing::{NEXT, Nest};
use crate::{Extent, TypeShape};
use transom_layout::object::{CARD_SIZE, LARGE_OBJECT, NURSERY_START, ObjectKind};

/// The elements next to each edge of a card, and the first and last.
fn edges(array: u32, length: u32) -> Vec<u32> {
    let mut edges = vec![0, length - 1];
    for index in 0..length {
        let place = array + 8 + 4 * index;
        if place.is_multiple_of(CARD_SIZE) || (place + 4).is_multiple_of(CARD_SIZE) {
            edges.push(index);
        }
    }
    edges.retain(|&index| index < length);
    edges
}

#[test]
fn every_element_at_an_edge_is_found() {
    // One card is 126 elements behind the header; odd lengths leave a word behind the last.
    for length in [
        1, 2, 3, 125, 126, 127, 128, 253, 254, 255, 382, 1001, 4093, 4094, 4095, 4096, 20_001,
    ] {
        let mut nest = Nest::tiny();
        // Something before it, so that it does not begin with a card.
        for _ in 0..length % 31 {
            let node = nest.node(None, 0);
            nest.root(node);
        }
        let array = nest.array(nest.refs, length);
        let array = nest.root(array);
        nest.collect(Extent::Minor);
        for index in edges(nest.roots.0[array], length) {
            let node = nest.node(None, index);
            let old = nest.roots.0[array];
            assert!(old < NURSERY_START && node >= NURSERY_START);
            nest.fill_elements(old, index, 1, u128::from(node));
            nest.collect(Extent::Minor);
            let found = nest.element(nest.roots.0[array], index);
            assert!(found < NURSERY_START, "element {index} of {length}");
            assert_eq!(nest.value(found), index);
        }
        nest.collect(Extent::Full);
        for index in edges(nest.roots.0[array], length) {
            assert_eq!(nest.value(nest.element(nest.roots.0[array], index)), index);
        }
    }
}

/// Many elements are written at once, and the marks reach as far as they do.
#[test]
fn ranges_are_marked_from_edge_to_edge() {
    const LENGTH: u32 = 3000;
    let mut nest = Nest::tiny();
    let array = nest.array(nest.refs, LENGTH);
    let array = nest.root(array);
    let other = nest.array(nest.refs, LENGTH);
    let other = nest.root(other);
    nest.collect(Extent::Minor);
    let per_card = CARD_SIZE / 4;
    let lengths = [1, 2, per_card - 1, per_card, per_card + 1, 5 * per_card, 999];
    for start in [0, 1, 125, 126, 127, 128, 129, 1000, LENGTH - 999] {
        for length in lengths.into_iter().filter(|length| start + length <= LENGTH) {
            let node = nest.node(None, start * length);
            let (to, from) = (nest.roots.0[array], nest.roots.0[other]);
            nest.fill_elements(to, start, length, u128::from(node));
            nest.copy_elements((from, start), (to, start), length);
            nest.collect(Extent::Minor);
            for object in [nest.roots.0[array], nest.roots.0[other]] {
                for index in [start, start + length / 2, start + length - 1] {
                    assert_eq!(nest.value(nest.element(object, index)), start * length);
                }
            }
            // The next begins with nulls.
            for object in [array, other] {
                nest.fill_elements(nest.roots.0[object], 0, LENGTH, 0);
            }
        }
    }
}

/// The first and last objects of runs, and of cards, are found by the table of starts.
#[test]
fn objects_at_the_ends_of_runs() {
    let mut nest = Nest::tiny();
    // Objects of sizes that do not divide a block, so that each run ends with a rest; several runs.
    let mut kept = Vec::new();
    for index in 0..1500_u32 {
        let array = nest.array(nest.refs, 300 + index % 700);
        kept.push(nest.root(array));
        let node = nest.node(None, index);
        kept.push(nest.root(node));
    }
    nest.collect(Extent::Full);
    for (number, &root) in kept.iter().enumerate() {
        let node = nest.node(None, number as u32);
        // Making the node may have collected.
        let object = nest.roots.0[root];
        let is_array = nest.heap.kind_and_size(object).0 == ObjectKind::Array;
        if is_array {
            let last = nest.heap.array_length(object) - 1;
            nest.fill_elements(object, last, 1, u128::from(node));
        } else {
            nest.write(object, NEXT, 4, u128::from(node));
            nest.heap.field_written(object);
        }
        if number % 500 == 0 {
            nest.collect(Extent::Minor);
        }
    }
    nest.collect(Extent::Minor);
    for (number, &root) in kept.iter().enumerate() {
        let object = nest.roots.0[root];
        let node = match nest.heap.kind_and_size(object).0 {
            ObjectKind::Array => nest.element(object, nest.heap.array_length(object) - 1),
            _ => nest.heap.read(object, NEXT, 4) as u32,
        };
        assert_eq!(nest.value(node), number as u32);
    }
}

/// A structure that spans many cards is marked by the first, also if it is large.
#[test]
fn structures_are_marked_by_their_first_card() {
    for size in [
        2 * CARD_SIZE,
        16 * CARD_SIZE + 8,
        LARGE_OBJECT,
        LARGE_OBJECT + 8,
        3 * LARGE_OBJECT,
    ] {
        let mut nest = Nest::tiny();
        let references = [4, size / 2, size - 4];
        let shape = TypeShape {
            kind: ObjectKind::Struct,
            size,
            references: &references,
            supertypes: &[],
        };
        let Some(ty) = nest.heap.define_type(&shape) else {
            unreachable!("there is room for a type")
        };
        let object = nest.allocate(ty, u64::from(size));
        for offset in references {
            nest.write(object, offset, 4, 0);
        }
        let root = nest.root(object);
        nest.collect(Extent::Minor);
        for offset in references {
            let node = nest.node(None, offset);
            let object = nest.roots.0[root];
            nest.write(object, offset, 4, u128::from(node));
            nest.heap.field_written(object);
            nest.collect(Extent::Minor);
            let node = nest.heap.read(nest.roots.0[root], offset, 4) as u32;
            assert_eq!(nest.value(node), offset);
        }
    }
}
