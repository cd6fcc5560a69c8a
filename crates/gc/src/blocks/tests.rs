//! Runs of blocks are taken where they fit, and come back.
use super::*;

fn new_map() -> Box<[Block; ALL_BLOCKS]> {
    vec![Block::Clean; ALL_BLOCKS].try_into().unwrap()
}

/// The blocks of a map, which outlives them.
fn of(map: &mut [Block; ALL_BLOCKS]) -> Blocks {
    // SAFETY: the map is clean, and each test keeps and does not use it until its end.
    unsafe { Blocks::new(NonNull::from(map)) }
}

#[test]
fn runs_are_found_again() {
    let mut map = new_map();
    let mut blocks = of(&mut map);
    let (a, count, clean) = blocks.take(1, 4, Block::Old).unwrap();
    assert_eq!((a, count, clean), (OLD_START, 4, true));
    let (b, ..) = blocks.take(3, 3, Block::Large).unwrap();
    assert_eq!(b, OLD_START + 4 * BLOCK_SIZE);
    assert_eq!((blocks.of(a), blocks.of(b + 1)), (Block::Old, Block::Large));
    blocks.give_back(a, 4, false);
    assert_eq!(blocks.free(), BLOCKS - 3);
    // Five in a row begin behind the large object; up to five, at the gap.
    assert_eq!(blocks.take(5, 5, Block::Old).unwrap().0, b + 3 * BLOCK_SIZE);
    assert_eq!(blocks.take(1, 5, Block::Old).unwrap(), (a, 4, false));
}

#[test]
fn all_blocks_can_be_taken() {
    let mut map = new_map();
    let mut blocks = of(&mut map);
    let mut taken = 0;
    while let Some((_, count, _)) = blocks.take(1, 1000, Block::Old) {
        taken += count;
    }
    assert_eq!((taken, blocks.free()), (BLOCKS, 0));
    assert_eq!(blocks.of(NURSERY_START), Block::From);
    assert_eq!(blocks.of(u32::MAX), Block::From);
}
