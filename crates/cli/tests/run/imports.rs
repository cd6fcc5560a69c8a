//! Imports that cannot be linked, and proposals that no option enables.

use crate::Folder;

#[test]
fn missing_and_mismatched_imports_are_reported_together() {
    let folder = Folder::new(&[(
        "a.wat",
        r#"(module
          (import "wasi_snapshot_preview1" "fd_write" (func (param i64)))
          (import "env" "g" (func))
          (import "wasi_snapshot_preview1" "fd_close" (global i32))
          (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
          (func (export "_start")))"#,
    )]);
    let done = folder.transom(&["run", "a.wat"]);
    let lines = done.err.lines().collect::<Vec<_>>();
    assert_eq!(done.code, 1);
    assert_eq!(
        lines[..2],
        [
            "error: cannot link `a.wat`: these imports are not defined, or have other types than their definitions",
            "  `g` of `env`"
        ]
    );
    assert!(
        lines[2].starts_with(
            "  `fd_write` of `wasi_snapshot_preview1`: expected (func (param i64)), found (func"
        ),
        "{}",
        done.err
    );
    assert!(
        lines[3].starts_with("  `fd_close` of `wasi_snapshot_preview1`: expected (global i32), found"),
        "{}",
        done.err
    );
    assert!(
        lines[4].starts_with("try: compile for WASI preview 1") && lines.len() == 5,
        "{}",
        done.err
    );
}

#[test]
fn the_only_missing_import_is_in_the_message() {
    let folder = Folder::new(&[(
        "a.wat",
        r#"(module (import "env" "g" (func)) (func (export "_start")))"#,
    )]);
    let done = folder.transom(&["run", "a.wat"]);
    let expected = "error: cannot link `a.wat`: the import `g` of `env` is not defined\ntry: compile";
    assert!(done.code == 1 && done.err.starts_with(expected), "{}", done.err);
}

/// Imports are checked before the module is compiled: nothing is emitted.
#[test]
fn mismatched_imports_are_reported_before_compiling() {
    let text = r#"(module (import "wasi_snapshot_preview1" "fd_close" (func (param i64))) (func (export "_start")))"#;
    let folder = Folder::new(&[("a.wat", text)]);
    let done = folder.transom(&["run", "--emit", "code", "a.wat"]);
    assert!(
        done.err
            .contains("`fd_close` of `wasi_snapshot_preview1` has another type than its definition")
            && done
                .err
                .ends_with("try: list the imports with their types: transom inspect a.wat\n"),
        "{}",
        done.err
    );
    assert_eq!(std::fs::read_dir(folder.path("code")).unwrap().count(), 0);
}

#[test]
fn many_missing_imports_are_summed_up() {
    let imports = (0..3000).map(|index| {
        let module = if index < 5 { "first" } else { "env" };
        format!("(import \"{module}\" \"f{index}\" (func))\n")
    });
    let text = format!(
        "(module {} (func (export \"_start\")))",
        imports.collect::<String>()
    );
    let folder = Folder::new(&[("a.wat", &text)]);
    let done = folder.transom(&["run", "a.wat"]);
    let lines = done.err.lines().collect::<Vec<_>>();
    assert_eq!((done.code, lines.len()), (1, 23), "{}", done.err);
    assert_eq!(lines[20], "  `f19` of `env`");
    assert_eq!(
        lines[21],
        "  … and 2,980 more (--all-imports lists all); in total: 2,995 of `env`, 5 of `first`"
    );
    let done = folder.transom(&["run", "--all-imports", "a.wat"]);
    assert_eq!(done.err.lines().count(), 3002);
}

const ABSENT: [(&str, &str); 6] = [
    (
        "shared-everything-threads",
        "(module (type $s (shared (struct (field i32)))) (func (export \"f\") (result i32) (struct.get $s 0 (struct.new $s (i32.const 5)))))",
    ),
    (
        "custom-descriptors",
        "(module (rec (type $a (descriptor $b) (struct)) (type $b (describes $a) (struct))) (func (export \"f\") (result i32) (i32.const 1)))",
    ),
    (
        "stack-switching",
        "(module (type $f (func)) (type $c (cont $f)) (elem declare func $g) (func $g) (func (export \"f\") (result i32) (resume $c (cont.new $c (ref.func $g))) (i32.const 1)))",
    ),
    (
        "memory-control",
        "(module (memory 1) (func (export \"f\") (memory.discard (i32.const 0) (i32.const 0))))",
    ),
    (
        "compact-imports",
        "(module (import \"m\" (item \"a\" (func)) (item \"b\" (func))) (func (export \"f\")))",
    ),
    (
        "acquire-release-atomics",
        "(module (func (export \"f\") (pause)))",
    ),
];

#[test]
fn proposals_that_are_absent_are_named() {
    for (name, text) in ABSENT {
        let folder = Folder::new(&[("a.wat", text)]);
        for args in [
            &["run", "--invoke", "f"][..],
            &["validate"],
            &["validate", "--needs"],
            &["inspect"],
        ] {
            let done = folder.transom(&[args, &["a.wat"]].concat());
            let what = format!("the module needs the proposal `{name}`, which transom does not have: ");
            assert!(
                done.code == 1 && done.err.contains(&what),
                "{args:?}: {}",
                done.err
            );
            assert!(
                done.err
                    .ends_with("try: compile the module without this proposal\n"),
                "{}",
                done.err
            );
            assert!(!done.err.contains("-W"), "{}", done.err);
        }
        let done = folder.transom(&["compare", "--engines", "transom", "--invoke", "f", "a.wat"]);
        assert!(done.out.contains(&format!("lacks {name}\n")), "{}", done.out);
    }
}

#[test]
fn features_that_are_disabled_are_named_with_their_option() {
    let text = "(module\n (func (export \"f\")\n  (drop (v128.const i64x2 1 2))))";
    let folder = Folder::new(&[("a.wat", text), ("pages.wat", "(module (memory 1 (pagesize 1)))")]);
    let done = folder.transom(&["run", "-W", "simd=n", "--invoke", "f", "a.wat"]);
    assert!(
        done.err
            .contains("a.wat:3:10: the feature `simd` is disabled: SIMD support is not enabled"),
        "{}",
        done.err
    );
    assert!(done.err.ends_with("try: enable it: -W simd\n"), "{}", done.err);
    let done = folder.transom(&["validate", "pages.wat"]);
    assert!(
        done.err.ends_with("try: enable it: -W custom-page-sizes\n"),
        "{}",
        done.err
    );
    // -W does not go with --against.
    let done = folder.transom(&["validate", "--against", "wasm1", "a.wat"]);
    assert!(
        done.err
            .ends_with("try: add the feature to the set: --against SET,FEATURE\n"),
        "{}",
        done.err
    );
}
