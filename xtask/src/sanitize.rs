//! Tests under a sanitizer: `cargo xtask sanitize address|thread`.
//!
//! The stable toolchain has the runtimes of both; `RUSTC_BOOTSTRAP` allows the flags. Compiled WebAssembly is not instrumented:
//! what it does is seen only where it meets Rust.
//!
//! ThreadSanitizer must see how the standard library's locks and threads wait for each other. So the library is built with
//! instrumentation, which takes the component `rust-src`. Without it, everything that a contended lock protects is reported
//! as a race; the tests run, but reports don't count.

use crate::cargo::{TRIPLE, cargo};
use std::path::Path;
use std::process::{Command, ExitCode};

/// A sanitizer.
struct Sanitizer {
    name: &'static str,
    /// Whether it must see the inside of the standard library.
    needs_std: bool,
    /// The variable that its runtime reads, and what it is to do: our own handlers take faults, on stacks of their own.
    variable: &'static str,
    options: &'static str,
    /// Integration tests that say something under it; unit tests of the raw parts run in any case.
    tests: &'static [&'static str],
}

/// Crates with `unsafe` or threads of their own.
const RAW: [&str; 5] = [
    "transom-sys",
    "transom-gc",
    "transom-codespace",
    "transom-vm",
    "transom",
];

const SANITIZERS: [Sanitizer; 2] = [
    Sanitizer {
        name: "address",
        needs_std: false,
        variable: "ASAN_OPTIONS",
        options: "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0:detect_leaks=0",
        tests: &[
            "api",
            "objects",
            "objects_hazards",
            "objects_endings",
            "object_matrix",
            "memory_matrix",
            "nested_calls",
            "threads",
            "reported_bugs",
        ],
    },
    Sanitizer {
        name: "thread",
        needs_std: true,
        variable: "TSAN_OPTIONS",
        options: "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0",
        tests: &["api", "threads", "interruption"],
    },
];

/// Runs the tests under the sanitizers that are named, or under both.
pub fn run(root: &Path, arguments: impl Iterator<Item = String>) -> ExitCode {
    let wanted: Vec<String> = arguments.collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| !SANITIZERS.iter().any(|sanitizer| sanitizer.name == **name))
    {
        eprintln!("xtask: no sanitizer `{unknown}`; there are address, thread");
        return ExitCode::from(2);
    }
    let chosen = SANITIZERS
        .iter()
        .filter(|sanitizer| wanted.is_empty() || wanted.iter().any(|name| name == sanitizer.name));
    let mut failed = false;
    for sanitizer in chosen {
        for tests in [unit_tests(), integration_tests(sanitizer)] {
            eprintln!("== {}: cargo test {}", sanitizer.name, tests.join(" "));
            match command(root, sanitizer).args(&tests).status() {
                Ok(status) => failed |= !status.success(),
                Err(error) => {
                    eprintln!("xtask: cargo test: {error}");
                    failed = true;
                }
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

fn unit_tests() -> Vec<String> {
    let packages = RAW.iter().flat_map(|name| ["--package", name]);
    ["--lib"].into_iter().chain(packages).map(str::to_owned).collect()
}

fn integration_tests(sanitizer: &Sanitizer) -> Vec<String> {
    let tests = sanitizer.tests.iter().flat_map(|name| ["--test", name]);
    ["--package", "transom"]
        .into_iter()
        .chain(tests)
        .map(str::to_owned)
        .collect()
}

/// Whether the standard library's source is installed.
fn has_std_source() -> bool {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()))
        .args(["--print", "sysroot"])
        .output();
    output.is_ok_and(|output| {
        let root = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Path::new(&root).join("lib/rustlib/src/rust/library").is_dir()
    })
}

fn command(root: &Path, sanitizer: &Sanitizer) -> Command {
    let mut cargo = cargo();
    let mut flags = format!("-Zsanitizer={} --cfg transom_sanitize", sanitizer.name);
    let mut options = sanitizer.options.to_owned();
    cargo.args(["test", "--locked", "--no-fail-fast", "--target", TRIPLE]);
    if sanitizer.needs_std && has_std_source() {
        cargo.arg("-Zbuild-std");
    } else if sanitizer.needs_std {
        eprintln!(
            "xtask: WARNING: the standard library's source is missing, so its locks are not seen and reports don't count\n\
             xtask: try: rustup component add rust-src"
        );
        flags += " -Cunsafe-allow-abi-mismatch=sanitizer";
        options += ":exitcode=0";
    }
    cargo
        .current_dir(root)
        .arg("--target-dir")
        .arg(root.join("target/sanitize").join(sanitizer.name))
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env(sanitizer.variable, options);
    cargo
}
