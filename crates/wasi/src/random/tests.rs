//! Random bytes come in any number, and never twice.

use super::{Random, STOCK};
use std::collections::HashSet;

#[test]
fn no_byte_is_given_twice_whatever_is_asked_for() {
    let mut random = Random::default();
    let mut seen = HashSet::new();
    for length in [8, 16, 100, STOCK, 24, STOCK - 1, STOCK + 1, 1000, 8] {
        let mut bytes = vec![0; length];
        random.fill(&mut bytes).expect("the host has a generator");
        // Eight bytes that come again by chance come so in 2^64 tries; zeros would be bytes that were given before.
        for word in bytes.chunks_exact(8) {
            assert!(seen.insert(word.to_vec()), "{word:?} was there before");
        }
        assert!(!seen.contains(&vec![0; 8]));
    }
    random.fill(&mut []).expect("nothing is always there");
}

#[test]
fn what_was_given_is_not_kept() {
    let mut random = Random::default();
    let mut bytes = [0; 40];
    random.fill(&mut bytes).expect("the host has a generator");
    let Random::Host(stock) = random else {
        panic!("the default is the host's generator")
    };
    assert_eq!(stock.used, 40);
    assert_eq!(stock.bytes[..40], [0; 40]);
    assert_ne!(stock.bytes[40..80], [0; 40]);
}
