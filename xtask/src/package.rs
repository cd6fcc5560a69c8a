//! Packages of the command for people without a Rust toolchain: `cargo xtask package`.
//!
//! The command is built once, with the profile `dist`, and goes into a Python wheel, a Debian package and an npm package. Each
//! package is then installed into an empty folder without network access; the command that lies there must be the one that was
//! built, and must run a module. Nothing outside of the target folder is written.

pub mod built;
mod kinds;
mod npm;
pub mod steps;
#[cfg(test)]
mod tests;
pub mod tools;
mod trial;

use built::{Built, Problem};
use kinds::{KINDS, Kind};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use steps::{fresh, size};

/// Makes and tries the packages; fails if one of them cannot be made, or does not work.
pub fn run(root: &Path, arguments: impl Iterator<Item = String>) -> ExitCode {
    let kinds = match parse(arguments) {
        Ok(kinds) => kinds,
        Err(error) => {
            eprintln!("package: {error}");
            return ExitCode::from(2);
        }
    };
    let built = match Built::build(root) {
        Ok(built) => built,
        Err(error) => {
            eprintln!("package: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut lines = Vec::new();
    let mut failed = false;
    for kind in kinds {
        println!("== {}", kind.name);
        lines.push(match provide(kind, &built) {
            Ok(file) => format!("{:<6} {} {}", kind.name, size(&file), file.display()),
            Err(Problem::Absent(what)) => format!("{:<6} WARNING: SKIPPED: {what}", kind.name),
            Err(Problem::Failed(what)) => {
                failed = true;
                format!("{:<6} FAILED: {what}", kind.name)
            }
        });
    }
    println!("== packages of transom {}", built.facts.version);
    for line in lines {
        println!("{line}");
    }
    ExitCode::from(u8::from(failed))
}

/// The kinds of packages that the command line names, or all.
fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Vec<&'static Kind>, String> {
    let mut only = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => {
                let names = arguments.next().ok_or("`--only` needs names")?;
                only.extend(names.split(',').map(str::to_owned));
            }
            other => return Err(format!("unknown option `{other}`")),
        }
    }
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    match only.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!(
            "unknown package `{name}`; known packages are {}",
            known.join(", ")
        )),
        None => Ok(KINDS
            .iter()
            .filter(|kind| only.is_empty() || only.iter().any(|name| name == kind.name))
            .collect()),
    }
}

/// Makes a package, installs it into an empty folder, and tries the command there.
fn provide(kind: &Kind, built: &Built) -> Result<PathBuf, Problem> {
    let file = (kind.make)(built)?;
    let folder = built.out.join("trial").join(kind.name);
    fresh(&folder)?;
    let program = (kind.install)(built, &file, &folder)?;
    trial::check(built, &program, &folder)?;
    // A virtual environment is larger than all packages.
    fs::remove_dir_all(&folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    Ok(file)
}
