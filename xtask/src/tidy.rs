//! The rules of the house, each proved by a program: one file per family of rules.
//!
//! A rule looks at the workspace and returns [`Finding`]s; it neither prints nor exits. A finding that carries
//! a measure may be excused by a line of `xtask/exceptions.txt` (see [`exceptions`]), and by nothing else.

mod documents;
mod exceptions;
mod norms;
mod rings;
mod source;
mod unsafety;
mod wording;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the workspace.
    path: String,
    line: usize,
    /// The rule's name, as `exceptions.txt` spells it.
    rule: &'static str,
    /// What is wrong and what to do about it.
    what: String,
    /// Set if an exception may excuse this finding.
    excusable: Option<Measure>,
}

/// The part of a finding that an exception names: which item, and how far it is off the norm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// `path` or `path::item`.
    key: String,
    value: usize,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, what: impl Into<String>) -> Self {
        Finding {
            path: path.to_owned(),
            line,
            rule,
            what: what.into(),
            excusable: None,
        }
    }

    fn measured(mut self, key: String, value: usize) -> Self {
        self.excusable = Some(Measure { key, value });
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.what)
    }
}

/// Checks everything under `root` and prints what it finds.
pub fn run(root: &Path) -> ExitCode {
    let findings = match check(root) {
        Ok(findings) => findings,
        Err(error) => {
            eprintln!("tidy: {error}");
            return ExitCode::from(2);
        }
    };
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("tidy: {} finding(s)", findings.len());
    ExitCode::FAILURE
}

/// All findings that no exception excuses, in order of place.
fn check(root: &Path) -> Result<Vec<Finding>, String> {
    let metadata = rings::metadata(root)?;
    let mut findings = rings::check(&metadata);
    let sources = source::collect(root)?;
    for source in &sources {
        findings.extend(wording::check(source));
        match source.parse() {
            Ok(file) => {
                findings.extend(norms::check(source, &file));
                findings.extend(unsafety::check(source, &file));
            }
            Err(finding) => findings.push(finding),
        }
    }
    findings.extend(documents::check(root, &sources)?);
    let mut findings = exceptions::load(root)?.apply(findings);
    findings.sort();
    Ok(findings)
}
