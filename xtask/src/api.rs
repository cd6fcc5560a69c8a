//! Public names of the `wasmtime` crate that `transom` lacks: `cargo xtask api`.
//!
//! The sources of both crates are parsed, macros included, and the public names compared: items, methods, constants, variants, and
//! implementations of common traits. Signatures are not compared. `xtask/api.txt` lists each name that is absent, with the reason. A
//! missing name that is not on the list is a failure, and so is a listed name that is there: the list only shrinks. The table in
//! `docs/api-differences.md` follows from the list.

mod condition;
mod document;
mod expand;
mod list;
mod members;
mod sources;
#[cfg(test)]
mod tests;
mod tree;
mod world;

use list::List;
use sources::Unavailable;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// The absent names and their reasons.
const LIST: &str = "xtask/api.txt";

/// How the names compare with the list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// Names of the reference that were looked up.
    names: usize,
    /// Missing names that are not on the list.
    missing: Vec<String>,
    /// Names on the list that are not missing.
    present: Vec<String>,
}

/// Compares the crates, the list and the document, and prints what differs.
pub fn run(root: &Path, mut arguments: impl Iterator<Item = String>) -> ExitCode {
    if let Some(argument) = arguments.next() {
        eprintln!("api: unknown argument `{argument}`");
        return ExitCode::from(2);
    }
    match check(root, false) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Unavailable::Absent(error)) => {
            eprintln!("SKIPPED: no sources of the `wasmtime` crate: {error}");
            ExitCode::SUCCESS
        }
        Err(Unavailable::Wrong(error)) => {
            eprintln!("api: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything is as the list has it. Offline, the sources of the reference are not fetched.
fn check(root: &Path, offline: bool) -> Result<bool, Unavailable> {
    let list = fs::read_to_string(root.join(LIST)).map_err(|error| format!("{LIST}: {error}"))?;
    let list = List::parse(&list).map_err(|error| format!("{LIST}: {error}"))?;
    let current = document::keep(root, &list)?;
    let reference = members::names(&sources::reference(root, offline)?, "wasmtime");
    let ours = members::names(&sources::ours(root)?, "transom");
    let outcome = compare(&reference, &ours, &list);
    outcome.print();
    Ok(current && outcome.missing.is_empty() && outcome.present.is_empty())
}

/// The names of the reference that are missing. Members of a missing type and a missing module are not listed.
fn compare(reference: &BTreeSet<String>, ours: &BTreeSet<String>, list: &List) -> Outcome {
    let missing: BTreeSet<&String> = reference.iter().filter(|name| !has(ours, name)).collect();
    let missing: BTreeSet<&str> = missing
        .iter()
        .filter(|name| !owners(name).any(|owner| missing.contains(&owner)))
        .map(|name| name.as_str())
        .collect();
    let unlisted = missing.iter().filter(|name| !list.contains(name));
    let present = list.names().filter(|name| !missing.contains(name));
    Outcome {
        names: reference.len(),
        missing: unlisted.map(|&name| name.to_owned()).collect(),
        present: present.map(str::to_owned).collect(),
    }
}

/// Whether a name is there, perhaps for all arguments of a type where the reference has it for some.
fn has(ours: &BTreeSet<String>, name: &str) -> bool {
    let general = || Some(format!("{}{}", name.split_once('<')?.0, name.rsplit_once('>')?.1));
    ours.contains(name)
        || !name.starts_with("impl ") && general().is_some_and(|general| ours.contains(&general))
}

/// The items that a name belongs to: modules, its type, or the trait and type of an implementation.
fn owners(name: &str) -> impl Iterator<Item = String> {
    let mut owners = Vec::new();
    if let Some((implemented, ty)) = name
        .strip_prefix("impl ")
        .and_then(|rest| rest.split_once(" for "))
    {
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.map(str::to_owned).collect()
        };
        owners.extend(words(implemented));
        owners.extend(words(ty));
    } else {
        let plain = name.split_once('<').map_or(name, |(plain, _)| plain);
        let starts = name.match_indices("::").map(|(at, _)| name[..at].to_owned());
        owners.extend(starts);
        if plain != name {
            owners.push(plain.to_owned());
        }
    }
    owners.into_iter()
}

impl Outcome {
    fn print(&self) {
        for name in &self.missing {
            println!("{name}\tMISSING: not in {LIST}");
        }
        for name in &self.present {
            println!("{name}\tPRESENT, or not in the reference: remove it from {LIST}");
        }
        let (missing, present) = (self.missing.len(), self.present.len());
        println!(
            "api: {} names of the reference; {missing} missing, {present} listed for no reason",
            self.names
        );
    }
}
