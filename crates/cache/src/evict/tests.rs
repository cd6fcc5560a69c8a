//! Ages and sizes, and the entries that have to go.

use super::*;
use std::time::Duration;

const NOW: u64 = 1_000_000;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Names, bytes and seconds of the last use.
fn entries(rows: &[(&str, u64, u64)]) -> Vec<Found> {
    let found = |&(name, bytes, used): &(&str, u64, u64)| Found {
        name: Name::new(name).unwrap(),
        bytes,
        used: at(used),
    };
    rows.iter().map(found).collect()
}

/// The victims after `new`, of 10 bytes, was written.
fn chosen(rows: &[(&str, u64, u64)], max_bytes: u64, max_age: u64) -> Vec<String> {
    let limits = Limits {
        max_bytes,
        max_age: Duration::from_secs(max_age),
        ..Limits::default()
    };
    let written = Name::new("new").unwrap();
    let mut names: Vec<_> = victims(entries(rows), (&written, 10), &limits, at(NOW))
        .iter()
        .map(|name| name.name().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_old_go_first_and_the_new_one_stays() {
    let rows = [
        ("new", 500, 0),
        ("a", 30, NOW - 5),
        ("b", 30, NOW - 3),
        ("c", 30, NOW - 9),
    ];
    let none: [&str; 0] = [];
    assert_eq!(chosen(&rows, 100, 100), none);
    assert_eq!(chosen(&rows, 99, 100), ["c"]);
    assert_eq!(chosen(&rows, 70, 100), ["c"]);
    assert_eq!(chosen(&rows, 69, 100), ["a", "c"]);
    assert_eq!(chosen(&rows, 39, 100), ["a", "b", "c"]);
    assert_eq!(chosen(&rows, 0, 100), ["a", "b", "c"]);
}

#[test]
fn entries_that_are_not_used_expire() {
    let rows = [("a", 1, NOW - 11), ("b", 1, NOW - 10), ("c", 1, 0)];
    assert_eq!(chosen(&rows, 100, 10), ["a", "c"]);
}

#[test]
fn a_time_in_the_future_protects_nothing() {
    let rows = [("a", 30, NOW - 5), ("b", 30, 2 * NOW), ("c", 30, NOW + 1)];
    assert_eq!(chosen(&rows, 70, 100), ["b"]);
    assert_eq!(chosen(&rows, 40, 100), ["a", "b"]);
}

#[test]
fn sizes_do_not_overflow() {
    let rows = [("a", u64::MAX, NOW), ("b", u64::MAX, NOW)];
    assert_eq!(chosen(&rows, 100, 100), ["a", "b"]);
    let none: [&str; 0] = [];
    assert_eq!(chosen(&rows, u64::MAX, 100), none);
}

#[test]
fn the_number_of_entries_is_bounded() {
    let names: Vec<_> = (0..MAX_ENTRIES as u64 + 10)
        .map(|n| (format!("e{n}"), n))
        .collect();
    let rows: Vec<_> = names.iter().map(|(name, n)| (&**name, 1, NOW - n)).collect();
    let gone = chosen(&rows, u64::MAX, NOW);
    assert_eq!(gone.len(), 11);
    assert!(gone.contains(&format!("e{}", MAX_ENTRIES + 9)));
}
