//! Every command ends when its time is over.

use crate::commands;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// Words with which a command waits for its input or for a program, but for those that have neither.
fn waiting(command: &str) -> Option<&'static [&'static str]> {
    Some(match command {
        "compare" | "reduce" | "report" => &["--total-timeout=100ms", "-"],
        "bisect" => &["--total-timeout=100ms", "--timeout=60s", "--invoke=f", "loop.wat"],
        "addr2line" => &["--timeout=100ms", "-", "0x20"],
        "component" => &["--timeout=100ms", "wit", "-"],
        "completion" | "help" | "cache" => return None,
        _ => &["--timeout=100ms", "-"],
    })
}

#[test]
fn every_command_has_a_timeout() {
    let folder = tempdir().unwrap();
    let endless = r#"(module (func (export "f") (loop (br 0))))"#;
    std::fs::write(folder.path().join("loop.wat"), endless).unwrap();
    for command in commands() {
        let Some(words) = waiting(&command) else {
            continue;
        };
        let temporary = tempdir().unwrap();
        let start = Instant::now();
        // Standard input stays open, and nothing comes.
        let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
            .arg(&command)
            .args(words)
            .current_dir(folder.path())
            .env("TMPDIR", temporary.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let done = child.wait_with_output().unwrap();
        drop(input);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(124), "{command}: {said}");
        assert!(
            said.contains("time limit of 100ms") && said.contains("--timeout"),
            "{command}: {said}"
        );
        assert!(start.elapsed() < Duration::from_secs(20), "{command}");
        let left = std::fs::read_dir(temporary.path()).unwrap().count();
        assert_eq!(left, 0, "{command} leaves temporary files");
    }
}

#[test]
fn a_timeout_may_come_first() {
    let done = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["--timeout", "1m", "completion", "bash"])
        .output()
        .unwrap();
    assert!(done.status.success() && !done.stdout.is_empty(), "{done:?}");
}

#[test]
fn a_timeout_ends_what_the_command_has_started() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("m.wat"), "(module (func))").unwrap();
    let start = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["reduce", "--total-timeout=300ms", "--timeout=60s", "--keep"])
        .args(["echo $$ > pid; sleep 60; : {}", "m.wat"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(124), "{done:?}");
    assert!(start.elapsed() < Duration::from_secs(20));
    let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    let process = format!("/proc/{}/status", pid.trim());
    // A killed process that nobody has waited for yet is a zombie; on a busy machine it takes a moment to become one.
    let status = || std::fs::read_to_string(&process).unwrap_or_default();
    let ended = |status: &str| status.is_empty() || status.contains("State:\tZ");
    while !ended(&status()) && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(ended(&status()), "{}", status());
}

/// A group of types that mention each other. With a time that grows with the square of its size, it would take minutes.
#[test]
fn large_rec_groups_are_shown_in_time() {
    const TYPES: u32 = 200_000;
    let folder = tempdir().unwrap();
    let types = (0..TYPES).map(|index| {
        let (first, second) = ((index * 7 + 1) % TYPES, (index * 13 + 5) % TYPES);
        format!("(type (struct (field (ref null {first})) (field (ref null {second}))))\n")
    });
    let text = format!("(module (rec {}))", types.collect::<String>());
    std::fs::write(folder.path().join("m.wat"), text).unwrap();
    for command in [&["inspect"][..], &["objdump", "-x"]] {
        let done = Command::new(env!("CARGO_BIN_EXE_transom"))
            .args(command)
            .args(["--timeout=40s", "m.wat"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {said}");
    }
}

/// An input that never ends is refused, and does not fill the machine's memory.
#[test]
fn an_endless_input_is_refused() {
    let done = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["validate", "--timeout=60s", "/dev/zero"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot read `/dev/zero`"), "{said}");
}

/// A program fills the pipe that is its standard error, which nobody reads.
#[test]
fn a_full_pipe_does_not_hold_the_end_up() {
    let folder = tempdir().unwrap();
    let program = folder.path().join("full.wat");
    std::fs::write(
        &program,
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 8) "\00\04\00\00\00\f0\00\00")
            (func (export "_start")
                (loop $again
                    (drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 0))) (br $again))))"#,
    )
    .unwrap();
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(["run", "--timeout=300ms"])
        .arg(&program)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(124));
    assert!(start.elapsed() < Duration::from_secs(20));
}
