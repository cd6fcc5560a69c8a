//! Python's package `wasmtime` with our library.

use super::build::Compat;
use super::results::{compare, tests};
use crate::folders::fresh;
use crate::package::built::Problem;
use crate::package::steps::run as step;
use crate::package::tools::environment;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGE: &str = "wasmtime==48.0.0";
const PYTEST: &str = "pytest==8.4.2";
/// Where the package looks for the library.
const LIBRARY: &str = "wasmtime/linux-x86_64/_libwasmtime.so";
/// The fewest tests that are believed.
const LEAST: usize = 90;

/// Tests the package with its own library and with ours.
pub fn run(compat: &Compat) -> Result<(), Problem> {
    let folder = compat.target.join("compat-tools").join(PACKAGE);
    let python = folder.join("environment/bin/python");
    if !folder.join("done").is_file() {
        install(&folder, &python)?;
    }
    let theirs = results(&python, &folder.join("theirs"))?;
    let library = folder.join("ours").join(LIBRARY);
    fs::copy(compat.built(), &library).map_err(failed)?;
    let ours = results(&python, &folder.join("ours"))?;
    let list = fs::read_to_string(compat.root.join("compat/python-failures.txt")).map_err(failed)?;
    let listed: Vec<&str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" # ").map(|(name, _)| name))
        .collect();
    let passed = |results: &BTreeMap<String, bool>| results.values().filter(|passed| **passed).count();
    println!(
        "{} of {} tests pass with the package's own library, {} of {} with ours",
        passed(&theirs),
        theirs.len(),
        passed(&ours),
        ours.len()
    );
    let mut problems = compare(&theirs, &ours, &listed);
    if passed(&theirs) < LEAST {
        problems.push(format!(
            "fewer than {LEAST} tests pass with the package's own library"
        ));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Problem::Failed(problems.join("\n"))),
    }
}

/// Fetches the package and its tests, which only its sources have, and lays both out twice. Tests of components are left out.
fn install(folder: &Path, python: &Path) -> Result<(), Problem> {
    fresh(folder).map_err(failed)?;
    environment(&folder.join("environment"))?;
    let absent = |error| Problem::Absent(format!("{error}; Python's registry is needed once"));
    let pip = |arguments: &[&str]| {
        let mut command = Command::new(python);
        command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        step(command.args(arguments).current_dir(folder)).map_err(absent)
    };
    pip(&["install", PYTEST])?;
    pip(&[
        "download",
        "--no-deps",
        "--dest",
        "wheel",
        "--only-binary",
        ":all:",
        PACKAGE,
    ])?;
    pip(&[
        "download",
        "--no-deps",
        "--dest",
        "sources",
        "--no-binary",
        ":all:",
        PACKAGE,
    ])?;
    let unpack = |module: &str, archive: &Path, to: &str| {
        let mut command = Command::new(python);
        command.args(["-m", module, "-e"]).arg(archive).arg(to);
        step(command.current_dir(folder)).map_err(Problem::Failed)
    };
    unpack("tarfile", &only_file(&folder.join("sources"))?, "unpacked")?;
    let tests = only_file(&folder.join("unpacked"))?.join("tests");
    fs::remove_dir_all(tests.join("component")).map_err(failed)?;
    for side in ["theirs", "ours"] {
        unpack("zipfile", &only_file(&folder.join("wheel"))?, side)?;
        copy(&tests, &folder.join(side).join("tests")).map_err(failed)?;
    }
    fs::write(folder.join("done"), "").map_err(failed)
}

/// Runs the tests in a folder.
fn results(python: &Path, folder: &Path) -> Result<BTreeMap<String, bool>, Problem> {
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pytest",
        "-q",
        "-rA",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "tests",
    ]);
    // With backtraces of Rust, texts of errors would be other ones.
    command
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LIB_BACKTRACE");
    let output = command.current_dir(folder).output().map_err(failed)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let results = tests(&text);
    // A crash of the process leaves no results behind.
    match output.status.code() {
        Some(0 | 1) if !results.is_empty() => {
            if output.status.code() == Some(1) {
                println!("{text}");
            }
            Ok(results)
        }
        _ => Err(Problem::Failed(format!(
            "pytest: {}\n{text}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

fn only_file(folder: &Path) -> Result<PathBuf, Problem> {
    let mut entries = fs::read_dir(folder).map_err(failed)?;
    match (entries.next(), entries.next()) {
        (Some(Ok(entry)), None) => Ok(entry.path()),
        _ => Err(Problem::Failed(format!("{} has not one file", folder.display()))),
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name()))?,
            false => fs::copy(entry.path(), to.join(entry.file_name())).map(drop)?,
        }
    }
    Ok(())
}

fn failed(error: std::io::Error) -> Problem {
    Problem::Failed(error.to_string())
}
