//! The C programs of `tests/programs`, each with what it prints and how it exits in `NAME.expected`.
//!
//! `BLESS=1` rewrites the expectations. The programs are built by `tests/programs/build.sh`.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::tempdir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programs")
}

/// Runs a program with options before it, arguments after it and an input, and holds it against its expectation.
fn check(name: &str, options: &[&str], args: &[&str], input: &str) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .arg("run")
        .args(options)
        .arg(format!("{name}.wasm"))
        .args(args)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that doesn't read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let actual = format!(
        "exit code {}\n--- standard output\n{}\n--- standard error\n{}\n",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    let path = folder().join(format!("{name}.expected"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, actual).unwrap();
    } else {
        assert_eq!(
            actual,
            std::fs::read_to_string(path).unwrap(),
            "{name} (BLESS=1 accepts this)"
        );
    }
}

#[test]
fn hello() {
    check(
        "hello",
        &["--env", "NAME=Ada", "--argv0", "greeter"],
        &["one", "--two", "three words here"],
        "",
    );
}

#[test]
fn wc() {
    check(
        "wc",
        &[],
        &["--copy"],
        "one two\nthree\n\nlast line without an end",
    );
}

#[test]
fn files() {
    let dir = tempdir().unwrap();
    check(
        "files",
        &["--dir", &format!("{}::/data", dir.path().display())],
        &[],
        "",
    );
    assert_eq!(
        std::fs::read_to_string(dir.path().join("b.txt")).unwrap(),
        "one X\n"
    );
}

#[test]
fn list() {
    let dir = tempdir().unwrap();
    std::fs::create_dir(dir.path().join("folder")).unwrap();
    for index in 0..100 {
        std::fs::write(
            dir.path().join(format!("file-with-a-longer-name-{index:03}")),
            "x".repeat(index),
        )
        .unwrap();
    }
    check(
        "list",
        &["--dir", &format!("{}::data", dir.path().display())],
        &["data"],
        "",
    );
}

#[test]
fn sort() {
    check("sort", &[], &[], "");
}

#[test]
fn time() {
    check("time", &["--timeout", "60s"], &[], "");
}

#[test]
fn exit() {
    check("exit", &[], &["42"], "");
}

#[test]
fn abort() {
    check("abort", &[], &[], "");
}
