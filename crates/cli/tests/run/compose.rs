//! `transom component compose`: what is composed does what its components do when they are linked at run time, and what cannot be
//! composed is explained.

use crate::{Done, Folder};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn check(done: &Done, code: i32, what: &str) {
    assert!(done.code == code && done.err.contains(what), "{what}: {done:?}");
}

/// The cases: a folder for each, with `main.wat`, whose first lines have the calls and the dependencies, in the order of `--with`.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/run/compose");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// The values of a key in the first lines of a text.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let lines = text.lines().map_while(|line| line.strip_prefix(";; "));
    let values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    values.collect()
}

/// Runs the command in a folder: its exit code, output, and the first line of its errors.
fn transom(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let first = errors.lines().next().unwrap_or_default().to_owned();
    let out = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), out, first)
}

#[test]
fn what_is_composed_does_what_is_linked_at_run_time() {
    let composed = Folder::new(&[]);
    let composed = composed.path("composed.wasm");
    let composed = composed.to_str().unwrap();
    let (mut traps, mut results) = (0, 0);
    let cases = cases();
    for case in &cases {
        let main = std::fs::read_to_string(case.join("main.wat")).unwrap();
        let dependencies = values(&main, "WITH");
        let dependencies = dependencies
            .first()
            .map_or(vec!["dep"], |line| line.split(' ').collect());
        let files: Vec<String> = dependencies.iter().map(|name| format!("{name}.wat")).collect();
        let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
        let with: Vec<&str> = files.iter().flat_map(|file| ["--with", file]).collect();
        // The order makes no difference.
        for _ in 0..2 {
            let line = [&["component", "compose", "main.wat", "-o", composed], &files[..]].concat();
            assert_eq!(
                transom(case, &line),
                (0, String::new(), String::new()),
                "{line:?}"
            );
            assert_eq!(transom(case, &["validate", composed]).0, 0, "{case:?}");
            for call in values(&main, "CALL") {
                let linked = transom(
                    case,
                    &[&["run", "--invoke", call], &with[..], &["main.wat"]].concat(),
                );
                let done = transom(case, &["run", "--invoke", call, composed]);
                assert_eq!(linked, done, "{call} of {case:?}");
                assert!(matches!(done.0, 0 | 134), "{call} of {case:?}: {done:?}");
                *(if done.0 == 0 { &mut results } else { &mut traps }) += 1;
            }
            files.reverse();
        }
    }
    assert!(
        cases.len() >= 15 && results >= 80 && traps >= 8,
        "{results}, {traps}"
    );
}

/// Interfaces as tools write them: types have names, which other interfaces use.
#[test]
fn what_tools_make_is_composed() {
    let folder = Folder::new(&[
        (
            "w.wit",
            "package a:b@1.0.0;
             interface types { type id = u32; record point { x: id, y: u32 } enum side { left, right } }
             interface api { use types.{id, point as pt, side}; swap: func(p: pt) -> pt; flip: func(s: side) -> side; }
             world main { import api; record pair { a: u8 } export pair: func(p: pair) -> u8;
               export shapes: interface { use types.{point}; twist: func(p: point) -> point; } }
             world dep { export api; }
             world types-alone { export types; }",
        ),
        (
            "main.wat",
            r#"(module (import "a:b/api@1.0.0" "swap" (func $swap (param i32 i32 i32))) (memory (export "memory") 1)
                (func (export "pair") (param i32) (result i32) (local.get 0))
                (func (export "shapes#twist") (param i32 i32) (result i32)
                  (call $swap (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))"#,
        ),
        (
            "dep.wat",
            r#"(module (memory (export "memory") 1)
                (func (export "a:b/api@1.0.0#flip") (param i32) (result i32) (i32.eqz (local.get 0)))
                (func (export "a:b/api@1.0.0#swap") (param i32 i32) (result i32)
                  (i32.store (i32.const 16) (local.get 1)) (i32.store (i32.const 20) (local.get 0)) (i32.const 16)))"#,
        ),
        ("types-alone.wat", "(module)"),
    ]);
    for name in ["main", "dep", "types-alone"] {
        let [text, core, made] = ["wat", "core", "wasm"].map(|end| format!("{name}.{end}"));
        let embedded = folder.transom(&["component", "embed", "-w", name, "w.wit", &text, "-o", &core]);
        assert_eq!(embedded.code, 0, "{embedded:?}");
        let done = folder.transom(&["component", "new", &core, "-o", &made]);
        assert_eq!(done.code, 0, "{done:?}");
    }
    for dependencies in [&["dep.wasm"][..], &["dep.wasm", "types-alone.wasm"]] {
        let with: Vec<&str> = dependencies
            .iter()
            .rev()
            .flat_map(|file| ["--with", file])
            .collect();
        let done = folder.transom(&[&["compose", "-o", "o.wasm", "main.wasm"], dependencies].concat());
        assert_eq!(done.code, 0, "{done:?}");
        for (call, result) in [("twist({x: 1, y: 2})", "{x: 2, y: 1}\n"), ("pair({a: 7})", "7\n")] {
            let linked = folder.transom(&[&["run", "--invoke", call], &with[..], &["main.wasm"]].concat());
            let done = folder.transom(&["run", "--invoke", call, "o.wasm"]);
            assert_eq!(
                (&*linked.out, &*done.out),
                (result, result),
                "{linked:?} {done:?}"
            );
        }
    }
}

