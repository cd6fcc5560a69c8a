//! `transom run` with components: calls in WAVE, dependencies, errors.

use crate::{Done, Folder};
use serde_json::Value;

/// Functions of all kinds. Strings and records are in memory; what is to be allocated comes from 1024 on.
const KINDS: &str = r#"(component
  (core module $m
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "same") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0))
    (func (export "swap") (param i32 i32) (result i32)
      (i32.store (i32.const 0) (local.get 1)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "trap") unreachable)
    (func (export "loop") (loop $l (br $l)))
    (func (export "nothing")))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $point' (record (field "x" u32) (field "y" u32)))
  (export $point "point" (type $point'))
  (func (export "same") (param "text" string) (result string)
    (canon lift (core func $i "same") (memory $memory) (realloc $realloc)))
  (func (export "swap") (param "p" $point) (result $point)
    (canon lift (core func $i "swap") (memory $memory)))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "trap") (canon lift (core func $i "trap")))
  (func (export "loop") (canon lift (core func $i "loop")))
  (func (export "nothing") (canon lift (core func $i "nothing"))))"#;

/// A component with its functions in an interface.
const DOUBLE: &str = r#"(component
  (core module $m (func (export "f") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))
  (core instance $i (instantiate $m))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (instance (export "a:b/double@1.0.0") (export "twice" (func $f))))"#;

/// Imports from that, and exports a function of its own under a name.
fn user(import: &str, export: &str) -> String {
    format!(
        r#"(component
  (import "{import}" (instance $d (export "twice" (func (param "x" u32) (result u32)))))
  (core func $twice (canon lower (func $d "twice")))
  (core module $m (import "" "twice" (func $twice (param i32) (result i32)))
    (func (export "f") (param i32) (result i32) (call $twice (call $twice (local.get 0)))))
  (core instance $i (instantiate $m (with "" (instance (export "twice" (func $twice))))))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (instance (export "{export}") (export "twice" (func $f))))"#
    )
}

fn check(done: &Done, code: i32, what: &str) {
    assert!(done.code == code && done.err.contains(what), "{what}: {done:?}");
}

