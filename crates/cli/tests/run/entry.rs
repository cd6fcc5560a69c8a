//! What `transom run` calls, and that it fails if there is nothing to call.

use crate::{Folder, wasi};

/// A library without anything that runs by itself.
const MATH: &str = r#"(module
  (func (export "add") (param i32 i64) (result i64) (local.get 1))
  (func (export "f") (result i32) (i32.const 7))
  (memory (export "m") 1))"#;

#[test]
fn nothing_to_run_is_a_failure() {
    let many = (0..30).map(|index| format!("(func (export \"f{index}\"))"));
    let many = format!("(module {})", many.collect::<String>());
    let folder = Folder::new(&[
        ("math.wat", MATH),
        ("none.wat", "(module (memory (export \"m\") 1))"),
        ("many.wat", &many),
    ]);
    let done = folder.transom(&["run", "math.wat"]);
    assert_eq!((done.code, &*done.out), (1, ""));
    let expected = "error: nothing to run: `math.wat` does not export `_start`, so it is not a program\n\
                    its exported functions:\n  add (i32, i64) -> (i64)\n  f () -> (i32)\n\
                    try: call a function: transom run --invoke NAME math.wat [ARGS]...\n";
    assert_eq!(done.err, expected);
    let done = folder.transom(&["run", "none.wat"]);
    assert!(
        done.code == 1
            && done
                .err
                .ends_with("try: list its imports and exports: transom inspect none.wat\n"),
        "{done:?}"
    );
    let done = folder.transom(&["run", "many.wat"]);
    assert!(
        done.err
            .contains("  f9 () -> ()\n  … and 20 more; `transom inspect many.wat` lists all\n"),
        "{done:?}"
    );
    let done = folder.transom(&["bisect", "math.wat"]);
    assert!(
        done.code == 2 && done.err.contains("nothing to run: `math.wat`"),
        "{done:?}"
    );
}

/// A function that takes long to compile would be named by the progress, and a file of `--emit` would be written.
#[test]
fn what_to_run_is_known_before_anything_is_compiled() {
    let folder = Folder::new(&[
        ("math.wat", MATH),
        ("lib.wat", MATH),
        ("main.wat", "(module (import \"lib\" \"f\" (func (result i32))))"),
    ]);
    for args in [
        &["--emit", "code", "math.wat"][..],
        &["--emit", "code", "--invoke", "g", "math.wat"],
        &["--emit", "code", "--invoke", "add", "math.wat", "1", "x"],
        &["--emit", "code", "--preload", "lib=lib.wat", "main.wat"],
    ] {
        let done = folder.transom(&[&["run"], args].concat());
        assert_eq!(done.code, 1, "{done:?}");
        assert_eq!(
            std::fs::read_dir(folder.path("code")).unwrap().count(),
            0,
            "{args:?}: {done:?}"
        );
    }
}

#[test]
fn other_ways_to_run_than_a_program_succeed() {
    let hello = |export: &str, more: &str| {
        let text = wasi(
            &[("fd_write", "(param i32 i32 i32 i32) (result i32)")],
            "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 3))
             (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))",
        );
        text.replace(
            "(func (export \"_start\")",
            &format!("{more} (data (i32.const 64) \"hi\\n\") (func $hi {export}"),
        )
    };
    let folder = Folder::new(&[
        (
            "reactor.wat",
            &hello(
                "(export \"_initialize\")",
                "(func (export \"f\") (result i32) (i32.const 7))",
            ),
        ),
        ("start.wat", &hello("", "(start $hi)")),
        (
            "both.wat",
            &hello("(export \"_initialize\")", "(func (export \"_start\"))"),
        ),
    ]);
    for (args, out) in [
        (&["reactor.wat"][..], "hi\n"),
        (&["--invoke", "f", "reactor.wat"], "hi\n7\n"),
        (&["--invoke", "_initialize", "reactor.wat"], "hi\n"),
        (&["start.wat"], "hi\n"),
        (&["both.wat"], ""),
    ] {
        let done = folder.transom(&[&["run"], args].concat());
        assert_eq!((done.code, &*done.out, &*done.err), (0, out, ""), "{args:?}");
    }
}

#[test]
fn functions_of_other_types_are_told() {
    let folder = Folder::new(&[
        (
            "start.wat",
            "(module (func (export \"_start\") (param i32) (result i32) (local.get 0)))",
        ),
        ("memory.wat", "(module (memory (export \"_start\") 1))"),
        (
            "init.wat",
            "(module (func (export \"_initialize\") (result i32) (i32.const 1)) (func (export \"f\")))",
        ),
        ("main.wat", "(module (func (export \"_start\")))"),
    ]);
    for (args, what) in [
        (
            &["start.wat"][..],
            "cannot call `_start` of `start.wat`: it has the type (i32) -> (i32), but must be a function of the type () -> ()",
        ),
        (
            &["memory.wat"],
            "cannot call `_start` of `memory.wat`: it is a memory, but must be",
        ),
        (
            &["init.wat"],
            "cannot call `_initialize` of `init.wat`: it has the type () -> (i32), but",
        ),
        (
            &["--invoke", "f", "init.wat"],
            "cannot call `_initialize` of `init.wat`",
        ),
        (
            &["--preload", "a=init.wat", "main.wat"],
            "cannot call `_initialize` of `init.wat`",
        ),
        (
            &["--invoke", "_start", "memory.wat"],
            "`_start` is a memory, not a function",
        ),
    ] {
        let done = folder.transom(&[&["run"], args].concat());
        assert!(done.code == 1 && done.err.contains(what), "{args:?}: {done:?}");
    }
    let done = folder.transom(&["run", "--invoke", "_start", "start.wat", "7"]);
    assert_eq!((done.code, &*done.out), (0, "7\n"));
}
