//! The command that goes into packages: how it is built, and what packages say about it.

use super::steps::{run, size};
use crate::cargo::cargo;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The package of the workspace that has the command.
pub const PACKAGE: &str = "transom-cli";
pub const PROFILE: &str = "dist";
/// Bytes that the stripped command may have: a download of a few seconds.
const LARGEST: u64 = 12_000_000;

/// Why there is no package.
#[derive(Debug)]
pub enum Problem {
    /// The machine lacks a program. The text says which, and how to install it.
    Absent(String),
    Failed(String),
}

impl From<String> for Problem {
    fn from(text: String) -> Problem {
        Problem::Failed(text)
    }
}

/// The command that was built, and the folders that packages are made in.
#[derive(Debug)]
pub struct Built {
    /// The workspace.
    pub root: PathBuf,
    /// The folder that Cargo builds into.
    pub target: PathBuf,
    /// The folder for packages.
    pub out: PathBuf,
    pub program: PathBuf,
    pub facts: Facts,
}

/// What all packages say about the command.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    pub version: String,
    pub description: String,
    pub license: String,
}

impl Built {
    /// Builds the command, and checks its size.
    pub fn build(root: &Path) -> Result<Self, String> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("cargo metadata: {error}"))?;
        let metadata: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
        let target = metadata["target_directory"].as_str().map(PathBuf::from);
        let target = target.ok_or("cargo metadata: no target folder")?;
        let facts = Facts::of(&metadata).ok_or(format!("cargo metadata: no package `{PACKAGE}`"))?;
        run(cargo()
            .args(["build", "--locked", "--profile", PROFILE, "--package", PACKAGE])
            .current_dir(root))?;
        let built = Built {
            root: root.to_owned(),
            program: target.join(PROFILE).join("transom"),
            out: target.join("packages"),
            target,
            facts,
        };
        let bytes = fs::metadata(&built.program).map_or(0, |file| file.len());
        println!("transom {} {}", built.facts.version, size(&built.program));
        if bytes > LARGEST {
            return Err(format!(
                "the command has {bytes} bytes; the limit is {LARGEST}\n\
                 hint: `cargo tree --package {PACKAGE} --edges normal` lists what it contains"
            ));
        }
        fs::create_dir_all(&built.out)
            .map_err(|error| format!("cannot create {}: {error}", built.out.display()))?;
        Ok(built)
    }
}

impl Facts {
    pub fn of(metadata: &Value) -> Option<Facts> {
        let packages = metadata["packages"].as_array()?;
        let package = packages.iter().find(|package| package["name"] == PACKAGE)?;
        let text = |key: &str| package[key].as_str().map(str::to_owned);
        Some(Facts {
            version: text("version")?,
            description: text("description")?,
            license: text("license")?,
        })
    }
}
