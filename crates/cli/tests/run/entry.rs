//! What `transom run` calls, that it fails if there is nothing to call, and options of the command after the file.

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

#[test]
fn options_behind_the_file_are_noticed() {
    let quiet =
        "(module (func (export \"_start\")) (func (export \"f\") (param i32) (result i64) (i64.const 7)))";
    let folder = Folder::new(&[("math.wat", MATH), ("quiet.wat", quiet)]);
    for (args, code, option, line) in [
        (
            &["run", "math.wat", "--invoke", "f"][..],
            1,
            "--invoke",
            "run --invoke f math.wat",
        ),
        (
            &["math.wat", "--invoke=f"],
            1,
            "--invoke=f",
            "run --invoke=f math.wat",
        ),
        (
            &["run", "quiet.wat", "--timeout", "5s"],
            1,
            "--timeout",
            "run --timeout 5s quiet.wat",
        ),
        (
            &["run", "--zeal", "quiet.wat", "a", "-W", "gc"],
            1,
            "-W",
            "run --zeal -W gc quiet.wat a",
        ),
        (
            &["run", "--invoke", "f", "quiet.wat", "3", "--fuel", "5"],
            1,
            "--fuel",
            "run --invoke f --fuel 5 quiet.wat 3",
        ),
        (
            &["run", "quiet.wat", "--help"],
            1,
            "--help",
            "run --help quiet.wat",
        ),
        (
            &["bisect", "quiet.wat", "--invoke", "f", "3"],
            2,
            "--invoke",
            "bisect --invoke f quiet.wat 3",
        ),
        (
            &["compare", "quiet.wat", "--engines", "transom"],
            2,
            "--engines",
            "compare --engines transom quiet.wat",
        ),
        (
            &["compare", "math.wat", "--invoke", "f"],
            2,
            "--invoke",
            "compare --invoke f math.wat",
        ),
        (
            &["compare", "--all-exports", "quiet.wat", "--seed", "3"],
            2,
            "--seed",
            "compare --all-exports --seed 3 quiet.wat",
        ),
        (
            &["reduce", "--keep", "true", "quiet.wat", "-o", "a.wat"],
            1,
            "-o",
            "reduce --keep true -o a.wat quiet.wat",
        ),
        (
            &["report", "quiet.wat", "-o", "a"],
            2,
            "-o",
            "report -o a quiet.wat",
        ),
    ] {
        let done = folder.transom(args);
        let what = format!("error: `{option}` follows the file, so it is an argument of the program");
        let hint = format!("try: put options before the file: transom {line}\n");
        assert!(
            done.code == code && done.err.contains(&what) && done.err.ends_with(&hint),
            "{args:?}: {done:?}"
        );
        assert_eq!(done.out, "", "{args:?}");
    }
}

#[test]
fn options_behind_the_file_reach_a_program_that_reads_them() {
    let reads = wasi(
        &[
            ("args_sizes_get", "(param i32 i32) (result i32)"),
            ("proc_exit", "(param i32)"),
        ],
        "(drop (call $args_sizes_get (i32.const 0) (i32.const 4))) (call $proc_exit (i32.load (i32.const 0)))",
    );
    let main = "(module (import \"lib\" \"_start\" (func $f)) (func (export \"_start\") (call $f)))";
    let folder = Folder::new(&[
        ("reads.wat", &reads),
        ("main.wat", main),
        ("quiet.wat", "(module (func (export \"_start\")))"),
    ]);
    assert_eq!(
        folder
            .transom(&["run", "reads.wat", "--invoke", "-W", "--help"])
            .code,
        4
    );
    assert_eq!(
        folder
            .transom(&["run", "--preload", "lib=reads.wat", "main.wat", "--fuel=1"])
            .code,
        2
    );
    // Not options of the command, or certainly not meant as such.
    assert_eq!(
        folder
            .transom(&["run", "quiet.wat", "a", "--nothing", "-1", "--", "--fuel"])
            .code,
        0
    );
}
