//! Core dumps of programs that end with an error.

use super::Folder;

const TRAPS: &str = r#"(module
    (memory (export "memory") 1) (data (i32.const 16) "a word to find")
    (func (export "_start") unreachable))"#;

#[test]
fn a_trap_leaves_a_dump() {
    let folder = Folder::new(&[("traps.wat", TRAPS)]);
    for option in [
        "-Dcoredump=one.core",
        "--coredump=one.core",
        "--coredump-on-trap=one.core",
    ] {
        let done = folder.transom(&["run", option, "traps.wat"]);
        assert_eq!(done.code, 134, "{done:?}");
        assert!(done.err.contains("\ncore dump: one.core\n"), "{done:?}");
        let dump = folder.path("one.core");
        let bytes = std::fs::read(&dump).unwrap();
        assert!(bytes.windows(14).any(|window| window == b"a word to find"));
        assert_eq!(folder.transom(&["validate", "one.core"]).code, 0);
        std::fs::remove_file(dump).unwrap();
    }
}

#[test]
fn a_start_function_that_traps_leaves_a_dump() {
    let folder = Folder::new(&[(
        "start.wat",
        "(module (func $s unreachable) (start $s) (func (export \"_start\")))",
    )]);
    let done = folder.transom(&["run", "--coredump", "start.core", "start.wat"]);
    assert_eq!(done.code, 134, "{done:?}");
    assert!(folder.path("start.core").exists());
}

#[test]
fn what_is_no_error_leaves_none() {
    let exits = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 3))))"#;
    let folder = Folder::new(&[
        ("exits.wat", exits),
        ("ends.wat", "(module (func (export \"_start\")))"),
    ]);
    for (file, code) in [("exits.wat", 3), ("ends.wat", 0)] {
        let done = folder.transom(&["run", "--coredump=none.core", file]);
        assert_eq!((done.code, done.err.as_str()), (code, ""));
        assert!(!folder.path("none.core").exists());
    }
}

#[test]
fn a_dump_that_can_not_be_written_is_told_beside_the_trap() {
    let folder = Folder::new(&[("traps.wat", TRAPS)]);
    let done = folder.transom(&["run", "--coredump=absent/one.core", "traps.wat"]);
    assert_eq!(done.code, 134, "{done:?}");
    assert!(done.err.contains("the program trapped"), "{done:?}");
    assert!(
        done.err.contains("cannot write the core dump: absent/one.core: "),
        "{done:?}"
    );
}
