//! The sources of the two crates, and of the crates that they re-export.

use super::condition::Features;
use super::tree::Crate;
use super::world::World;
use crate::cargo::{TRIPLE, cargo};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The manifest that names the version of the reference.
const MANIFEST: &str = "bench/peers/wasmtime/Cargo.toml";

/// The reference, and its crates that it re-exports items of.
const REFERENCE: [&str; 3] = ["wasmtime", "wasmtime-environ", "wasmtime-internal-core"];

/// Why the sources cannot be had.
#[derive(Debug)]
pub enum Unavailable {
    /// They are not on this machine.
    Absent(String),
    /// They cannot be read.
    Wrong(String),
}

impl From<String> for Unavailable {
    fn from(error: String) -> Unavailable {
        Unavailable::Wrong(error)
    }
}

/// The crates of the reference, with the features that are enabled by default and `async`.
///
/// # Errors
///
/// Cargo has not fetched them, or they cannot be parsed.
pub fn reference(root: &Path, offline: bool) -> Result<World, Unavailable> {
    let mut metadata = cargo();
    metadata.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
    metadata
        .arg(root.join(MANIFEST))
        .args(["--filter-platform", TRIPLE]);
    metadata.args(offline.then_some("--offline"));
    let output = metadata.output().map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Unavailable::Absent(error));
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut world = World::default();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        if !REFERENCE.contains(&name) {
            continue;
        }
        let features = match name {
            "wasmtime" => enabled(package),
            _ => Features::All,
        };
        let (name, file) = library(package).ok_or_else(|| format!("{name} has no library"))?;
        world.crates.insert(name, Crate::read(&file, features)?);
    }
    Ok(world)
}

/// The crates of the workspace.
///
/// # Errors
///
/// They cannot be parsed.
pub fn ours(root: &Path) -> Result<World, Unavailable> {
    let mut world = World::default();
    let folder = root.join("crates");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("crates: {error}"))?;
    for entry in entries.flatten() {
        let file = entry.path().join("src/lib.rs");
        let folder = entry.file_name().to_string_lossy().into_owned();
        let name = if folder == "transom" {
            folder
        } else {
            format!("transom_{folder}")
        };
        if file.exists() {
            world.crates.insert(name, Crate::read(&file, Features::All)?);
        }
    }
    Ok(world)
}

/// The name and the root file of a package's library.
fn library(package: &Value) -> Option<(String, PathBuf)> {
    let targets = package["targets"].as_array()?;
    let is_library = |target: &&Value| {
        target["kind"]
            .as_array()
            .is_some_and(|kinds| kinds.contains(&"lib".into()))
    };
    let target = targets.iter().find(is_library)?;
    let name = target["name"].as_str()?.replace('-', "_");
    Some((name, target["src_path"].as_str()?.into()))
}

/// The features that are enabled by default, and `async`.
fn enabled(package: &Value) -> Features {
    let mut waiting = vec!["default".to_owned(), "async".to_owned()];
    let mut features = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let implied = package["features"][&name].as_array().into_iter().flatten();
        let implied = implied.filter_map(|implied| implied.as_str().map(str::to_owned));
        if features.insert(name.clone()) {
            waiting.extend(implied);
        }
    }
    Features::Only(features)
}
