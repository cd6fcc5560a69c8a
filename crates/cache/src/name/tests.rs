//! Names that are ours, and all others.

use super::*;

#[test]
fn names_of_entries_lead_nowhere() {
    let long = "a".repeat(100);
    for name in ["a", "0", "-", "0123-abc-xyz", &long] {
        let valid = Name::new(name).unwrap();
        assert_eq!(valid.name(), name);
        assert_eq!(valid.file(), format!("{name}.entry"));
        assert_eq!(classify(valid.file().as_bytes()), Kind::Entry(valid));
    }
    let longer = "a".repeat(101);
    for name in [
        "", ".", "..", "a/b", "/a", "../a", "A", "a.b", "a b", "a\0", "a\n", "é", "_", &longer,
    ] {
        assert_eq!(Name::new(name), None, "{name:?}");
    }
}

#[test]
fn other_files_are_foreign() {
    let foreign: [&[u8]; 11] = [
        b"",
        b".entry",
        b"a",
        b"A.entry",
        b"a.entry.entry",
        b"a.entry~",
        b".tmp",
        b"notes.tmp",
        b"0123456789abcdef0.tmp",
        b"\xff.entry",
        b"lock.",
    ];
    for file in foreign {
        assert_eq!(classify(file), Kind::Foreign, "{file:?}");
    }
    assert_eq!(classify(b"lock"), Kind::Lock);
    for number in [0, 1, u64::MAX] {
        let file = temporary(number);
        assert_eq!(classify(file.as_bytes()), Kind::Temporary(file.clone()));
    }
}
