//! The programs that make and install packages. What the machine lacks is installed from its registry, into the target folder.

use super::built::{Built, Problem};
use super::steps::run;
use crate::cargo::cargo;
use std::path::{Path, PathBuf};
use std::process::Command;

const MATURIN: &str = "1.16.0";
const CARGO_DEB: &str = "3.8.0";
const PYTHON: &str = "install Python 3 with its module `venv` (Debian: `python3-venv`)";

/// A program of the `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// A program that is not installed here.
pub fn required(name: &str, hint: &str) -> Result<PathBuf, Problem> {
    find(name).ok_or_else(|| Problem::Absent(format!("cannot find `{name}` in PATH; try: {hint}")))
}

pub fn npm() -> Result<PathBuf, Problem> {
    required("npm", "install Node")
}

/// Makes a Python environment of its own in a folder.
pub fn environment(folder: &Path) -> Result<(), Problem> {
    let python = required("python3", PYTHON)?;
    let made = run(Command::new(python).args(["-m", "venv"]).arg(folder));
    made.map_err(|error| Problem::Absent(format!("{error}; try: {PYTHON}")))
}

pub fn maturin(built: &Built) -> Result<PathBuf, Problem> {
    // Its wheel is tried with Python; say so before it is made.
    required("python3", PYTHON)?;
    let folder = folder(built, "maturin", MATURIN);
    let program = folder.join("bin/maturin");
    if let Some(found) = find("maturin").or_else(|| program.is_file().then(|| program.clone())) {
        return Ok(found);
    }
    environment(&folder)?;
    let installed = run(Command::new(folder.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("maturin=={MATURIN}")));
    installed.map_err(|error| Problem::Absent(format!("{error}; try: pip install maturin")))?;
    Ok(program)
}

pub fn cargo_deb(built: &Built) -> Result<PathBuf, Problem> {
    let folder = folder(built, "cargo-deb", CARGO_DEB);
    let program = folder.join("bin/cargo-deb");
    if let Some(found) = find("cargo-deb").or_else(|| program.is_file().then(|| program.clone())) {
        return Ok(found);
    }
    let installed = run(cargo()
        .args(["install", "--locked", "--quiet", "--root"])
        .arg(&folder)
        .arg(format!("cargo-deb@{CARGO_DEB}"))
        // Its own target folder: a workspace's build must not wait for this one.
        .env_remove("CARGO_TARGET_DIR"));
    installed.map_err(|error| Problem::Absent(format!("{error}; try: cargo install cargo-deb")))?;
    Ok(program)
}

/// Where a version of a tool is installed.
fn folder(built: &Built, name: &str, version: &str) -> PathBuf {
    built
        .target
        .join("package-tools")
        .join(format!("{name}-{version}"))
}
