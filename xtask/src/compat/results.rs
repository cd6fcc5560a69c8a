//! What other programs print.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of the C API's headers, if a message of cargo says it.
pub fn headers(line: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_build = message["reason"] == "build-script-executed";
    let package = message["package_id"].as_str()?;
    let folder = message["out_dir"].as_str()?;
    (is_build && package.contains("wasmtime-c-api-impl")).then(|| PathBuf::from(folder).join("include"))
}

/// Whether each of pytest's tests has passed, from its lines with `-rA`.
pub fn tests(text: &str) -> BTreeMap<String, bool> {
    let outcome = |line: &str| {
        let (word, rest) = line.split_once(' ')?;
        let name = rest.split(" - ").next()?.to_owned();
        match word {
            "PASSED" => Some((name, true)),
            "FAILED" | "ERROR" => Some((name, false)),
            _ => None,
        }
    };
    text.lines().filter_map(outcome).collect()
}

/// What is wrong with our results: tests that fail alone here without being listed, and listed ones that pass or do not exist.
pub fn compare(
    theirs: &BTreeMap<String, bool>,
    ours: &BTreeMap<String, bool>,
    listed: &[&str],
) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, _) in theirs.iter().filter(|(_, passed)| **passed) {
        let passed = ours.get(name).copied().unwrap_or(false);
        if !passed && !listed.contains(&name.as_str()) {
            problems.push(format!(
                "{name} passes with the package's own library, and fails with ours"
            ));
        }
    }
    for name in listed {
        if ours.get(*name) != Some(&false) {
            problems.push(format!(
                "{name} is listed as a failure, and passes or does not exist"
            ));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_pytest() {
        let text = "....F\nPASSED tests/a.py::A::b\nFAILED tests/a.py::A::c - AssertionError: 1\nERROR tests/d.py\n1 failed";
        let results = super::tests(text);
        assert!(results["tests/a.py::A::b"]);
        assert!(!results["tests/a.py::A::c"]);
        assert!(!results["tests/d.py"]);
        assert_eq!(results.len(), 3);
    }

    #[test]
    fn failures_are_listed_or_problems() {
        let map = |rows: &[(&str, bool)]| {
            rows.iter()
                .map(|&(name, passed)| (name.to_owned(), passed))
                .collect()
        };
        let theirs: BTreeMap<String, bool> = map(&[("a", true), ("b", true), ("c", false), ("d", true)]);
        let ours = map(&[("a", true), ("b", false), ("c", false)]);
        assert_eq!(compare(&theirs, &ours, &["b"]).len(), 1, "`d` did not run");
        assert_eq!(compare(&theirs, &ours, &[]).len(), 2);
        assert_eq!(compare(&theirs, &theirs, &["a"]).len(), 1, "`a` passes");
        assert!(compare(&theirs, &theirs, &[]).is_empty());
    }

    #[test]
    fn the_folder_of_headers() {
        let line =
            r#"{"reason":"build-script-executed","package_id":"r#wasmtime-c-api-impl@1","out_dir":"/out"}"#;
        assert_eq!(headers(line), Some(PathBuf::from("/out/include")));
        assert_eq!(headers("text"), None);
        assert_eq!(
            headers(r#"{"reason":"other","package_id":"wasmtime-c-api-impl","out_dir":"/"}"#),
            None
        );
    }
}
