//! `transom bisect`: no difference, a difference, no verdict.
//!
//! Correct code differs in one respect with and without optimisation: how deep it can call, since frames are larger
//! without. `$deep` keeps many values alive across its call of itself.

use crate::Folder;

/// A module with a function among others that needs much of the stack unless it is optimised.
fn deep() -> String {
    let values =
        (1..60).map(|factor| format!("(local.set {factor} (i32.mul (local.get 0) (i32.const {factor})))\n"));
    let sum = (1..60).map(|factor| format!("(i32.add (local.get {factor}))\n"));
    let locals = "i32 ".repeat(60);
    format!(
        r#"(module
            (func $first (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
            (func $deep (param i32) (result i32) (local {locals})
              {}
              (if (result i32) (i32.eqz (local.get 0))
                (then (i32.const 0))
                (else (call $deep (i32.sub (local.get 0) (i32.const 1)))))
              {})
            (func (export "run") (param i32) (result i32) (call $deep (local.get 0)))
            (func $last (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))"#,
        values.collect::<String>(),
        sum.collect::<String>()
    )
}

#[test]
fn the_function_is_found() {
    let folder = Folder::new(&[("deep.wat", &deep())]);
    let done = folder.transom(&["bisect", "--invoke", "run", "deep.wat", "1500"]);
    assert_eq!(done.code, 1, "{done:?}");
    let lines = done.out.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], "optimisation makes a difference:");
    assert!(
        lines[1].starts_with("  optimised      exit code 0; standard output: `"),
        "{done:?}"
    );
    assert_eq!(
        lines[2],
        "  not optimised  exit code 134; standard output: nothing more"
    );
    assert_eq!(
        lines[3..],
        [
            "The stack of one run is exhausted. Frames are larger without optimisation, so this need not be a bug.",
            "It comes with the optimisation of one function (7 runs):",
            "  function 1 `deep` of deep.wat",
            "Small functions that it calls may be compiled into it. Look at its code, optimised and not:",
            "  transom run -O functions=1 --emit optimised --emit-function 1 --invoke run deep.wat 1500",
            "  transom run -O functions=0..0 --emit plain --emit-function 1 --invoke run deep.wat 1500",
        ],
        "{done:?}"
    );
}

#[test]
fn the_same_is_said_to_be_the_same() {
    let folder = Folder::new(&[("deep.wat", &deep())]);
    let done = folder.transom(&["bisect", "--invoke", "run", "deep.wat", "3"]);
    let expected = "optimisation makes no difference: both runs end alike\n  exit code 0\n\
        try, for a result that is still wrong:\n  \
        transom compare, with the same module: whether other engines agree\n  \
        transom run --zeal --invoke run deep.wat 3\n  \
        transom run --log debug --invoke run deep.wat 3\n";
    assert_eq!(
        (done.code, done.out.as_str(), done.err.as_str()),
        (0, expected, "")
    );
}

#[test]
fn where_a_trap_was_makes_no_difference() {
    const TRAP: &str = r#"(module
        (func $trap (unreachable))
        (func (export "run") (call $trap)))"#;
    let folder = Folder::new(&[("trap.wat", TRAP)]);
    let done = folder.transom(&["bisect", "--invoke", "run", "trap.wat"]);
    let end = "  exit code 134; standard error: `error: the program trapped: wasm `unreachable` instruction executed`\n";
    assert!(done.code == 0 && done.out.contains(end), "{done:?}");
}

#[test]
fn without_a_verdict_it_says_why() {
    const CLOCK: &str = r#"(module
        (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "time") (result i64) (drop (call $time (i32.const 1) (i64.const 1) (i32.const 0))) (i64.load (i32.const 0)))
        (func (export "loop") (loop (br 0))))"#;
    let folder = Folder::new(&[("clock.wat", CLOCK), ("bad.wat", "(module (func (result i32)))")]);
    for (words, what) in [
        (
            &["--invoke", "time", "clock.wat"][..],
            "two runs that are compiled alike differ",
        ),
        (
            &["--timeout", "100ms", "--invoke", "loop", "clock.wat"],
            "does not end in time",
        ),
        (&["--stats", "clock.wat"], "--stats"),
        (&["--emit", "x", "clock.wat"], "--emit"),
        (&["--log", "gc", "clock.wat"], "--log"),
        (&["-O", "functions=3", "clock.wat"], "-O functions"),
        (&["-W", "gc"], "no file to run"),
        (&["missing.wat"], "cannot read `missing.wat`"),
        (&["bad.wat"], "type mismatch"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let done = folder.transom(&[&["bisect"], words].concat());
        assert!(done.code == 2 && done.err.contains(what), "{words:?}: {done:?}");
    }
    let done = folder.transom(&["bisect", "--deterministic", "--invoke", "time", "clock.wat"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn names_and_words_are_escaped() {
    let text = deep().replace("$deep", "$\"d\\n\\1b[31mp\"");
    let folder = Folder::new(&[("deep.wat", &text)]);
    let done = folder.transom(&["bisect", "--invoke", "run", "deep.wat", "1500"]);
    assert!(
        done.out.contains("  function 1 `d\\n\\u{1b}[31mp` of deep.wat\n"),
        "{done:?}"
    );
}

/// `cargo test --workspace --features transom-cli/planted-bug --test run` runs it.
#[cfg(feature = "planted-bug")]
#[test]
fn a_planted_miscompilation_is_found() {
    const TEXT: &str = r#"(module
        (func $right (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func $wrong (param i32) (result i32) (loop (br_if 0 (i32.eqz (local.get 0)))) (i32.ctz (local.get 0)))
        (func (export "run") (param i32) (result i32) (call $wrong (call $right (local.get 0)))))"#;
    let folder = Folder::new(&[("a.wat", TEXT)]);
    let done = folder.transom(&["bisect", "-O", "planted-bug", "--invoke", "run", "a.wat", "4"]);
    let found = "  optimised      exit code 0; standard output: `28`\n  \
                 not optimised  exit code 0; standard output: `3`\n\
                 It comes with the optimisation of one function (7 runs):\n  function 1 `wrong` of a.wat\n";
    assert!(done.code == 1 && done.out.contains(found), "{done:?}");
}
