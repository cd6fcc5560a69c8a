//! Where the component model's specification and reference suite are, which the crate `wasm-tools` ships.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the specification: cargo knows where it has put the crate.
///
/// Cargo fetches the dependencies on this platform that nothing built so far has needed.
///
/// # Panics
///
/// If cargo can't say it.
pub fn folder() -> PathBuf {
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
        .find("/wasm-tools-1.263.0/Cargo.toml")
        .expect("it is a dependency");
    let start = text[..end].rfind('"').expect("it is a string") + 1;
    Path::new(&text[start..end]).join("wasm-tools-1.263.0/tests/component-model")
}
