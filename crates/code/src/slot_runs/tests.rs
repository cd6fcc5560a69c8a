//! Runs have the distances that they were made of, in few runs.
use super::*;

fn check(distances: &[u32], runs: usize) {
    let made = SlotRun::of(distances.iter().copied());
    let again: Vec<u32> = made.iter().flat_map(|run| run.distances()).collect();
    assert_eq!(again, distances);
    assert_eq!(made.len(), runs, "{made:?}");
}

#[test]
fn distances_are_kept_in_their_order() {
    check(&[], 0);
    check(&[8], 1);
    check(&[8, 16, 24, 32], 1);
    check(&[8, 16, 24, 40, 48, 56, 4], 3);
    check(&[40, 32, 24], 3);
    check(&[8, 8, 8], 3);
    let many: Vec<u32> = (1..50_000).map(|slot| 8 * slot).collect();
    check(&many, 1);
}
