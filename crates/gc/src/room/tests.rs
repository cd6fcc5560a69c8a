//! Where there is no room, nothing is made, and collections still have what they need.
use crate::testing::Nest;
use crate::{Extent, Unavailable};
use transom_layout::object::array_size;

const LARGE: u32 = 64 << 20;

/// Large arrays until there is no room; their pages are never touched.
fn fill(nest: &mut Nest) -> usize {
    let mut count = 0;
    while let Ok(array) = nest.heap.allocate(nest.bytes, array_size(LARGE, 0), true) {
        nest.begin_array(array, LARGE);
        nest.root(array);
        count += 1;
    }
    count
}

#[test]
fn a_full_region_refuses_and_recovers() {
    let mut nest = Nest::tiny();
    let node = nest.node(None, 5);
    let node = nest.root(node);
    nest.collect(Extent::Minor);
    let count = fill(&mut nest);
    assert!(count > 50, "{count} arrays of 64 MiB");
    // Smaller ones still fit, until nothing does.
    while let Ok(array) = nest.heap.allocate_old(nest.bytes, array_size(60_000, 0)) {
        nest.begin_array(array, 60_000);
        nest.root(array);
    }
    assert_eq!(nest.heap.allocate(nest.bytes, 1 << 20, true), Err(Unavailable));
    // Whatever survives has a place.
    for extent in [Extent::Minor, Extent::Full, Extent::Full] {
        nest.collect(extent);
        assert_eq!(nest.value(nest.roots.0[node]), 5);
    }
    nest.roots.0.truncate(node + 1);
    nest.collect(Extent::Full);
    assert_eq!(nest.heap.statistics().large_bytes, 0);
    assert_eq!(fill(&mut nest), count);
}

/// Without a grant nothing large is made; the nursery is there as long as there are blocks for its survivors.
#[test]
fn grants_are_kept() {
    let mut nest = Nest::tiny();
    let bytes = nest.heap.bytes();
    nest.heap.grant(nest.heap.footprint() + 100_000);
    assert_eq!(nest.heap.allocate(nest.bytes, 100_008, true), Err(Unavailable));
    let Ok(array) = nest.heap.allocate(nest.bytes, array_size(90_000, 0), true) else {
        unreachable!("it was granted")
    };
    nest.begin_array(array, 90_000);
    nest.root(array);
    assert_eq!(nest.heap.allocate_old(nest.node, 16 << 10), Err(Unavailable));
    nest.collect(Extent::Full);
    assert_eq!(nest.heap.bytes(), bytes + array_size(90_000, 0));
}
