//! Compiling programs natively, where there is a compiler.

use crate::case::programs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use tempfile::{TempDir, tempdir};

static COMPILER: LazyLock<bool> = LazyLock::new(|| {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let version = Command::new("sh")
        .args(["-c", &format!("{compiler} --version")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let there = version.is_ok_and(|status| status.success());
    if !there {
        skipped("no C compiler: programs are compared with what was recorded, and not with native ones");
    }
    there
});

/// Says what is not tested. Not by `eprintln`, whose output is shown only of tests that fail.
#[expect(clippy::disallowed_methods, reason = "the lint is about the command itself")]
pub fn skipped(what: &str) {
    let mut console = std::io::stderr();
    let _ = writeln!(console, "\nSKIPPED: {what}\n");
}

/// A folder with these programs, unless there is no compiler.
pub fn compile(names: &[&str]) -> Option<TempDir> {
    if !*COMPILER {
        return None;
    }
    let folder = tempdir().unwrap();
    for name in names {
        let built = Command::new("sh")
            .arg(programs().join("build.sh"))
            .arg("--native")
            .args([folder.path().join(name).as_os_str(), name.as_ref()])
            .output()
            .unwrap();
        assert!(
            built.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&built.stderr)
        );
    }
    Some(folder)
}
