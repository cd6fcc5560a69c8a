//! Which clauses of the specification a module is about.

use serde::Deserialize;
use std::sync::LazyLock;

/// What the specification says about some instructions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clause {
    instructions: Vec<String>,
    /// The titles of its sections.
    pub(super) section: String,
    /// What it says.
    pub(super) rule: String,
}

#[derive(Deserialize)]
struct Clauses {
    clause: Vec<Clause>,
}

static CLAUSES: LazyLock<Vec<Clause>> = LazyLock::new(|| {
    let clauses: Clauses = toml::from_str(include_str!("clauses.toml")).expect("a test reads them");
    clauses.clause
});

/// More clauses than this say that a module is too large for any of them to matter.
const MOST: usize = 6;

/// The clauses of the instructions of a text, each once, in the table's order: it begins with what engines differ in
/// most. None if the text has too many kinds of instructions for that to help.
pub(super) fn clauses(text: &str) -> Vec<&'static Clause> {
    let words = text
        .split(|c: char| c.is_whitespace() || c == '(' || c == ')')
        .collect::<std::collections::HashSet<_>>();
    let is = |name: &String| match name.starts_with('.') {
        true => words
            .iter()
            .any(|word| word.ends_with(name.as_str()) && !word.starts_with('.')),
        false => words.contains(name.as_str()),
    };
    let found = CLAUSES.iter().filter(|clause| clause.instructions.iter().any(is));
    let found = found.collect::<Vec<_>>();
    if found.len() > MOST { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_are_found_by_instructions() {
        let found = clauses("(func (result i32) (i32.rotl (i32.const 1) (i32.const 2)))");
        assert!(
            found.len() == 1 && found[0].section.contains("irotl"),
            "{found:?}"
        );
        let found = clauses("(return_call_indirect (type 0) (i32.const 1))");
        assert!(found[0].rule.contains("own type"));
        assert!(clauses("(func)").is_empty());
    }
}
