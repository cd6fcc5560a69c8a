//! Stories of modules that behave differently on another engine: each has the verdict that it deserves.
//!
//! Engines that are not to be had here any more are shell scripts that say what was recorded of them. Others are asked if
//! `cargo xtask engines` has installed them, and are told to be missing otherwise; no story hangs on them alone.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::{TempDir, tempdir};

fn story(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stories")
        .join(name)
}

/// Where `cargo xtask engines` has put engines.
fn engines() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    target.join("engines/bin")
}

/// Those of these engines that are here.
fn here<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let (here, missing) = names
        .iter()
        .partition::<Vec<&str>, _>(|name| engines().join(name).is_file());
    if !missing.is_empty() {
        eprintln!(
            "NOT ASKED: {}; `cargo xtask engines` installs them",
            missing.join(", ")
        );
    }
    here
}

/// What the comparison of a file comes to, and how the command exits.
fn compare(list: &[String], args: &[&str], file: &Path) -> (Value, i32) {
    compare_with(list, args, file, &[])
}

/// The same with arguments for what is called.
fn compare_with(list: &[String], args: &[&str], file: &Path, more: &[&str]) -> (Value, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args([
            "compare",
            "--json",
            "--timeout",
            "30s",
            "--engines",
            &list.join(","),
        ])
        .args(args)
        .arg(file)
        .args(more)
        .env(
            "PATH",
            format!("{}:{}", engines().display(), std::env::var("PATH").unwrap()),
        )
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    (value, output.status.code().unwrap())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// An engine that is a shell script.
fn script(folder: &TempDir, name: &str, body: &str) -> String {
    let path = folder.path().join(name);
    let script = format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo '{name} 1.0'; exit; fi\n{body}\n");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{name}={}", path.display())
}

fn kind(value: &Value) -> &str {
    value["verdict"]["kind"].as_str().unwrap()
}

/// What an engine came to at the first step, as JSON.
fn outcome(value: &Value, name: &str) -> Value {
    let observed = value["observed"].as_array().unwrap();
    let engine = observed.iter().find(|engine| engine["engine"]["name"] == name);
    engine.unwrap_or_else(|| panic!("{name} was asked"))["steps"][0].clone()
}

#[test]
fn a_call_by_a_functions_own_type_that_wasmtime_44_trapped_on() {
    let folder = tempdir().unwrap();
    let recorded = story("subtype-call.recorded.txt");
    let old = script(
        &folder,
        "wasmtime-44",
        &format!(
            "if [ \"$1\" = run ]; then echo 1; exit; fi\ncat '{}' >&2; exit 134",
            recorded.display()
        ),
    );
    let mut list = vec!["transom".to_owned(), old];
    list.extend(names(&here(&["bun"])));
    let (told, code) = compare(&list, &[], &story("subtype-call.wast"));
    assert_eq!((kind(&told), code), ("semantic", 1), "{told}");
    assert_eq!(outcome(&told, "wasmtime-44")["outcome"]["script"], 13);
    for name in ["transom"].into_iter().chain(here(&["bun"])) {
        assert_eq!(outcome(&told, name)["outcome"]["script"], Value::Null, "{name}");
    }
}

#[test]
fn a_recursion_that_ends_beyond_the_memory_or_the_stack() {
    // Even configurations of one engine part, as their frames have other sizes.
    let mut list = names(&["transom"]);
    list.extend(names(&here(&["node", "bun"])));
    let (told, code) = compare_with(&list, &["--invoke", "run"], &story("recursion.wat"), &["0"]);
    assert_eq!((kind(&told), code), ("limit", 1), "{told}");
    let remarks = told["verdict"]["remarks"].to_string();
    assert!(remarks.contains("a limit of the engine"), "{remarks}");
}

