//! Names are fit for files of lines.
use super::*;

#[test]
fn names_are_one_line() {
    assert_eq!(one_line("a\nb\0c\u{7f}"), r"a\nb\u{0}c\u{7f}");
    assert_eq!(one_line("größe<T, U>"), "größe<T, U>");
    let long = "ü".repeat(2000);
    assert_eq!(one_line(&long), "ü".repeat(MAX_NAME / 2));
    assert_eq!(one_line(&format!("a{long}")).len(), MAX_NAME - 1);
}
