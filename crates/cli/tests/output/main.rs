//! What commands write, and what they do when it can't be written. The commands are those that `transom --help` lists, so
//! a new one is tested too: it needs a row in [`invocations`].
#![allow(clippy::unwrap_used)]

mod escapes;
mod time;

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::{TempDir, tempdir};

/// Files for [`invocations`].
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "m.wat",
        r#"(module $m (memory 1) (func (export "f") (result i32) (i32.const 7)))"#,
    );
    write("c.wat", r#"(component (import "f" (func)))"#);
    write(
        "f.wat",
        r#"(component (core module $m (func $f (export "f") (result i32) (i32.const 7)))
            (core instance $i (instantiate $m))
            (func (export "f") (result u32) (canon lift (core func $i "f"))))"#,
    );
    write(
        "p1.wat",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (memory (export "memory") 1) (func (export "_start")))"#,
    );
    write(
        "uses-f.wat",
        r#"(component (import "f" (func $f (result u32))) (export "g" (func $f)))"#,
    );
    write("s.wac", "package my:app;\nlet f = new my:f {};\nexport f...;");
    write("trap.wat", r#"(module (func (export "f") unreachable))"#);
    write("user.wat", r#"(module (import "m" "f" (func (result i32))))"#);
    write(
        "s.wast",
        r#"(module (func (export "f"))) (assert_return (invoke "f"))"#,
    );
    write(
        "bad.wast",
        r#"(module (func (export "f"))) (assert_trap (invoke "f") "x")"#,
    );
    folder
}

/// Ways to call each command that print a result.
fn invocations(command: &str) -> &'static [&'static [&'static str]] {
    const ENGINES: &str = "--engines=transom,transom-unoptimised";
    match command {
        "run" => &[
            &["--invoke=f", "m.wat"],
            &["--invoke=f", "f.wat"],
            &["-W", "help"],
            &["-O", "help"],
            &["--log", "help"],
        ],
        "bisect" => &[&["--invoke=f", "m.wat"], &["-W", "help"], &["-O", "help"]],
        "wast" => &[&["s.wast"], &["bad.wast"], &["s.wast", "bad.wast"]],
        "validate" => &[
            &["m.wat"],
            &["--needs", "m.wat"],
            &["--json", "m.wat"],
            &["--needs", "--compile", "f.wat"],
            &["-W", "help"],
        ],
        "metadata" => &[&["m.wat"], &["--json", "m.wat"], &["f.wat"], &["--json", "f.wat"]],
        "addr2line" => &[&["m.wat", "0x20"], &["--json", "m.wat", "0x20"]],
        "json-from-wast" => &[&["s.wast"]],
        "inspect" | "stats" => &[&["m.wat"], &["--json", "m.wat"], &["f.wat"], &["--json", "f.wat"]],
        "objdump" => &[&["m.wat"], &["-x", "-d", "-s", "m.wat"], &["f.wat"]],
        "link" => &[&["m.wat", "user.wat"], &["--json", "m.wat", "user.wat"]],
        "roundtrip" => &[&["m.wat"], &["--json", "m.wat"]],
        "compare" => &[
            &[ENGINES, "--invoke=f", "m.wat"],
            &[ENGINES, "--json", "--invoke=f", "m.wat"],
            &[ENGINES, "--generate=2"],
            &["--engines=help"],
        ],
        "reduce" => &[
            &["--keep=true", "m.wat"],
            &["--keep=trap", "--invoke=f", "trap.wat"],
        ],
        "report" => &[&[ENGINES, "--invoke=f", "m.wat"]],
        "component" => &[
            &["wit", "c.wat"],
            &["wit", "--json", "c.wat"],
            &["new", "p1.wat"],
            &["compose", "uses-f.wat", "f.wat"],
            &["compose", "--script", "s.wac", "--dep", "my:f=f.wat"],
        ],
        "parse" | "print" | "strip" => &[&["m.wat"], &["f.wat"]],
        "completion" => &[&["bash"], &["zsh"]],
        "help" => &[&[], &["run"], &["compare"]],
        "compile" => &[&["-o", "-", "m.wat"]],
        "cache" => &[&[], &["list"], &["clear"], &["path"]],
        _ => panic!("`{command}` has no row: what makes it print a result?"),
    }
}

/// The names of all commands, from the help that clap makes of them.
fn commands() -> Vec<String> {
    let help = Command::new(env!("CARGO_BIN_EXE_transom"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let list = help.split("Commands:\n").nth(1).unwrap();
    let list = list.lines().take_while(|line| !line.is_empty());
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<String> = names
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect();
    assert!(
        names.len() >= 16 && names.contains(&"help".to_owned()),
        "{names:?}"
    );
    names
}

/// Every command line: each row of each command, and its help.
fn command_lines() -> Vec<Vec<String>> {
    let mut lines = vec![vec!["--help".to_owned()], vec!["--version".to_owned()]];
    for command in commands() {
        for arguments in invocations(&command) {
            let arguments = arguments.iter().map(|argument| (*argument).to_owned());
            lines.push(std::iter::once(command.clone()).chain(arguments).collect());
        }
        if command != "help" {
            lines.push(vec![command, "--help".to_owned()]);
        }
    }
    lines
}

fn transom(folder: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transom"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("XDG_CACHE_HOME", folder);
    command
}

/// Whether a command line exits with 0 or another code where its output can be written.
fn code(done: &Output) -> Option<i32> {
    done.status.code()
}

#[test]
fn a_result_that_is_not_written_is_a_failure() {
    let folder = folder();
    let mut wrong = Vec::new();
    for line in command_lines() {
        let printed = transom(folder.path(), &line).output().unwrap();
        assert!(!printed.stdout.is_empty(), "{line:?} prints nothing: {printed:?}");
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let unwritable = File::open("/dev/null").unwrap();
        // `>&-` closes a stream in a way that `Command` can't.
        let mut closed = Command::new("sh");
        closed
            .args(["-c", "exec \"$@\" >&-", "sh", env!("CARGO_BIN_EXE_transom")])
            .args(&line)
            .current_dir(folder.path())
            .env("XDG_CACHE_HOME", folder.path())
            .stdin(Stdio::null());
        let cases = [
            (
                "full",
                transom(folder.path(), &line)
                    .stdout(full)
                    .stderr(Stdio::piped())
                    .output(),
            ),
            (
                "only for reading",
                transom(folder.path(), &line)
                    .stdout(unwritable)
                    .stderr(Stdio::piped())
                    .output(),
            ),
            ("closed", closed.output()),
        ];
        for (case, done) in cases {
            let done = done.unwrap();
            let why = match case {
                "full" => "No space left on device",
                "closed" => "the stream is closed",
                _ => "Bad file descriptor",
            };
            let said = String::from_utf8_lossy(&done.stderr);
            let named = said.contains("error: cannot write to standard output: ") && said.contains(why);
            if matches!(code(&done), None | Some(0)) || !named {
                wrong.push(format!("{line:?}, {case}: {:?} {said}", code(&done)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_reader_that_is_gone_ends_a_command_quietly() {
    let folder = folder();
    for line in command_lines() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let done = transom(folder.path(), &line)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(code(&done), Some(141), "{line:?}: {said}");
        // The sizes that `reduce` tells come before its result.
        let quiet = said.is_empty() || line[0] == "reduce" && !said.contains("error");
        assert!(quiet, "{line:?}: {said}");
    }
}

#[test]
fn statistics_that_are_not_written_are_a_failure() {
    let folder = folder();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let line = ["run", "--stats", "--invoke=f", "m.wat"].map(str::to_owned);
    let done = transom(folder.path(), &line)
        .stderr(full)
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!((code(&done), &*done.stdout), (Some(1), &b"7\n"[..]));
}

#[test]
fn files_that_are_not_written_are_a_failure() {
    let folder = folder();
    for command in ["parse", "print", "strip"] {
        let line = [command, "-o", "/dev/full", "m.wat"].map(str::to_owned);
        let done = transom(folder.path(), &line).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(code(&done), Some(1), "{command}: {said}");
        assert!(
            said.contains("`/dev/full`") && said.contains("No space left"),
            "{command}: {said}"
        );
    }
}