#[test]
fn an_inline_type_that_assemblers_resolve_differently() {
    // Engines agree about the bytes, which is what they are given.
    let mut list = names(&["transom"]);
    list.extend(names(&here(&["node", "bun"])));
    let (told, code) = compare(&list, &["--invoke", "run"], &story("inline-type.wat"));
    assert_eq!((kind(&told), code), ("agreement", 0), "{told}");
    let trap = &outcome(&told, "transom")["outcome"]["trap"];
    assert_eq!(trap[0], "indirect-call-type-mismatch");
    // It is the text that is read differently.
    let output = Command::new(env!("CARGO_BIN_EXE_transom"))
        .arg("roundtrip")
        .arg(story("inline-type.wat"))
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn objects_on_an_engine_without_them() {
    let folder = tempdir().unwrap();
    let recorded = story("no-gc.recorded.txt");
    // It runs what is not about objects, and objects with the flag.
    let body = format!(
        "case \"$*\" in *gc=y*) echo 1; exit;; esac\nfor file; do :; done\n\
         if grep -q -a probe \"$file\" && ! printf '%s' \"$file\" | grep -q probe-gc; then echo 1; exit; fi\n\
         cat '{}' >&2; exit 1",
        recorded.display()
    );
    let old = script(&folder, "wasmtime-45", &body);
    let mut list = names(&["transom"]);
    list.push(old);
    let (told, code) = compare(&list, &["--invoke", "run"], &story("array.wat"));
    assert_eq!((kind(&told), code), ("feature", 1), "{told}");
    assert_eq!(outcome(&told, "wasmtime-45")["outcome"]["unsupported"], "gc");
    let remarks = told["verdict"]["remarks"].to_string();
    assert!(
        remarks.contains("gc is disabled; `") && remarks.contains("-W gc=y"),
        "{remarks}"
    );
    let (told, code) = compare(
        &list,
        &["--invoke", "run", "--enable-features"],
        &story("array.wat"),
    );
    assert_eq!((kind(&told), code), ("agreement", 0), "{told}");
}

#[test]
fn a_proposal_that_a_real_engine_has_off() {
    if here(&["wasm-interp"]).is_empty() {
        return;
    }
    let list = names(&["transom", "wasm-interp"]);
    let (told, code) = compare(&list, &["--invoke", "run"], &story("tail-call.wat"));
    assert_eq!((kind(&told), code), ("feature", 1), "{told}");
    let remarks = told["verdict"]["remarks"].to_string();
    assert!(
        remarks.contains("tail-call is disabled; `--enable-tail-call` enables it"),
        "{remarks}"
    );
}

#[test]
fn a_start_function_that_traps() {
    let mut list = names(&["transom"]);
    list.extend(names(&here(&["node", "bun", "deno", "wasm-interp"])));
    let (told, code) = compare(&list, &[], &story("start.wat"));
    assert_eq!((kind(&told), code), ("agreement", 0), "{told}");
    let step = outcome(&told, "transom");
    assert_eq!(
        (step["phase"].as_str(), &step["outcome"]["trap"][0]),
        (Some("instantiate"), &"unreachable".into())
    );
}

#[test]
fn imports_that_are_missing_or_of_another_type() {
    let mut list = names(&["transom"]);
    list.extend(names(&here(&["node", "bun"])));
    let (told, code) = compare(&list, &[], &story("missing-import.wat"));
    assert_eq!((kind(&told), code), ("agreement", 0), "{told}");
    assert_eq!(
        outcome(&told, "transom")["outcome"]["unlinkable"],
        "missing-import"
    );
    // Functions of JavaScript have no types that they could be wrong by.
    let folder = tempdir().unwrap();
    let lax = script(&folder, "wasmi-lax", "exit 0");
    let (told, code) = compare(&["transom".to_owned(), lax], &[], &story("wrong-import.wat"));
    assert_eq!((kind(&told), code), ("host", 1), "{told}");
    assert_eq!(outcome(&told, "transom")["outcome"]["unlinkable"], "import-type");
    assert!(
        told["observed"][0]["steps"][0]["message"]
            .as_str()
            .unwrap()
            .contains("fd_write")
    );
}