/// Exports `find` in an interface.
const STOCK: &str = r#"(component
  (core module $m (func (export "find") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3))))
  (core instance $i (instantiate $m))
  (func $find (param "item" u32) (result u32) (canon lift (core func $i "find")))
  (instance (export "shop:stock/lookup@1.2.0") (export "find" (func $find))))"#;

/// Imports that, an earlier version, and something else.
const SHOP: &str = r#"(component
  (import "shop:stock/lookup@1.0.0" (instance $d (export "find" (func (param "item" u32) (result u32)))))
  (import "log" (func $log (param "item" u32)))
  (core func $find (canon lower (func $d "find")))
  (core func $log (canon lower (func $log)))
  (core module $m
    (import "" "find" (func $find (param i32) (result i32)))
    (import "" "log" (func $log (param i32)))
    (func (export "total") (result i32) (call $log (i32.const 7)) (call $find (i32.const 7))))
  (core instance $i (instantiate $m (with "" (instance (export "find" (func $find)) (export "log" (func $log))))))
  (func (export "total") (result u32) (canon lift (core func $i "total"))))"#;

const LOG: &str = r#"(component
  (core module $m (func (export "log") (param i32)))
  (core instance $i (instantiate $m))
  (func (export "log") (param "item" u32) (canon lift (core func $i "log"))))"#;

/// The names in the documentation.
fn shop() -> Folder {
    let folder = Folder::new(&[("shop.wat", SHOP), ("stock.wat", STOCK), ("log.wat", LOG)]);
    for name in ["shop", "stock", "log"] {
        let (text, binary) = (format!("{name}.wat"), format!("{name}.wasm"));
        assert_eq!(folder.transom(&["parse", &text, "-o", &binary]).code, 0);
    }
    folder
}

#[test]
fn the_documentation_is_true() {
    let folder = shop();
    let text = include_str!("../../../../docs/components.md");
    let section = text.split("## Composition\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let block = |kind: &str| {
        let block = section.split(&format!("```{kind}\n")).nth(1).unwrap();
        block.split("```").next().unwrap()
    };
    std::fs::write(folder.path("app.wac"), block("wac")).unwrap();
    let mut results = 0;
    for line in block("sh").lines() {
        let (line, result) = match line.split_once("  # prints ") {
            Some((line, result)) => (line, Some(result)),
            None => (line.split("  #").next().unwrap(), None),
        };
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let done = folder.transom(&words);
        assert_eq!(done.code, 0, "{line}: {done:?}");
        if let Some(result) = result {
            assert_eq!(done.out.trim_end(), result.trim_end(), "{line}");
            results += 1;
        }
    }
    assert_eq!(results, 2);
}

