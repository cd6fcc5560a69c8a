//! Settings and options under the names that `wasmtime` gives them.

use crate::{Folder, wasi};

const UNKNOWN: &str = r#"(module
  (import "env" "f" (func $f (param i32) (result i32 f64)))
  (import "env" "m" (memory 2))
  (import "env" "g" (global i64))
  (import "env" "t" (table 3 externref))
  (import "env" "e" (tag (param i32)))
  (func (export "f") (result i32 f64) (call $f (i32.const 3)))
  (func (export "rest") (result i32 i64 i32) (memory.size) (global.get 0) (table.size 0)))"#;

#[test]
fn unknown_imports_have_default_values() {
    let folder = Folder::new(&[("a.wat", UNKNOWN)]);
    let done = folder.transom(&["run", "-W", "unknown-imports-default", "--invoke", "f", "a.wat"]);
    assert_eq!((done.code, &*done.out), (0, "0\n0.0\n"), "{}", done.err);
    let done = folder.transom(&["run", "-Wunknown-imports-default=y", "--invoke", "rest", "a.wat"]);
    assert_eq!((done.code, &*done.out), (0, "2\n0\n3\n"), "{}", done.err);
    let text = "(module (import \"env\" \"g\" (global (ref func))) (func (export \"_start\")))";
    let folder = Folder::new(&[("a.wat", text)]);
    let done = folder.transom(&["run", "-W", "unknown-imports-default", "a.wat"]);
    assert!(
        done.code == 1 && done.err.contains("import `g` of `env` has no default value"),
        "{}",
        done.err
    );
}

#[test]
fn unknown_functions_trap() {
    let text = r#"(module (import "env" "f" (func $f)) (func (export "f") (call $f))
        (func (export "other") (result i32) (i32.const 7)))"#;
    let folder = Folder::new(&[("a.wat", text), ("b.wat", UNKNOWN)]);
    let trap = ["run", "-W", "unknown-imports-trap", "--invoke"];
    let done = folder.transom(&[&trap[..], &["other", "a.wat"]].concat());
    assert_eq!((done.code, &*done.out), (0, "7\n"), "{}", done.err);
    let done = folder.transom(&[&trap[..], &["f", "a.wat"]].concat());
    assert!(
        done.code != 0 && done.err.contains("`env::f` has not been defined"),
        "{}",
        done.err
    );
    // A memory cannot trap.
    let done = folder.transom(&[&trap[..], &["f", "b.wat"]].concat());
    assert!(
        done.code == 1 && done.err.contains("`m` of `env`"),
        "{}",
        done.err
    );
    assert!(!done.err.contains("`f` of `env`"), "{}", done.err);
}

#[test]
fn memories_need_little_address_space_if_asked() {
    let text = "(module (memory 1) (func (export \"f\") (result i32) (memory.grow (i32.const 1))))";
    let folder = Folder::new(&[("a.wat", text)]);
    let limited = |options: &str| {
        let transom = env!("CARGO_BIN_EXE_transom");
        let script = format!("ulimit -v 4000000; {transom} run {options} --invoke f a.wat");
        let output = std::process::Command::new("sh")
            .args(["-c", &script])
            .current_dir(folder.path(""))
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for options in [
        "-O memory-reservation=0",
        "-O memory-reservation=64M,guard-before-linear-memory=n",
    ] {
        let (code, out, err) = limited(options);
        assert_eq!((code, &*out), (Some(0), "1\n"), "{options}: {err}");
    }
    let (code, _, err) = limited("");
    assert!(
        code == Some(1) && err.ends_with("try: needs less address space: -O memory-reservation=64M\n"),
        "{err}"
    );
}

#[test]
fn settings_of_wasmtime_work() {
    let text = r#"(module (memory 1 1)
        (func $deep (export "deep") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
                (else (i32.const 0))))
        (func (export "grow") (result i32) (memory.grow (i32.const 1)))
        (func (export "nan") (param f32) (result i32)
            (i32.reinterpret_f32 (f32.add (local.get 0) (f32.const 1)))))"#;
    let folder = Folder::new(&[("a.wat", text)]);
    let run =
        |options: &[&str], call: &[&str]| folder.transom(&[&["run"], options, &["--invoke"], call].concat());
    let deep = ["deep", "a.wat", "100000"];
    assert_eq!(run(&[], &deep).code, 134);
    assert_eq!(run(&["-W", "max-wasm-stack=7M"], &deep).out, "100000\n");
    assert_eq!(run(&[], &["grow", "a.wat"]).out, "-1\n");
    assert!(run(&["-W", "trap-on-grow-failure"], &["grow", "a.wat"]).code != 0);
    let canonical = run(&["-Wnan-canonicalization"], &["nan", "a.wat", "nan:0x200001"]);
    assert_eq!(canonical.out, "2143289344\n", "{}", canonical.err);
    assert_eq!(run(&["-W", "fuel=100"], &deep).code, 134);
    assert_eq!(
        run(&["-W", "all-proposals,max-memory-size=1"], &["grow", "a.wat"]).code,
        1
    );
}

#[test]
fn the_environment_is_inherited_if_asked() {
    let text = wasi(
        &[
            ("environ_sizes_get", "(param i32 i32) (result i32)"),
            ("proc_exit", "(param i32)"),
        ],
        "(drop (call $environ_sizes_get (i32.const 0) (i32.const 4))) (call $proc_exit (i32.load (i32.const 0)))",
    );
    let folder = Folder::new(&[("a.wat", &text)]);
    let count = |args: &[&str]| folder.transom_with(args, &[("TRANSOM_TEST_VARIABLE", "1")]).code;
    assert_eq!(count(&["run", "a.wat"]), 0);
    let all = count(&["run", "-S", "inherit-env", "a.wat"]);
    assert!(all > 0);
    assert_eq!(
        count(&[
            "run",
            "--inherit-env",
            "--env",
            "TRANSOM_TEST_VARIABLE=2",
            "a.wat"
        ]),
        all
    );
    assert_eq!(
        count(&["run", "--inherit-env", "--env", "TRANSOM_TEST_OTHER=2", "a.wat"]),
        all + 1
    );
}

#[test]
fn other_tools_names_are_answered() {
    let folder = Folder::new(&[("a.wat", "(module)")]);
    for (args, what) in [
        (
            &["run", "-S", "http", "a.wat"][..],
            "transom has no `-S http`\ntry: wasi-http",
        ),
        (
            &["create-exe", "a.wat"],
            "transom has no `transom create-exe`\ntry: ",
        ),
        (
            &["run", "-C", "compiler=interpreter", "a.wat"],
            "write tiered, optimized or baseline",
        ),
    ] {
        let done = folder.transom(args);
        assert!(
            done.code == 1 && done.err.contains(what),
            "{args:?}: {}",
            done.err
        );
    }
    assert_eq!(folder.transom(&["wat2wasm", "a.wat", "-o", "a.wasm"]).code, 0);
    assert_eq!(folder.transom(&["wasm-validate", "a.wasm"]).code, 0);
}
