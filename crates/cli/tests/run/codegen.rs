//! How code is made, and where it is shown: `-O`, `--zeal`, `--emit`.

use crate::Folder;
use std::fs;

const TEXT: &str = r#"(module
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (type $node (struct (field (ref null $node))))
    (func $"../up\n\1b[31m" (export "div") (param i32 i32) (result i32)
      (i32.div_u (local.get 0) (local.get 1)))
    (func $make (result (ref $node))
      (struct.new $node (struct.new $node (ref.null $node))))
    (func (export "objects") (result i32)
      (ref.is_null (struct.get $node 0 (call $make)))))"#;

/// The names of the files in a folder, in order.
fn files(folder: &Folder, name: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.path(name)).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn results_do_not_depend_on_how_code_is_made() {
    let folder = Folder::new(&[("a.wat", TEXT)]);
    for options in [
        "-Oopt-level=0",
        "-Oopt-level=1",
        "-Oopt-level=s",
        "-Ofunctions=2..",
        "-Ofunctions=1",
        "--zeal",
    ] {
        let done = folder.transom(&["run", options, "--invoke", "div", "a.wat", "7", "2"]);
        assert_eq!((done.code, done.out.as_str()), (0, "3\n"), "{options}: {done:?}");
        let done = folder.transom(&["run", options, "--invoke", "objects", "a.wat"]);
        assert_eq!((done.code, done.out.as_str()), (0, "0\n"), "{options}: {done:?}");
    }
}

#[test]
fn settings_are_listed_and_checked() {
    let folder = Folder::new(&[]);
    for command in ["run", "wast"] {
        let done = folder.transom(&[command, "-O", "help"]);
        assert!(
            done.code == 0 && done.out.contains("opt-level=0|1|2|s"),
            "{done:?}"
        );
    }
    let done = folder.transom(&["run", "-O", "speed=9", "a.wat"]);
    assert!(
        done.code == 1 && done.err.contains("no setting `speed`; `-O help` lists them"),
        "{done:?}"
    );
}

#[test]
fn scripts_run_with_settings() {
    let script = r#"(module (func (export "f") (result i32) (i32.const 3))) (assert_return (invoke "f") (i32.const 3))"#;
    let folder = Folder::new(&[("a.wast", script)]);
    let done = folder.transom(&["wast", "-O", "opt-level=0", "--zeal", "a.wast"]);
    assert!(done.code == 0 && done.out.contains("2 passed"), "{done:?}");
}

#[test]
fn code_is_written_to_a_folder_and_nowhere_else() {
    let folder = Folder::new(&[("a.wat", TEXT)]);
    let run = |options: &[&str]| {
        let call = ["--invoke", "div", "a.wat", "7", "2"];
        folder.transom(&[&["run"], options, &call].concat())
    };
    let done = run(&["--emit", "all/of/it"]);
    assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "3\n", ""));
    let names = files(&folder, "all/of/it");
    let stems = ["wasm-1-.._up___31m", "wasm-2-make", "wasm-3-objects"];
    let kinds = ["asm", "bin", "clif", "opt.clif"];
    let expected = stems
        .iter()
        .flat_map(|stem| kinds.map(|kind| format!("{stem}.{kind}")));
    assert_eq!(names, expected.collect::<Vec<_>>());
    assert_eq!(files(&folder, "."), ["a.wat", "all"]);
    let listing = fs::read_to_string(folder.path("all/of/it/wasm-1-.._up___31m.asm")).unwrap();
    assert!(
        listing.starts_with("; function 1 `../up\\n\\u{1b}[31m`: 0x"),
        "{listing}"
    );
    assert!(listing.contains(" bytes of code, optimised\n"), "{listing}");
    assert!(listing.contains("  integer divide by zero\n"), "{listing}");
    let ir = fs::read_to_string(folder.path("all/of/it/wasm-3-objects.clif")).unwrap();
    assert!(ir.contains("of function 2 `make`, inlined"), "{ir}");

    let done = run(&[
        "-O",
        "opt-level=0",
        "--emit",
        "some",
        "--emit-function",
        "2",
        "--emit-function",
        "objects",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(files(&folder, "some").len(), 8);
    let listing = fs::read_to_string(folder.path("some/wasm-2-make.asm")).unwrap();
    assert!(listing.contains(" bytes of code, not optimised\n"), "{listing}");
}

#[test]
fn what_can_not_be_emitted_is_said() {
    let folder = Folder::new(&[("a.wat", TEXT), ("file", "")]);
    let run = |options: &[&str]| {
        let call = ["--invoke", "div", "a.wat", "7", "2"];
        folder.transom(&[&["run"], options, &call].concat())
    };
    let done = run(&["--emit", "x", "--emit-function", "0"]);
    let expected = "error: --emit-function: the module defines no function `0`\n\
                    try: a name of `transom stats FILE`, or an index from 1 to 3\n";
    assert_eq!((done.code, done.err.as_str()), (1, expected));
    let done = run(&["--emit", "file"]);
    assert!(
        done.code == 1 && done.err.contains("--emit: cannot make the folder `file`"),
        "{done:?}"
    );
    fs::create_dir_all(folder.path("taken/wasm-2-make.clif")).unwrap();
    let done = run(&["--emit", "taken"]);
    assert!(
        done.code == 1
            && done
                .err
                .contains("cannot emit function 2: `taken/wasm-2-make.clif`: "),
        "{done:?}"
    );
    let done = run(&["--emit-function", "2"]);
    assert!(done.code == 1 && done.err.contains("--emit <FOLDER>"), "{done:?}");
}