#[test]
fn imports_that_nobody_exports_stay() {
    let folder = shop();
    let done = folder.transom(&[
        "component",
        "compose",
        "shop.wat",
        "stock.wasm",
        "-o",
        "part.wasm",
    ]);
    check(&done, 0, "");
    let seen = folder.transom(&["component", "wit", "part.wasm"]).out;
    assert!(
        seen.contains("import log:") && !seen.contains("import shop:stock"),
        "{seen}"
    );
    // The result is a component like others.
    let done = folder.transom(&["plug", "part.wasm", "--plug", "log.wat", "-o", "app.wasm"]);
    check(&done, 0, "");
    let done = folder.transom(&["run", "--invoke", "total", "app.wasm"]);
    assert_eq!((done.code, &*done.out), (0, "21\n"), "{done:?}");
    let said = folder.transom(&["metadata", "app.wasm"]).out;
    assert!(
        said.contains("processed-by") && said.contains("transom"),
        "{said}"
    );
    // Several dependencies of which one is on standard input, which is empty.
    let done = folder.transom(&["wac", "plug", "shop.wat", "-", "-o", "app.wasm"]);
    check(&done, 1, "standard input");
}

#[test]
fn what_cannot_be_composed_is_explained() {
    let folder = shop();
    let write = |name: &str, text: &str| std::fs::write(folder.path(name), text).unwrap();
    write("core.wat", "(module)");
    write("bad.wat", "(component (core module (func (result i32))))");
    write("syntax.wat", "(component\n  (nonsense))");
    write(
        "typed.wat",
        &STOCK.replace("u32) (result u32) (canon", "s32) (result u32) (canon"),
    );
    write(
        "left.wat",
        r#"(component (import "right" (func $f)) (export "left" (func $f)))"#,
    );
    write(
        "right.wat",
        r#"(component (import "left" (func $f)) (export "right" (func $f)))"#,
    );
    write("both.wat", r#"(component (import "left" (func)))"#);
    write(
        "resource.wat",
        r#"(component (type $r (resource (rep i32))) (core func $new (canon resource.new $r))
            (func $f (param "n" s32) (result (own $r)) (canon lift (core func $new)))
            (instance (export "a:b/c") (export "r" (type $r)) (export "f" (func $f))))"#,
    );
    write(
        "exposes.wat",
        r#"(component (import "a:b/c" (instance $d (export "r" (type $r (sub resource)))
            (export "f" (func (param "n" s32) (result (own $r)))))) (export "f" (func $d "f")))"#,
    );
    write(
        "named.wat",
        r#"(component (import "log" (func $log (param "item" u32)))
            (type $p' (record (field "x" u32))) (export $p "p" (type $p'))
            (core module $m (func (export "f") (param i32))) (core instance $i (instantiate $m))
            (func (export "f") (param "p" $p) (canon lift (core func $i "f"))))"#,
    );
    for (files, what) in [
        (
            &["named.wat", "log.wat"][..],
            "the composed component would be invalid: func not valid to be used as export\ntry: a type that an exported function uses",
        ),
        (
            &["shop.wat"][..],
            "`shop.wat` is alone: there is nothing to compose it with\ntry: ",
        ),
        (
            &["shop.wat", "core.wat"],
            "core.wat: the file is not a component\ntry: make a component of a core module: transom component new core.wat",
        ),
        (&["core.wat", "shop.wat"], "core.wat: the file is not a component"),
        (&["shop.wat", "absent.wat"], "cannot read `absent.wat`"),
        (&["shop.wat", "bad.wat"], "bad.wat:offset 0x22: type mismatch"),
        (&["shop.wat", "syntax.wat"], "syntax.wat:2:4: "),
        (
            &["shop.wat", "stock.wat", "left.wat"],
            "`left.wat` satisfies no import: it exports `left`, and what is imported without it is `log`\ntry: ",
        ),
        (
            &["shop.wat", "stock.wat", "stock.wasm"],
            "`shop.wat` imports `shop:stock/lookup@1.0.0`, which several dependencies export: `stock.wat`, `stock.wasm`\ntry: ",
        ),
        (
            &["shop.wat", "typed.wat"],
            "`shop.wat` imports `shop:stock/lookup@1.0.0` with another type than `shop:stock/lookup@1.2.0` has, which `typed.wat` \
             exports: mismatched type for export `find`: mismatched type for function parameter `item`: expected u32, found s32\n\
             try: print both: transom inspect shop.wat; transom inspect typed.wat",
        ),
        (
            &["both.wat", "left.wat", "right.wat"],
            "dependencies need each other: `left.wat` imports `right` from `right.wat`, `right.wat` imports `left` from `left.wat`\ntry: ",
        ),
        (
            &["exposes.wat", "resource.wat"],
            "the composed component would be invalid: func not valid to be used as export\ntry: a type that an exported function uses",
        ),
        (
            &["--dep", "a:b=stock.wat", "shop.wat"],
            "--dep a:b=stock.wat: a name is that of a package of a script, and there is no script\ntry: ",
        ),
        (&["-d", "stock.wat", "shop.wat"], "dependencies have no option"),
    ] {
        let done = folder.transom(&[&["compose", "-o", "o.wasm"], files].concat());
        check(&done, 1, what);
        assert!(!folder.path("o.wasm").exists(), "{files:?}");
    }
}

