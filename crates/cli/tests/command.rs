//! The command on small inputs: what it prints, and how it exits.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

/// A folder with one file, which stays as long as this value.
struct Input {
    _dir: TempDir,
    path: PathBuf,
}

fn input(name: &str, bytes: impl AsRef<[u8]>) -> Input {
    let dir = tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Input { _dir: dir, path }
}

/// What a run of the command came to.
struct Done {
    code: i32,
    out: String,
    err: String,
}

fn transom(args: &[&str], file: &Path, rest: &[&str]) -> Done {
    let command = env!("CARGO_BIN_EXE_transom");
    let output = Command::new(command)
        .args(args)
        .arg(file)
        .args(rest)
        .output()
        .unwrap();
    Done {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const MATH: &str = r#"(module
  (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
  (func (export "swap") (param f32 f64) (result f64 f32) (local.get 1) (local.get 0))
  (func (export "v") (param v128) (result v128) (local.get 0))
  (func (export "r") (param externref) (result externref funcref anyref)
    (local.get 0) (ref.func 0) (ref.null any))
  (func (export "div") (param i32 i32) (result i32) (call $inner (local.get 0) (local.get 1)))
  (func $inner (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "loop") (loop (br 0)))
  (func $deep (export "deep") (call $deep))
  (func (export "grow") (result i32) (memory.grow (i32.const 100)))
  (memory 1))"#;

#[test]
fn functions_are_invoked() {
    let file = input("math.wat", MATH);
    let invoke = |name: &str, args: &[&str]| transom(&["run", "--invoke", name], &file.path, args);
    assert_eq!(invoke("add", &["-1", "0x10"]).out, "15\n");
    assert_eq!(invoke("swap", &["-nan:0x1", "0.1"]).out, "0.1\n-nan:0x1\n");
    let vector = "0x000102030405060708090a0b0c0d0e0f";
    assert_eq!(invoke("v", &[vector]).out.trim_end(), vector);
    let done = invoke("r", &["null"]);
    assert_eq!(
        (done.code, done.out.lines().count(), done.out.lines().next()),
        (0, 3, Some("null"))
    );
}

#[test]
fn wrong_invocations_say_what_is_right() {
    let file = input("math.wat", MATH);
    let invoke = |name: &str, args: &[&str]| transom(&["run", "--invoke", name], &file.path, args);
    let done = invoke("add", &["1"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("takes 2 argument(s), not 1"), "{}", done.err);
    assert!(
        done.err.contains("try: `add` has the type (i32, i64) -> (i64)"),
        "{}",
        done.err
    );
    assert!(invoke("add", &["x", "1"]).err.contains("`x` is not a valid i32"));
    let done = invoke("sub", &[]);
    assert!(
        done.err.contains("does not export a function `sub`") && done.err.contains("add (i32, i64) -> (i64)"),
        "{}",
        done.err
    );
}

#[test]
fn a_trap_has_a_backtrace_and_its_own_exit_code() {
    let file = input("math.wat", MATH);
    let done = transom(&["run", "--invoke", "div"], &file.path, &["1", "0"]);
    assert_eq!(done.code, 134);
    let lines = done.err.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], "error: the program trapped: integer divide by zero");
    assert!(lines[1].starts_with("   0: inner at 0x"), "{}", done.err);
    let done = transom(&["run", "--invoke", "deep"], &file.path, &[]);
    assert_eq!(done.code, 134);
    assert!(
        done.err.contains("call stack exhausted") && done.err.contains("deep at 0x"),
        "{}",
        done.err
    );
    assert!(done.err.lines().count() < 40);
}

#[test]
fn time_and_memory_are_limited() {
    let file = input("math.wat", MATH);
    let start = Instant::now();
    let done = transom(
        &["run", "--timeout", "200ms", "--invoke", "loop"],
        &file.path,
        &[],
    );
    assert_eq!(done.code, 124);
    assert!(
        done.err.contains("time limit of 200ms") && done.err.contains("--timeout"),
        "{}",
        done.err
    );
    assert!(start.elapsed() < Duration::from_secs(20));
    let grow = |size: &str| {
        transom(
            &["run", "--max-memory-size", size, "--invoke", "grow"],
            &file.path,
            &[],
        )
    };
    assert_eq!((grow("1M").out, grow("10M").out), ("-1\n".into(), "1\n".into()));
    let done = grow("1000");
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("math.wat: ") && done.err.contains("--max-memory-size"),
        "{}",
        done.err
    );
}

#[test]
fn a_program_that_waits_for_the_host_is_stopped_as_well() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 16) "\01") (data (i32.const 24) "\ff\ff\ff\ff\ff\ff\ff\0f")
      (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 100) (i32.const 1) (i32.const 200)))))"#;
    let done = transom(
        &["run", "--timeout", "100ms"],
        &input("sleep.wat", text).path,
        &[],
    );
    assert_eq!(done.code, 124, "{}", done.err);
}

