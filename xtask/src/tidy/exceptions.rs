//! `xtask/exceptions.txt`: what breaks a norm, how far, and why. It may only shrink.
//!
//! A line is `key rule value # reason`, where the key is `path` or `path::item`. The value must be the one that
//! is measured: a larger measure is a finding again, a smaller one asks for a smaller value, and an entry
//! that nothing needs asks to be removed.

use super::finding::Finding;
use std::path::Path;

const PATH: &str = "xtask/exceptions.txt";

struct Entry {
    line: usize,
    key: String,
    rule: String,
    value: usize,
}

/// The list, as it was read.
pub struct Exceptions {
    entries: Vec<Entry>,
    /// Lines that are no entries.
    malformed: Vec<Finding>,
}

/// Reads the list; no file is an empty list.
pub fn load(root: &Path) -> Result<Exceptions, String> {
    match std::fs::read_to_string(root.join(PATH)) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(parse("")),
        Err(error) => Err(format!("{PATH}: {error}")),
    }
}

fn parse(text: &str) -> Exceptions {
    let mut list = Exceptions {
        entries: Vec::new(),
        malformed: Vec::new(),
    };
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (entry, reason) = line.split_once('#').unwrap_or((line, ""));
        let mut words = entry.split_whitespace();
        let fields = (
            words.next(),
            words.next(),
            words.next().and_then(|value| value.parse().ok()),
        );
        match fields {
            (Some(key), Some(rule), Some(value)) if !reason.trim().is_empty() && words.next().is_none() => {
                list.entries.push(Entry {
                    line: line_number,
                    key: key.into(),
                    rule: rule.into(),
                    value,
                });
            }
            _ => {
                let what = "not an entry; write `key rule value # reason`";
                list.malformed
                    .push(Finding::new(PATH, line_number, "exceptions", what));
            }
        }
    }
    list
}

impl Exceptions {
    /// Drops the findings that are excused, and adds those about the list itself.
    pub fn apply(self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut left = self.malformed;
        let mut needed = vec![false; self.entries.len()];
        for finding in findings {
            let Some(measure) = finding.excusable.clone() else {
                left.push(finding);
                continue;
            };
            let matching = |entry: &Entry| entry.key == measure.key && entry.rule == finding.rule;
            let Some(index) = self.entries.iter().position(matching) else {
                left.push(finding);
                continue;
            };
            needed[index] = true;
            let entry = &self.entries[index];
            if measure.value > entry.value {
                left.push(finding);
            } else if measure.value < entry.value {
                let what = format!("{} is down to {}; lower the value", entry.key, measure.value);
                left.push(Finding::new(PATH, entry.line, "exceptions", what));
            }
        }
        for (entry, _) in self.entries.iter().zip(needed).filter(|(_, needed)| !needed) {
            let what = format!("{} no longer breaks {}; remove the line", entry.key, entry.rule);
            left.push(Finding::new(PATH, entry.line, "exceptions", what));
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(value: usize) -> Finding {
        Finding::new("a.rs", 3, "fn-lines", "long").measured("a.rs::f".into(), value)
    }

    fn left(list: &str, findings: Vec<Finding>) -> Vec<String> {
        parse(list)
            .apply(findings)
            .iter()
            .map(|f| f.to_string())
            .collect()
    }

    #[test]
    fn an_exact_entry_excuses() {
        assert!(left("# why\n\na.rs::f fn-lines 80 # a table\n", vec![finding(80)]).is_empty());
    }

    #[test]
    fn entries_only_shrink() {
        let list = "a.rs::f fn-lines 80 # a table";
        assert_eq!(left(list, vec![finding(81)]), ["a.rs:3: fn-lines: long"]);
        assert!(left(list, vec![finding(79)])[0].contains("lower the value"));
        assert!(left(list, vec![])[0].contains("remove the line"));
    }

    #[test]
    fn a_reason_is_required() {
        assert!(left("a.rs::f fn-lines 80", vec![])[0].contains("not an entry"));
    }
}