#[test]
fn scripts_say_what_is_composed() {
    let folder = shop();
    let write = |name: &str, text: &str| std::fs::write(folder.path(name), text).unwrap();
    let compose = |script: &str, deps: &[&str]| {
        write("s.wac", script);
        let deps = deps.iter().flat_map(|dep| ["--dep", dep]).collect::<Vec<_>>();
        folder.transom(
            &[
                &["component", "compose", "--script", "s.wac", "-o", "o.wasm"],
                &deps[..],
            ]
            .concat(),
        )
    };
    // Two instances of one component, and versions.
    let script = "package my:app;\nlet one = new my:stock@1.0.0 {};\nlet two = new my:stock@2.0.0 {};\n\
                  export one[\"shop:stock/lookup@1.2.0\"] as one;\nexport two[\"shop:stock/lookup@1.2.0\"] as two;";
    let done = compose(script, &["my:stock=stock.wat", "my:stock@2.0.0=stock.wasm"]);
    check(&done, 0, "");
    let done = folder.transom(&["run", "--invoke", "one.find(2)", "o.wasm"]);
    assert_eq!((done.code, &*done.out), (0, "6\n"), "{done:?}");
    // As `wac compose` has it.
    let done = folder.transom(&["compose", "s.wac", "-d", "my:stock=stock.wat", "-o", "o.wasm"]);
    check(&done, 0, "");
    let stock = ["my:stock=stock.wat"];
    for (script, deps, what) in [
        (
            "package my:app;\nlet x = 1;",
            &[][..],
            "s.wac:2:9: unexpected token was encountered\n 2 | let x = 1;\n   |         ^",
        ),
        (
            "package my:app;\nlet s = new my:stock {};",
            &[],
            "s.wac:2:13: unknown package `my:stock`\n 2 | let s = new my:stock {};\n   |             ^\n\
             try: name the file of its component: --dep my:stock=FILE",
        ),
        (
            "package my:app;\nlet s = new my:stock {};\nexport stock...;",
            &stock,
            "s.wac:3:8: undefined name `stock`",
        ),
        (
            "package my:app;\nlet s = new my:stock {};\nlet s = s;",
            &stock,
            "s.wac:3:5: `s` is already defined; `s` previously defined here: 2:5",
        ),
        (
            "package my:app;\nlet s = new my:shop {};",
            &["my:shop=shop.wat"],
            "s.wac:2:13: missing instantiation argument `shop:stock/lookup@1.0.0` for package `my:shop`",
        ),
        (
            "package my:app;",
            &stock,
            "s.wac: the script does not use the package `my:stock`; it names no package\ntry: ",
        ),
        (
            "package my:app; let s = new my:stock {};",
            &["my:stock=stock.wat", "my:stock=shop.wat"],
            "two components are given for the package `my:stock`",
        ),
        (
            "package my:app; let s = new my:stock {};",
            &["my:stock=absent.wat"],
            "cannot read `absent.wat`",
        ),
        ("", &[], "s.wac"),
    ] {
        check(&compose(script, deps), 1, what);
    }
    let nested = format!("package my:app;\nlet s = {}x", "(".repeat(100_000));
    check(
        &compose(&nested, &[]),
        1,
        "s.wac:2:209: brackets nest more than 200 deep",
    );
    std::fs::write(folder.path("s.wac"), b"\xff").unwrap();
    let done = folder.transom(&["compose", "s.wac"]);
    check(&done, 1, "s.wac: a script is text in UTF-8");
    let done = folder.transom(&["compose", "s.wac", "stock.wat"]);
    check(&done, 1, "`stock.wat`: a script names its components\ntry: ");
}
