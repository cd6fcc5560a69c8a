//! The rules of the house, each proved by a program: one file per family of rules.
//!
//! A rule looks at the workspace and returns [findings](finding::Finding); it neither prints nor exits. A finding that carries
//! a measure may be excused by a line of `xtask/exceptions.txt` (see [`exceptions`]), and by nothing else.

mod circles;
mod documents;
mod exceptions;
mod finding;
mod groups;
mod names;
mod norms;
mod rings;
mod source;
mod unsafety;
mod wording;

use finding::Finding;
use std::path::Path;
use std::process::ExitCode;

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
    findings.extend(circles::check(&sources));
    findings.extend(groups::check(root, &sources));
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
