//! The kinds of packages: how each is made, and how its user installs it.

use super::built::{Built, PACKAGE, PROFILE, Problem};
use super::steps::{fresh, run};
use super::{npm, tools};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of package.
#[derive(Debug)]
pub struct Kind {
    /// The name on the command line.
    pub name: &'static str,
    /// Makes the package and returns its file.
    pub make: fn(&Built) -> Result<PathBuf, Problem>,
    /// Installs the file into a folder and returns the command that lies there.
    pub install: fn(&Built, &Path, &Path) -> Result<PathBuf, Problem>,
}

pub const KINDS: [Kind; 3] = [
    Kind {
        name: "wheel",
        make: make_wheel,
        install: install_wheel,
    },
    Kind {
        name: "deb",
        make: make_deb,
        install: install_deb,
    },
    Kind {
        name: "npm",
        make: npm::make,
        install: npm::install,
    },
];

/// A Python wheel. Maturin calls Cargo, which finds that the command is built already.
fn make_wheel(built: &Built) -> Result<PathBuf, Problem> {
    let maturin = tools::maturin(built)?;
    let folder = built.out.join("wheel");
    fresh(&folder)?;
    run(Command::new(maturin)
        .args(["build", "--locked", "--profile", PROFILE])
        .arg("--manifest-path")
        .arg(built.root.join("crates/cli/Cargo.toml"))
        .arg("--out")
        .arg(&folder)
        .env("CARGO_TARGET_DIR", &built.target))?;
    // The file's name has the oldest C library that it runs with.
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = files.flatten().map(|entry| entry.path()).next();
    Ok(file.ok_or("maturin: no wheel".to_owned())?)
}

fn install_wheel(_: &Built, file: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    tools::environment(folder)?;
    run(Command::new(folder.join("bin/python"))
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-index",
            "--disable-pip-version-check",
        ])
        .arg(file))?;
    Ok(folder.join("bin/transom"))
}

fn make_deb(built: &Built) -> Result<PathBuf, Problem> {
    let cargo_deb = tools::cargo_deb(built)?;
    let file = built
        .out
        .join(format!("transom_{}_amd64.deb", built.facts.version));
    run(Command::new(cargo_deb)
        .args(["--no-build", "--no-strip", "--profile", PROFILE])
        .args(["--package", PACKAGE, "--output"])
        .arg(&file)
        .current_dir(&built.root)
        .env("CARGO_TARGET_DIR", &built.target))?;
    Ok(file)
}

/// Unpacks the package: only the system's administrator can install it.
fn install_deb(_: &Built, file: &Path, folder: &Path) -> Result<PathBuf, Problem> {
    let dpkg = tools::required("dpkg-deb", "install Debian's package `dpkg`")?;
    run(Command::new(dpkg).arg("-x").arg(file).arg(folder))?;
    Ok(folder.join("usr/bin/transom"))
}
