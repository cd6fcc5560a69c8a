//! Where the sources of a dependency are, for tests that read what it ships: the crate `wasm-tools` has the component model's specification and
//! reference suite.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the component model's specification.
#[allow(dead_code)]
pub fn component_model() -> PathBuf {
    folder("wasm-tools-1.263.0").join("tests/component-model")
}

/// The folder of a dependency with a version: cargo knows where it has put it.
///
/// Cargo fetches the dependencies on this platform that nothing built so far has needed.
///
/// # Panics
///
/// If cargo can't say it.
pub fn folder(name: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .args(["--filter-platform", "host-tuple"])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ])
        .output()
        .expect("cargo runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("JSON");
    let end = text
        .find(&format!("/{name}/Cargo.toml"))
        .expect("it is a dependency");
    let start = text[..end].rfind('"').expect("it is a string") + 1;
    Path::new(&text[start..end]).join(name)
}

/// The files whose names end so, in a folder and those in it, in order.
///
/// # Panics
///
/// If a folder can't be read.
#[allow(dead_code)]
pub fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut entries: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    let files = entries.into_iter().map(|entry| match entry.is_dir() {
        true => files(&entry, end),
        false if entry.to_string_lossy().ends_with(end) => vec![entry],
        false => Vec::new(),
    });
    files.flatten().collect()
}
