//! What a rule finds.

use std::fmt;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the workspace.
    pub path: String,
    pub line: usize,
    /// The rule's name, as `exceptions.txt` spells it.
    pub rule: &'static str,
    /// What is wrong and what to do about it.
    pub what: String,
    /// Set if an exception may excuse this finding.
    pub excusable: Option<Measure>,
}

/// The part of a finding that an exception names: which item, and how far it is off the norm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// `path` or `path::item`.
    pub key: String,
    pub value: usize,
}

impl Finding {
    pub fn new(path: &str, line: usize, rule: &'static str, what: impl Into<String>) -> Self {
        Finding {
            path: path.to_owned(),
            line,
            rule,
            what: what.into(),
            excusable: None,
        }
    }

    pub fn measured(mut self, key: String, value: usize) -> Self {
        self.excusable = Some(Measure { key, value });
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.what)
    }
}
