//! Every kind of corruption is found.
use crate::Extent;
use crate::testing::{NEXT, Nest};
use transom_layout::object::{ARRAY_LENGTH, CARD_SIZE};

/// A heap with old, young and large objects: a list of two old nodes, an old and a large array, a young node.
fn nest() -> Nest {
    let mut nest = Nest::tiny();
    let node = nest.node(None, 1);
    nest.root(node);
    let node = nest.node(Some(0), 2);
    nest.roots.0[0] = node;
    let array = nest.array(nest.refs, 500);
    nest.root(array);
    let large = nest.array(nest.refs, 5000);
    nest.root(large);
    nest.collect(Extent::Full);
    let young = nest.node(None, 3);
    nest.root(young);
    nest.check();
    nest
}

const OLD: usize = 0;
const ARRAY: usize = 1;
const LARGE: usize = 2;
const YOUNG: usize = 3;

/// Spoils a heap, and says what the verifier finds.
fn found(spoil: impl Fn(&mut Nest)) -> String {
    let mut nest = nest();
    spoil(&mut nest);
    match nest.heap.verify(&mut nest.roots) {
        Ok(()) => "nothing".to_owned(),
        Err(corruption) => corruption.to_string(),
    }
}

/// Writes a word of the region.
fn poke(nest: &Nest, place: u32, value: u32) {
    // SAFETY: the place is that of an object, or behind one.
    unsafe { nest.heap.memory.word(place).write(value) };
}

fn expect(text: &str, spoil: impl Fn(&mut Nest)) {
    let found = found(spoil);
    assert!(found.contains(text), "expected `{text}`, found `{found}`");
}

#[test]
fn a_sound_heap_is_sound() {
    assert_eq!(found(|_| {}), "nothing");
}

#[test]
fn words_that_are_no_types() {
    for word in [0, 8, 0x10_0001, 0x20_0000, 0xeeee_eeee] {
        for root in [OLD, ARRAY, LARGE, YOUNG] {
            expect("which is no type", |nest| poke(nest, nest.roots.0[root], word));
        }
    }
}

#[test]
fn lengths_that_lead_astray() {
    for root in [ARRAY, YOUNG] {
        expect("bytes", |nest| {
            let object = nest.roots.0[root];
            poke(nest, object, nest.refs);
            poke(nest, object + ARRAY_LENGTH as u32, 1 << 20);
        });
    }
    expect("large object", |nest| {
        poke(nest, nest.roots.0[LARGE] + ARRAY_LENGTH as u32, 5)
    });
}

#[test]
fn references_to_what_is_no_object() {
    for wrong in [8, 0x10_0000, 0x0400_0004, 0xf000_0000, 0xfffe_0000] {
        expect("which is no object", |nest| {
            let object = nest.roots.0[OLD];
            nest.write(object, NEXT, 4, u128::from(wrong));
        });
        for root in [ARRAY, LARGE] {
            expect("which is no object", |nest| {
                let object = nest.roots.0[root];
                nest.fill_elements(object, 300, 1, u128::from(wrong));
            });
        }
        expect("a root", |nest| nest.roots.0[OLD] = wrong);
    }
    // Into the middle of an object.
    expect("which is no object", |nest| {
        let (object, young) = (nest.roots.0[ARRAY], nest.roots.0[YOUNG]);
        nest.fill_elements(object, 0, 1, u128::from(young + 8));
    });
}

#[test]
fn young_objects_behind_unmarked_cards() {
    expect("is not marked", |nest| {
        let (object, young) = (nest.roots.0[OLD], nest.roots.0[YOUNG]);
        nest.write(object, NEXT, 4, u128::from(young));
    });
    for root in [ARRAY, LARGE] {
        for index in [0, 130, 499] {
            expect("is not marked", |nest| {
                let (object, young) = (nest.roots.0[root], nest.roots.0[YOUNG]);
                // A neighbour's card does not help.
                nest.heap.elements_written(object, (index + 200) % 500, 1);
                nest.write(object, 8 + 4 * index, 4, u128::from(young));
            });
        }
    }
    // With its mark it is sound.
    let found = found(|nest| {
        let (object, young) = (nest.roots.0[OLD], nest.roots.0[YOUNG]);
        nest.write(object, NEXT, 4, u128::from(young));
        nest.heap.field_written(object);
    });
    assert_eq!(found, "nothing");
}

#[test]
fn starts_that_are_wrong() {
    for (card, value) in [(0, 0), (0, 1), (1, 3), (3, 64)] {
        expect("the start of card", |nest| {
            let first = nest.heap.spaces.old.runs()[0].start;
            // SAFETY: the table has an entry for each card of the region.
            unsafe { nest.heap.memory.start(first + card * CARD_SIZE).write(value) };
        });
    }
}