#[test]
fn missing_imports_are_named() {
    let text = r#"(module (import "env" "a" (func)) (import "env" "b" (func)) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32))) (func (export "_start")))"#;
    let done = transom(&["run"], &input("a.wat", text).path, &[]);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("`a` of `env`\n  `b` of `env`\ntry:"),
        "{}",
        done.err
    );
    assert!(!done.err.contains("fd_close"));
}

#[test]
fn features_can_be_switched() {
    let text = "(module (func (export \"_start\")) (func (result v128) (v128.const i64x2 1 2)))";
    let file = input("simd.wat", text);
    assert_eq!(transom(&["run"], &file.path, &[]).code, 0);
    let done = transom(&["run", "-W", "simd=n"], &file.path, &[]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("try: enable it: -W simd\n"), "{}", done.err);
    let done = transom(&["run", "-W", "nonsense"], &file.path, &[]);
    assert!(
        done.code == 1 && done.err.contains("unknown feature `nonsense`"),
        "{}",
        done.err
    );
}

#[test]
fn modules_are_compiled_if_asked() {
    let good = input("good.wat", "(module (func (export \"f\")))");
    let done = transom(&["validate", "--compile"], &good.path, &[]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let done = transom(&["validate", "--compile", "--needs"], &good.path, &[]);
    assert!(done.code == 0 && done.out.ends_with("ok\n"), "{}", done.out);
    // Each instruction writes ten thousand fields.
    let wide = format!(
        "(module (type $wide (struct {})) (func {}))",
        "(field i64)".repeat(10_000),
        "(drop (struct.new_default $wide))".repeat(200)
    );
    let wide = input("wide.wat", &wide);
    assert_eq!(transom(&["validate"], &wide.path, &[]).code, 0);
    let done = transom(&["validate", "--compile"], &wide.path, &[]);
    assert!(
        done.code == 1 && done.err.contains("split the function"),
        "{}",
        done.err
    );
}

#[test]
fn modules_are_validated() {
    let good = input("good.wat", "(module)");
    let done = transom(&["validate"], &good.path, &[]);
    assert_eq!(
        (done.code, done.out),
        (0, format!("{}: ok\n", good.path.display()))
    );

    let untyped = input(
        "untyped.wat",
        "(module\n  (func (param i64) (result i32)\n    local.get 0\n    i32.eqz))",
    );
    let done = transom(&["validate"], &good.path, &[untyped.path.to_str().unwrap()]);
    assert_eq!(done.code, 1);
    assert!(done.out.contains("good.wat: ok"));
    assert!(
        done.err.contains("untyped.wat:4:5: type mismatch"),
        "{}",
        done.err
    );

    let done = transom(&["validate"], &input("syntax.wat", "(module\n  (fun))").path, &[]);
    assert!(done.err.contains("syntax.wat:2:4: "), "{}", done.err);
    let done = transom(
        &["validate"],
        &input("short.wasm", b"\0asm\x01\0\0\0\x01\x05").path,
        &[],
    );
    assert!(done.err.contains("short.wasm:offset 0x"), "{}", done.err);
    let done = transom(
        &["validate"],
        &input("component.wasm", b"\0asm\x0d\0\x01\0").path,
        &[],
    );
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let done = transom(&["validate"], &input("noise.wasm", [0xff; 8]).path, &[]);
    assert!(done.err.contains("neither a module nor text"), "{}", done.err);
}

#[test]
fn scripts_are_run() {
    let text = "(module (func (export \"f\") (result i32) i32.const 1))\n(assert_return (invoke \"f\") (i32.const 2))\n(assert_return (invoke \"f\") (i32.const 1))\n(assert_return (invoke \"f\") (i32.const 3))";
    let bad = input("bad.wast", text);
    let good = input(
        "good.wast",
        "(module) (assert_malformed (module quote \"(\") \"end\")",
    );
    let done = transom(&["wast"], &bad.path, &[good.path.to_str().unwrap()]);
    assert_eq!(done.code, 1);
    let lines = done
        .out
        .lines()
        .map(|line| line.rsplit('/').next().unwrap())
        .collect::<Vec<_>>();
    assert_eq!(
        lines,
        [
            "bad.wast:2:2: assert_return: wrong result: expected (i32.const 2), got (i32.const 1)",
            "bad.wast: 4 directives, 2 passed, 2 failed",
            "good.wast: 2 directives, 2 passed, 0 failed",
            "2 files: 6 directives, 4 passed, 2 failed",
        ]
    );
    assert_eq!(transom(&["wast"], &good.path, &[]).code, 0);
    let done = transom(&["wast"], &input("noise.wast", "(module)\n(nonsense)").path, &[]);
    assert!(
        done.code == 1 && done.err.contains("noise.wast:2:2: "),
        "{}",
        done.err
    );
}

/// The result of `transom wast` on one script, and its lines without the folder of the script.
fn run_script(text: &str, options: &[&str]) -> (i32, Vec<String>) {
    let arguments = [&["wast"], options].concat();
    let done = transom(&arguments, &input("s.wast", text).path, &[]);
    let lines = done.out.lines().chain(done.err.lines());
    let lines = lines.map(|line| line.rsplit('/').next().unwrap().to_owned());
    (done.code, lines.collect())
}

#[test]
fn scripts_that_ask_for_what_is_not_supported_fail() {
    let script = "(module)\n(component (core module (func (export \"f\"))) (core instance $i (instantiate 0))
        (func (export \"f\") (canon lift (core func $i \"f\"))))\n(assert_suspension (invoke \"f\") \"\")";
    let (code, lines) = run_script(script, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        lines,
        [
            "s.wast:4:2: assert_suspension: unsupported: this directive for components",
            "s.wast: 3 directives, 2 passed, 0 failed, 1 unsupported",
        ]
    );
}

#[test]
fn scripts_have_components() {
    let script = r#";;! component_model = true
(component $double
  (core module $m (func (export "f") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func (export "f") (param "x" u32) (result u32) (canon lift (core func $i "f"))))
(assert_return (invoke "f" (u32.const 3)) (u32.const 6))
(assert_return (invoke "f" (u32.const 3)) (u32.const 7))
(component
  (import "double" (instance $d (export "f" (func (param "x" u32) (result u32)))))
  (export "f" (func $d "f")))
(assert_return (invoke "f" (u32.const 4)) (u32.const 8))
(assert_unlinkable (component (import "nothing" (func))) "nothing")
(assert_invalid (component (export "f" (func 0))) "unknown function")"#;
    let (code, lines) = run_script(script, &[]);
    assert_eq!(code, 1);
    assert!(
        lines[0].starts_with("s.wast:1: note: `component_model` makes no difference")
            || lines
                .iter()
                .any(|line| line.contains("`component_model` makes no difference")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("s.wast:7:2: assert_return: wrong result")),
        "{lines:?}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line == "s.wast: 7 directives, 6 passed, 1 failed"),
        "{lines:?}"
    );
}

#[test]
fn threads_of_scripts_run_and_fail_at_their_place() {
    let text = r#"(module $m (memory (export "s") 1 1 shared))
(thread $t (shared (module $m))
  (module (func (export "f") (unreachable)))
  (assert_return (invoke "f")))
(wait $t)"#;
    let (code, lines) = run_script(text, &[]);
    assert_eq!(code, 1);
    assert_eq!(
        lines,
        [
            "s.wast:4:4: assert_return: unexpected error: wasm trap: wasm `unreachable` instruction executed",
            "s.wast: 5 directives, 4 passed, 1 failed",
        ]
    );
}

#[test]
fn a_thread_that_does_not_end_meets_the_time_limit() {
    // A script does not begin with a thread.
    let text = r#"(module)
(thread $t
  (module (memory 1 1 shared)
    (func (export "f") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))
  (invoke "f"))
(wait $t)"#;
    let (code, lines) = run_script(text, &["--timeout", "2s"]);
    assert_eq!(code, 124, "{lines:?}");
}

#[test]
fn names_of_modules_are_imported_unless_names_are_strict() {
    let text = "(module $a (func (export \"f\")))\n(module (import \"a\" \"f\" (func)))";
    assert_eq!(run_script(text, &[]).0, 0);
    let (code, lines) = run_script(text, &["--strict-names"]);
    assert!(
        code == 1 && lines[0].contains("unknown import: `a::f`"),
        "{lines:?}"
    );
}

#[test]
fn configuration_lines_of_scripts_are_read() {
    let text = ";;! legacy_exceptions = true\n;;! hogs_memory = true\n(module (func try catch_all end))";
    let (code, lines) = run_script(text, &[]);
    assert_eq!(code, 0);
    assert_eq!(lines[0], "s.wast: 1 directives, 1 passed, 0 failed");
    assert!(
        lines[1].starts_with("s.wast:2: note: `hogs_memory` makes no difference"),
        "{lines:?}"
    );
    let (code, lines) = run_script(";;! stack_switching = true\n(module)", &[]);
    assert!(
        code == 1 && lines[0].contains("s.wast:1:1: cannot enable `stack_switching`"),
        "{lines:?}"
    );
}

#[test]
fn files_that_are_not_there_and_help() {
    let done = transom(&["run"], Path::new("/nowhere.wasm"), &[]);
    assert!(
        done.code == 1 && done.err.contains("cannot read `/nowhere.wasm`"),
        "{}",
        done.err
    );
    let done = transom(&["run"], Path::new("--help"), &[]);
    assert!(done.code == 0 && done.out.contains("Examples:"));
    let done = transom(&["run"], Path::new("--nonsense"), &[]);
    assert_eq!(done.code, 1);
    let done = transom(&["run", "-W"], Path::new("help"), &[]);
    assert!(done.code == 0 && done.out.contains("tail-call"));
    assert!(!done.out.contains('\x1b'));
}
