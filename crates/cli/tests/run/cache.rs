//! Code that outlives a run: the cache, and files of `transom compile`.

use crate::{Done, Folder};
use std::fs;

const PROGRAM: &str = r#"(module
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "twice") (param i32) (result i32) (call $double (local.get 0))))"#;

/// Runs the command with a cache in the folder.
fn cached(folder: &Folder, args: &[&str]) -> Done {
    let home = folder.path("home");
    folder.transom_with(
        args,
        &[("TRANSOM_CACHE", "y"), ("XDG_CACHE_HOME", home.to_str().unwrap())],
    )
}

fn folder() -> Folder {
    let folder = Folder::new(&[("twice.wat", PROGRAM)]);
    fs::create_dir(folder.path("home")).unwrap();
    folder
}

const TWICE: [&str; 6] = ["run", "--stats", "--invoke", "twice", "twice.wat", "21"];

#[test]
fn the_second_run_compiles_nothing() {
    let folder = folder();
    let first = cached(&folder, &TWICE);
    assert_eq!((first.code, &*first.out), (0, "42\n"), "{}", first.err);
    let compiled = |done: &Done| done.err.contains("functions when first called");
    assert!(compiled(&first), "{}", first.err);
    let second = cached(&folder, &TWICE);
    assert_eq!((second.code, &*second.out), (0, "42\n"), "{}", second.err);
    assert!(!compiled(&second), "{}", second.err);
    let listed = cached(&folder, &["cache"]);
    assert!(listed.out.starts_with("1 entries, "), "{}", listed.out);
    assert!(!listed.out.contains("not used"), "{}", listed.out);
    let cleared = cached(&folder, &["cache", "clear"]);
    assert!(cleared.out.starts_with("removed 1 entries"), "{}", cleared.out);
    assert!(cached(&folder, &["cache", "list"]).out.starts_with("0 entries"));
    assert!(compiled(&cached(&folder, &TWICE)));
}

#[test]
fn the_cache_is_left_alone_on_demand() {
    let folder = folder();
    for args in [
        ["run", "--cache=n"],
        ["run", "--disable-cache"],
        ["run", "-Ccache=n"],
    ] {
        let done = cached(&folder, &[&args[..], &TWICE[2..]].concat());
        assert_eq!((done.code, &*done.out), (0, "42\n"), "{}", done.err);
        assert!(!folder.path("home").join("transom").exists(), "{args:?}");
    }
    let home = folder.path("home");
    let env = [("TRANSOM_CACHE", "n"), ("XDG_CACHE_HOME", home.to_str().unwrap())];
    assert_eq!(folder.transom_with(&TWICE, &env).code, 0);
    assert!(!home.join("transom").exists());
}

#[test]
fn settings_of_a_file_are_used() {
    let folder = folder();
    let code = folder.path("code");
    fs::write(
        folder.path("cache.toml"),
        format!("[cache]\ndirectory = {:?}\n", code.to_str().unwrap()),
    )
    .unwrap();
    let args = [&["run", "--cache-config", "cache.toml"][..], &TWICE[2..]].concat();
    assert_eq!(folder.transom(&args).code, 0);
    let path = folder.transom(&["cache", "--cache-config", "cache.toml", "path"]);
    assert_eq!(path.out.trim_end(), code.to_str().unwrap());
    assert!(
        folder
            .transom(&["cache", "--cache-config", "cache.toml"])
            .out
            .starts_with("1 entries")
    );
    fs::write(folder.path("cache.toml"), "[cache]\ndirektory = 1").unwrap();
    let done = folder.transom(&args);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("direktory") && done.err.contains("--cache=n"),
        "{}",
        done.err
    );
}

/// A cache that cannot be used is no failure, unless somebody asked for it.
#[test]
fn a_program_runs_without_a_cache() {
    let folder = folder();
    fs::write(folder.path("home").join("transom"), "a file").unwrap();
    let done = cached(&folder, &TWICE);
    assert_eq!((done.code, &*done.out), (0, "42\n"), "{}", done.err);
    let done = cached(&folder, &[&["run", "--cache=y"][..], &TWICE[2..]].concat());
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("transom") && done.err.contains("--cache=n"),
        "{}",
        done.err
    );
}

#[test]
fn compiled_files_run_if_they_are_trusted() {
    let folder = folder();
    let done = folder.transom(&["compile", "twice.wat"]);
    assert_eq!((done.code, &*done.out, &*done.err), (0, "", ""));
    let refused = folder.transom(&["run", "--invoke", "twice", "twice.cwasm", "21"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--allow-precompiled"), "{}", refused.err);
    let trusted = ["run", "--allow-precompiled", "--stats", "--invoke", "twice"];
    let done = folder.transom(&[&trusted[..], &["twice.cwasm", "21"]].concat());
    assert_eq!((done.code, &*done.out), (0, "42\n"), "{}", done.err);
    // The same options as for any other module.
    let done = folder.transom(&[&trusted[..], &["twice.wat", "21"]].concat());
    assert_eq!((done.code, &*done.out), (0, "42\n"), "{}", done.err);
    let other = [
        &["run", "--allow-precompiled", "-W", "simd=n"][..],
        &trusted[3..],
        &["twice.cwasm", "21"],
    ]
    .concat();
    let done = folder.transom(&other);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("features of WebAssembly"), "{}", done.err);
}

#[test]
fn compiled_files_are_where_they_are_wanted() {
    let folder = folder();
    assert_eq!(
        folder
            .transom(&["compile", "-O", "compiler=baseline", "-o", "quick", "twice.wat"])
            .code,
        0
    );
    let run = ["run", "--allow-precompiled", "--invoke", "twice"];
    let done = folder.transom(&[&run[..], &["-O", "compiler=baseline", "quick", "21"]].concat());
    assert_eq!((done.code, &*done.out), (0, "42\n"), "{}", done.err);
    let done = folder.transom(&[&run[..], &["quick", "21"]].concat());
    assert!(done.err.contains("compiler `baseline`"), "{}", done.err);
    assert_eq!(folder.transom(&["compile", "absent.wat"]).code, 1);
    fs::write(folder.path("bad.wat"), "(module (func (result i32)))").unwrap();
    let done = folder.transom(&["compile", "bad.wat"]);
    assert!(done.code == 1 && done.err.contains("bad.wat:1:"), "{}", done.err);
    assert!(!folder.path("bad.cwasm").exists());
}
