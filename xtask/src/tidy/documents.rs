//! Names in documents: what README, ARCHITECTURE, CONTRIBUTING and the book put in backticks must exist.
//!
//! Two kinds of names are checked: paths that start in a folder of the project, and `crate::item` names whose first
//! part is a crate of ours. For an item, each part must occur as a word in that crate's sources: enough to
//! catch a renamed item, and cheap.

use super::finding::Finding;
use super::source::Source;
use std::collections::{HashMap, HashSet};
use std::path::Path;

const FILES: [&str; 3] = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
const FOLDERS: [&str; 8] = [
    "crates", "docs", "xtask", "tests", "examples", "fuzz", "bench", ".github",
];

/// Checks all documents of the project.
pub fn check(root: &Path, sources: &[Source]) -> Result<Vec<Finding>, String> {
    let mut paths = FILES.map(str::to_owned).to_vec();
    if let Ok(entries) = std::fs::read_dir(root.join("docs")) {
        let names = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        paths.extend(
            names
                .filter(|name| name.ends_with(".md"))
                .map(|name| format!("docs/{name}")),
        );
    }
    let words = Words::of(sources);
    let mut findings = Vec::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else {
            continue;
        };
        for (line, name) in backticked(&text) {
            if let Some(what) = missing(root, &words, name) {
                findings.push(Finding::new(&path, line, "document-name", what));
            }
        }
    }
    Ok(findings)
}

/// The words of each crate's sources, by the crate's folder.
struct Words(HashMap<String, HashSet<String>>);

impl Words {
    fn of(sources: &[Source]) -> Self {
        let mut words = HashMap::<String, HashSet<String>>::new();
        for source in sources {
            let Some(rest) = source.path.strip_prefix("crates/") else {
                continue;
            };
            let Some((folder, file)) = rest.split_once('/') else {
                continue;
            };
            let known = words.entry(folder.to_owned()).or_default();
            for text in [source.text.as_str(), file] {
                known.extend(
                    text.split(|c: char| !c.is_alphanumeric() && c != '_')
                        .map(str::to_owned),
                );
            }
        }
        Words(words)
    }

    /// The crate that the first part of a name stands for: `types`, `transom_types` or `transom`.
    fn of_crate(&self, name: &str) -> Option<&HashSet<String>> {
        self.0.get(name.strip_prefix("transom_").unwrap_or(name))
    }
}

/// Code spans with their line numbers; fenced blocks are left out.
fn backticked(text: &str) -> Vec<(usize, &str)> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(|span| (index + 1, span)));
        }
    }
    spans
}

/// What is wrong with a name, if it is one that we check and something is wrong.
fn missing(root: &Path, words: &Words, name: &str) -> Option<String> {
    let is_pattern = name.contains(|c: char| c.is_whitespace() || "*<>{}…$".contains(c));
    if is_pattern {
        return None;
    }
    if let Some((folder, _)) = name.split_once('/') {
        let path = name.split_once(':').map_or(name, |(path, _)| path);
        let ours = FOLDERS.contains(&folder) && !root.join(path).exists();
        return ours.then(|| format!("`{name}` does not exist; name its replacement"));
    }
    let (crate_name, item) = name.split_once("::")?;
    let known = words.of_crate(crate_name)?;
    let unknown = item
        .trim_end_matches(['(', ')', '!'])
        .split("::")
        .find(|part| !known.contains(*part))?;
    Some(format!(
        "`{name}`: crate `{crate_name}` has no `{unknown}`; name its replacement"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let text = "a `b` c `d`\n```\n`x`\n```\n`e`\n";
        assert_eq!(backticked(text), [(1, "b"), (1, "d"), (5, "e")]);
    }

    #[test]
    fn names() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let sources = [Source {
            path: "crates/vm/src/raw.rs".into(),
            text: "pub struct Store;".into(),
        }];
        let words = Words::of(&sources);
        let ok = |name: &str| missing(root, &words, name).is_none();
        assert!(
            ok("xtask/src/main.rs")
                && ok("crates/")
                && ok("vm::raw")
                && ok("vm::Store")
                && ok("std::fs::File")
        );
        assert!(ok("crates/*/src") && ok("a/b") && ok("transom_vm::Store"));
        assert!(!ok("xtask/src/gone.rs") && !ok("vm::Gone"));
    }
}