#[test]
fn functions_are_called_in_wave() {
    let folder = Folder::new(&[("c.wat", KINDS), ("double.wat", DOUBLE)]);
    let parsed = folder.transom(&["parse", "c.wat", "-o", "c.wasm"]);
    assert_eq!(parsed.code, 0, "{parsed:?}");
    for (call, out) in [
        ("add(2, 3)", "5\n"),
        (r#"same("a\tb")"#, "\"a\\tb\"\n"),
        ("swap({y: 2, x: 1})", "{x: 2, y: 1}\n"),
        ("nothing", ""),
        ("nothing()", ""),
    ] {
        for file in ["c.wat", "c.wasm"] {
            let done = folder.transom(&["run", "--invoke", call, file]);
            assert_eq!((done.code, &*done.out, &*done.err), (0, out, ""), "{call} {file}");
        }
    }
    for name in [
        "twice",
        "a:b/double@1.0.0#twice",
        "a:b/double#twice",
        "a:b/double.twice@1.0.0",
        "double.twice",
    ] {
        let done = folder.transom(&["run", "--invoke", &format!("{name}(21)"), "double.wat"]);
        assert_eq!((done.code, &*done.out), (0, "42\n"), "{name}: {}", done.err);
    }
}

#[test]
fn wrong_calls_are_explained() {
    let folder = Folder::new(&[("c.wat", KINDS)]);
    let call = |call: &str| folder.transom(&["run", "--invoke", call, "c.wat"]);
    let done = call("add(2, \"3\")");
    assert_eq!(done.code, 1);
    assert_eq!(
        done.err,
        "error: --invoke: argument `b` of `add`: this value has another type\n | add(2, \"3\")\n |        ^^^\n\
         try: `add` has the type func(a: u32, b: u32) -> u32\n"
    );
    check(
        &call("add(2, ?)"),
        1,
        "--invoke: invalid token\n | add(2, ?)\n |        ^\ntry: write arguments in WAVE",
    );
    check(
        &call("add(1)"),
        1,
        "`add` takes 2 argument(s), not 1\ntry: `add` has the type func(a: u32, b: u32) -> u32",
    );
    check(
        &call("swap({x: 1})"),
        1,
        "argument `p` of `swap`: missing field \"y\"",
    );
    let done = call("ad(1, 2)");
    check(
        &done,
        1,
        "the component does not export a function `ad`; the nearest name is `add`\nits exported functions:\n",
    );
    assert!(
        done.err.contains("\n  add: func(a: u32, b: u32) -> u32\n"),
        "{done:?}"
    );
    let done = folder.transom(&["run", "--invoke", "add", "c.wat", "1", "2"]);
    check(
        &done,
        1,
        "`1` follows the file, but the arguments of a component's function are in --invoke",
    );
    let done = folder.transom(&["run", "c.wat", "--invoke", "nothing"]);
    check(&done, 1, "`--invoke` follows the file");
}

#[test]
fn traps_and_limits_are_those_of_modules() {
    let folder = Folder::new(&[("c.wat", KINDS)]);
    let run = |args: &[&str]| folder.transom(&[&["run"], args, &["c.wat"]].concat());
    check(
        &run(&["--invoke", "trap"]),
        134,
        "the program trapped: wasm `unreachable` instruction executed",
    );
    check(&run(&["--invoke", "loop", "--fuel", "1000"]), 134, "fuel");
    check(
        &run(&["--invoke", "loop", "--timeout", "200ms"]),
        124,
        "time limit of 200ms",
    );
    check(
        &run(&["--invoke", "add(1, 2)", "--max-memory-size", "1000"]),
        1,
        "memory",
    );
    let done = run(&["--invoke", "add(1, 2)", "--stats"]);
    assert_eq!((done.code, &*done.out), (0, "3\n"));
    assert!(
        done.err.contains("7 functions") && done.err.contains("instantiate"),
        "{done:?}"
    );
    let done = run(&["--invoke", "trap", "--coredump", "core"]);
    check(&done, 134, "core dump: core");
    assert!(folder.path("core").is_file());
    let done = run(&["--invoke", "add(1, 2)", "--profile=guest,p.json,1ms"]);
    assert_eq!((done.code, &*done.out), (0, "3\n"), "{done:?}");
    let profile: Value = serde_json::from_slice(&std::fs::read(folder.path("p.json")).unwrap()).unwrap();
    assert!(profile["threads"].is_array());
    check(
        &run(&["-W", "simd=n,relaxed-simd=n", "--invoke", "add(1, 2)"]),
        0,
        "",
    );
}

#[test]
fn components_without_a_call_say_what_there_is() {
    let program = r#"(component
        (core module $m (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance (export "wasi:cli/run@0.2.6") (export "run" (func $run))))"#;
    let folder = Folder::new(&[
        ("c.wat", KINDS),
        ("program.wat", program),
        ("none.wat", "(component)"),
    ]);
    let done = folder.transom(&["run", "c.wat"]);
    check(
        &done,
        1,
        "nothing to run: `c.wat` does not export `wasi:cli/run`, so it is not a program",
    );
    assert!(
        done.err.contains("\n  same: func(text: string) -> string\n")
            && done
                .err
                .ends_with("try: call a function: transom run --invoke 'NAME(ARGUMENTS)' c.wat\n"),
        "{done:?}"
    );
    let done = folder.transom(&["program.wat"]);
    check(
        &done,
        1,
        "it exports `wasi:cli/run@0.2.6`, so it is a program for WASI 0.2 or later, which transom does not support yet",
    );
    assert!(
        done.err.contains("  wasi:cli/run@0.2.6#run: func() -> result\n"),
        "{done:?}"
    );
    let done = folder.transom(&["run", "--invoke", "run", "program.wat"]);
    assert_eq!((done.code, &*done.out), (0, "ok\n"), "{done:?}");
    check(
        &folder.transom(&["run", "none.wat"]),
        1,
        "the component does not export functions",
    );
}

#[test]
fn dependencies_are_linked() {
    let (quad, main) = (user("a:b/double@1.0.0", "a:b/quad"), user("a:b/quad", "a:b/main"));
    let folder = Folder::new(&[
        ("double.wat", DOUBLE),
        ("quad.wat", &quad),
        ("main.wat", &main),
        ("module.wat", "(module (func (export \"_start\")))"),
    ]);
    let run = |args: &[&str]| folder.transom(&[&["run"], args].concat());
    let done = run(&[
        "--with",
        "double.wat",
        "--with",
        "quad.wat",
        "--invoke",
        "a:b/main#twice(1)",
        "main.wat",
    ]);
    assert_eq!((done.code, &*done.out, &*done.err), (0, "16\n", ""));
    let done = run(&[
        "--with",
        "quad.wat",
        "--with",
        "double.wat",
        "--invoke",
        "twice(1)",
        "main.wat",
    ]);
    check(
        &done,
        1,
        "cannot link `quad.wat`: component imports the function `twice` of `a:b/double@1.0.0`",
    );
    assert!(
        done.err
            .contains("try: provide the exports of a component: --with FILE"),
        "{done:?}"
    );
    let done = run(&["--invoke", "twice(1)", "main.wat"]);
    check(
        &done,
        1,
        "cannot link `main.wat`: component imports the function `twice` of `a:b/quad`",
    );
    let done = run(&["-W", "unknown-imports-trap", "--invoke", "twice(1)", "main.wat"]);
    check(&done, 134, "unknown import: ");
    let twice = ["--with", "double.wat", "--with", "double.wat"];
    let done = run(&[&twice[..], &["--invoke", "twice(1)", "quad.wat"]].concat());
    check(&done, 1, "--with double.wat: map entry `twice` defined twice");
    let done = run(&["--with", "module.wat", "--invoke", "twice(1)", "main.wat"]);
    check(&done, 1, "--with module.wat: the file is not a component");
    let done = folder.transom(&["bisect", "--with", "double.wat", "module.wat"]);
    check(&done, 2, "`module.wat` is a core module");
    let done = run(&["--with", "double.wat", "module.wat"]);
    check(
        &done,
        1,
        "--with double.wat: `module.wat` is a core module, and imports from modules only\ntry: provide the exports of a module: --preload",
    );
    let done = run(&["--preload", "a=module.wat", "--invoke", "twice(1)", "main.wat"]);
    check(&done, 1, "--preload a=module.wat: `main.wat` is a component");
    let done = run(&[
        "-W",
        "unknown-imports-default",
        "--invoke",
        "twice(1)",
        "main.wat",
    ]);
    check(&done, 1, "-W unknown-imports-default: `main.wat` is a component");
}

#[test]
fn imports_of_another_type_are_explained() {
    let wrong = r#"(component
        (import "a:b/double@1.0.0" (instance $d (export "twice" (func (param "x" u64) (result u32)))))
        (export "f" (func $d "twice")))"#;
    let wasi = r#"(component (import "wasi:cli/environment@0.2.0" (instance $e (export "get" (func))))
        (export "f" (func $e "get")))"#;
    let folder = Folder::new(&[("double.wat", DOUBLE), ("wrong.wat", wrong), ("wasi.wat", wasi)]);
    let done = folder.transom(&["run", "--with", "double.wat", "--invoke", "f(1)", "wrong.wat"]);
    check(&done, 1, "cannot link `wrong.wat`: ");
    assert!(
        done.err.contains("u64")
            && done.err.contains("u32")
            && done
                .err
                .ends_with("try: print the imports with their types: transom inspect wrong.wat\n"),
        "{done:?}"
    );
    let done = folder.transom(&["run", "--invoke", "f", "wasi.wat"]);
    check(
        &done,
        1,
        "try: WASI 0.2 and later are not supported yet: compile for WASI preview 1",
    );
}

#[test]
fn components_that_are_not_valid_are_refused() {
    let folder = Folder::new(&[
        ("bad.wat", "(component (core module (func (result i32))))"),
        (
            "simd.wat",
            "(component (core module (func (result v128) (v128.const i64x2 0 0))))",
        ),
        ("gate.wat", "(component (type (list u8 4)))"),
        ("syntax.wat", "(component\n  (nonsense))"),
    ]);
    check(&folder.transom(&["run", "bad.wat"]), 1, "bad.wat:offset 0x");
    let done = folder.transom(&["run", "-W", "simd=n,relaxed-simd=n", "simd.wat"]);
    check(&done, 1, "SIMD support is not enabled");
    check(&folder.transom(&["run", "gate.wat"]), 1, "`fixed-length-lists`");
    check(&folder.transom(&["run", "syntax.wat"]), 1, "syntax.wat:2:4: ");
}
