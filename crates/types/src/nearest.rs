//! The name that somebody may have meant.

/// Characters of a name beyond these are not looked at.
const LONGEST: usize = 100;

/// The name that is nearly written as the one that there is not: at most one character differs, and one more for each five bytes.
pub fn nearest<N: AsRef<str> + Ord>(names: impl IntoIterator<Item = N>, wanted: &str) -> Option<N> {
    let names = names
        .into_iter()
        .map(|name| (distance(wanted, name.as_ref()), name));
    let (distance, name) = names.min()?;
    (distance <= 1 + wanted.len() / 5).then_some(name)
}

/// How many characters must be replaced, added or removed to make one name of another.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().take(LONGEST).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, &b) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_written_so_is_found() {
        let names = ["add", "subtract", "multiply"];
        for (wanted, expected) in [
            ("ad", Some("add")),
            ("substract", Some("subtract")),
            ("mul", None),
            ("divide", None),
            ("", None),
        ] {
            assert_eq!(nearest(names, wanted), expected, "{wanted}");
        }
        assert_eq!(nearest(["b", "a"], "c"), Some("a"));
        assert_eq!(nearest::<&str>([], "c"), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
        assert_eq!(distance(&"x".repeat(1 << 20), "x"), LONGEST - 1);
    }
}
