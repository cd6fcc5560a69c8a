//! The commands that tell what a module is.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::tempdir;

/// Runs the command in a folder with this standard input.
fn transom(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_transom"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What doesn't read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

const MODULE: &str = r#"(module $demo
  (memory (export "memory") 1)
  (func $f (param v128) (result v128) (local.get 0))
  (func $g (result i32 i32) (i32.const 1) (i32.extend8_s (i32.const 2))))"#;

#[test]
fn text_becomes_binary_and_text_again() {
    let folder = tempdir().unwrap();
    let binary = transom(folder.path(), &["parse"], MODULE.as_bytes()).stdout;
    assert!(binary.starts_with(b"\0asm"));
    assert!(
        transom(folder.path(), &["parse", "-", "-o", "m.wasm"], MODULE.as_bytes())
            .status
            .success()
    );
    assert_eq!(std::fs::read(folder.path().join("m.wasm")).unwrap(), binary);
    let printed = transom(folder.path(), &["print", "m.wasm"], b"");
    assert!(text(&printed.stdout).contains("(func $f (;0;)"));
    assert_eq!(transom(folder.path(), &["parse"], &printed.stdout).stdout, binary);
    let folded = transom(folder.path(), &["print", "--folded", "--offsets", "m.wasm"], b"");
    assert!(text(&folded.stdout).contains("(i32.extend8_s") && text(&folded.stdout).contains("(;@"));
}

#[test]
fn names_are_stripped() {
    let folder = tempdir().unwrap();
    let stripped = transom(folder.path(), &["strip"], MODULE.as_bytes()).stdout;
    let printed = transom(folder.path(), &["print"], &stripped).stdout;
    assert!(!text(&printed).contains("$f"));
    let kept = transom(folder.path(), &["strip", "--keep", "name"], MODULE.as_bytes()).stdout;
    assert!(text(&transom(folder.path(), &["print"], &kept).stdout).contains("$f"));
}

#[test]
fn features_are_told_and_sets_of_them_tried() {
    let folder = tempdir().unwrap();
    let done = transom(folder.path(), &["validate", "--needs", "-"], MODULE.as_bytes());
    assert!(done.status.success());
    for feature in ["simd", "multi-value", "sign-extension"] {
        assert!(
            text(&done.stdout).contains(&format!("needs {feature} (offset 0x")),
            "{done:?}"
        );
    }
    let against = |set: &str| {
        transom(
            folder.path(),
            &["validate", "--against", set, "-"],
            MODULE.as_bytes(),
        )
    };
    assert!(against("wasm2").status.success());
    let done = against("wasm1");
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("standard input:"), "{done:?}");
    assert!(text(&against("wasm9").stderr).contains("--against: unknown feature or set of features `wasm9`"));
    let done = transom(
        folder.path(),
        &["validate", "--json", "--needs", "-"],
        MODULE.as_bytes(),
    );
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(
        (&json[0]["valid"], json[0]["needs"].as_array().unwrap().len()),
        (&true.into(), 3)
    );
    let done = transom(
        folder.path(),
        &["validate", "--json", "-"],
        b"(module (func (result i32)))",
    );
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!((&json[0]["valid"], done.status.code()), (&false.into(), Some(1)));
    assert!(json[0]["error"].as_str().unwrap().contains("type mismatch"));
}

#[test]
fn a_module_is_counted() {
    let folder = tempdir().unwrap();
    let done = transom(folder.path(), &["stats"], MODULE.as_bytes());
    assert!(
        text(&done.stdout).contains("Functions: 2") && text(&done.stdout).contains("i32.extend8_s"),
        "{done:?}"
    );
    let done = transom(folder.path(), &["stats", "--json", "-"], MODULE.as_bytes());
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(json["functions"]["count"], 2);
}

#[test]
fn a_module_is_seen_from_outside() {
    let folder = tempdir().unwrap();
    let done = transom(folder.path(), &["inspect"], MODULE.as_bytes());
    assert!(
        text(&done.stdout).contains("exports:\n  \"memory\" (memory 1)"),
        "{done:?}"
    );
    let done = transom(folder.path(), &["inspect", "--json", "-"], MODULE.as_bytes());
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(
        (&json["name"], &json["exports"][0]["type"]),
        (&"demo".into(), &"(memory 1)".into())
    );
}

#[test]
fn bytes_are_shown() {
    let folder = tempdir().unwrap();
    let objdump = |args: &[&str]| transom(folder.path(), &[&["objdump"], args].concat(), MODULE.as_bytes());
    assert!(text(&objdump(&[]).stdout).contains("custom \"name\""));
    assert!(text(&objdump(&["-d"]).stdout).contains("c0 "));
    let done = objdump(&["-s", "-j", "memory"]);
    assert!(
        text(&done.stdout).starts_with("memory:\n0x") && text(&done.stdout).lines().count() == 2,
        "{done:?}"
    );
    assert!(text(&objdump(&["-j", "nothing"]).stderr).contains("no section `nothing`"));
    assert!(text(&objdump(&["--help"]).stdout).contains("--disassemble"));
}

#[test]
fn modules_are_held_against_each_other() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lib.wat", "(module (func (export \"f\") (param i32)))");
    write(
        "good.wat",
        "(module (import \"lib\" \"f\" (func (param i32))) (import \"env\" \"g\" (func)))",
    );
    write("bad.wat", "(module (import \"lib\" \"f\" (func (param i64))))");
    let link = |args: &[&str]| transom(folder.path(), &[&["link"], args].concat(), b"");
    let done = link(&["lib.wat", "good.wat", "--host", "env"]);
    assert!(
        done.status.success() && text(&done.stdout).contains("\"f\" (func (param i32)): same type"),
        "{done:?}"
    );
    let done = link(&["lib.wat", "good.wat"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(
        text(&done.stdout).contains("MISSING: no module of this name"),
        "{done:?}"
    );
    let done = link(&["lib=lib.wat", "bad.wat", "--json"]);
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert!(
        json[0]["outcome"]["mismatch"].as_str().unwrap().contains("i64"),
        "{json}"
    );
}

#[test]
fn texts_are_held_against_binaries() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("m.wat", MODULE);
    write("other.wat", &MODULE.replace("const 1", "const 5"));
    assert!(
        transom(folder.path(), &["parse", "other.wat", "-o", "m.wasm"], b"")
            .status
            .success()
    );
    let done = transom(folder.path(), &["roundtrip", "m.wat"], b"");
    assert!(
        text(&done.stdout).starts_with("assembled / printed and assembled again: identical"),
        "{done:?}"
    );
    let done = transom(folder.path(), &["roundtrip", "m.wat", "m.wasm"], b"");
    assert_eq!(done.status.code(), Some(1));
    assert!(
        text(&done.stdout).contains("function 1 (g):\n    first:  i32.const 1\n    second: i32.const 5"),
        "{done:?}"
    );
}

#[test]
fn what_comes_before_the_broken_place_is_shown() {
    let folder = tempdir().unwrap();
    let binary = transom(folder.path(), &["parse"], MODULE.as_bytes()).stdout;
    // In the middle of the second function.
    let code = binary.windows(2).rposition(|bytes| bytes == [0x41, 2]).unwrap();
    let cut = &binary[..code + 2];
    for command in [&["print"][..], &["objdump", "-x", "-d"]] {
        let done = transom(folder.path(), command, cut);
        assert_eq!(done.status.code(), Some(1), "{done:?}");
        let (shown, said) = (text(&done.stdout), text(&done.stderr));
        assert!(
            shown.contains("memory") && shown.contains("i32.const 2\n"),
            "{shown}"
        );
        assert!(!shown.contains("extend8_s"), "{shown}");
        assert!(said.contains("error: standard input:offset 0x"), "{said}");
    }
}

#[test]
fn malformed_input_is_an_error_with_its_place() {
    let folder = tempdir().unwrap();
    for command in ["parse", "print", "stats", "strip", "objdump", "inspect"] {
        let done = transom(folder.path(), &[command], b"(module\n  (fun))");
        assert_eq!(done.status.code(), Some(1));
        assert!(
            text(&done.stderr).contains("standard input:2:4: "),
            "{command}: {done:?}"
        );
        let done = transom(folder.path(), &[command], b"\0asm\x01\0\0\0\x01\x05");
        let copies = command == "parse";
        assert_eq!(done.status.success(), copies, "{command}: {done:?}");
        assert!(
            copies || text(&done.stderr).contains("standard input:offset 0x"),
            "{command}: {done:?}"
        );
    }
    let done = transom(folder.path(), &["print", "nowhere.wasm"], b"");
    assert!(text(&done.stderr).contains("cannot read `nowhere.wasm`"));
}

/// An object file whose function calls `puts`, and a section of producers that is cut off.
const OBJECT: &str = r#"(module
  (import "env" "puts" (func))
  (func (call 0))
  (@custom "linking" "\02\08\04\01\00\10\00")
  (@custom "reloc.CODE" "\03\01\00\04\00")
  (@custom "target_features" "\01+\07simd128")
  (@custom "producers" "\01\08language\01\03C11"))"#;

#[test]
fn object_files_are_decoded() {
    let folder = tempdir().unwrap();
    let objdump = |args: &[&str]| transom(folder.path(), &[&["objdump"], args].concat(), OBJECT.as_bytes());
    let done = objdump(&["-r"]);
    assert!(done.status.success(), "{done:?}");
    let out = text(&done.stdout);
    assert!(out.starts_with("custom \"reloc.CODE\":\n0x"), "{out}");
    assert!(
        out.contains("| 00 04 00 ") && out.contains("| R_WASM_FUNCTION_INDEX_LEB"),
        "{out}"
    );
    assert!(
        out.trim_end().ends_with("symbol 0 `puts`") && out.lines().count() == 3,
        "{out}"
    );
    assert_eq!(objdump(&["--reloc"]).stdout, done.stdout);
    let done = objdump(&["-x"]);
    assert!(done.status.success(), "{done:?}");
    let out = text(&done.stdout);
    for line in [
        "symbol 0: function 0 `puts` [undefined]",
        "+simd128 (used)",
        "note: malformed: unexpected end-of-file",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    assert!(
        out.contains("(import \"env\"") && !out.contains("@custom"),
        "{out}"
    );
    let done = objdump(&["-x", "-j", "target_features"]);
    assert_eq!(text(&done.stdout).lines().count(), 2, "{done:?}");
}

#[test]
fn metadata_are_printed() {
    let folder = tempdir().unwrap();
    let module = r#"(module $demo (@custom "authors" "Ada\1b") (@producers (language "C" "11")))"#;
    let done = transom(folder.path(), &["metadata"], module.as_bytes());
    let expected =
        "module:               demo\nlanguage:             C 11\nauthors:              Ada\\u{1b}\n";
    assert_eq!(text(&done.stdout), expected, "{done:?}");
    let shown = transom(folder.path(), &["metadata", "show", "-"], module.as_bytes());
    assert_eq!(shown.stdout, done.stdout);
    let done = transom(folder.path(), &["metadata", "--json", "-"], module.as_bytes());
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(json["producers"][0]["name"], "C");
    assert_eq!(json["annotations"][0]["text"], "Ada\u{1b}");
}

#[test]
fn addresses_have_lines() {
    let folder = tempdir().unwrap();
    let program = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../transom/tests/symbols/programs/dwarf4.wasm"
    );
    let addr2line = |args: &[&str]| transom(folder.path(), &[&["addr2line", program], args].concat(), b"");
    let done = addr2line(&["0xf2", "194"]);
    let expected = "\
0xf2: function 2 `push`
    /src/./stack.h:9:15, in `checked` (inlined)
    /src/stack.c:4:19
0xc2: function 1 `run`
    /src/fill.c:16:12
";
    assert_eq!((done.status.code(), text(&done.stdout)), (Some(0), expected));
    let done = addr2line(&["--json", "0xf2", "0"]);
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(
        (&json[0]["lines"][0]["line"], done.status.code()),
        (&9.into(), Some(1))
    );
    let done = addr2line(&["0"]);
    assert_eq!(
        (done.status.code(), text(&done.stdout)),
        (Some(1), "0x0: not in a function\n")
    );
    assert!(text(&addr2line(&["1f"]).stderr).contains("expected a number"));
    assert!(!addr2line(&[]).status.success());
    let relative = addr2line(&["--code-section-relative", "0"]);
    assert_eq!(text(&relative.stdout), "0x0: not in a function\n");
}

const SCRIPT: &str = r#"(module $m (func (export "f\1b")))
(invoke "f\1b")
(assert_malformed (module quote "(modulee)") "syntax error")"#;

#[test]
fn scripts_become_json_and_modules() {
    let folder = tempdir().unwrap();
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    std::fs::write(folder.path().join("s.wast"), SCRIPT).unwrap();
    let done = transom(folder.path(), &["json-from-wast", "s.wast"], b"");
    assert!(
        done.status.success() && text(&done.stdout).lines().count() == 1,
        "{done:?}"
    );
    assert!(!text(&done.stdout).contains('\x1b'), "{done:?}");
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(json["source_filename"], "s.wast");
    assert_eq!(json["commands"][0]["filename"], "s.0.wasm");
    assert_eq!(json["commands"][1]["action"]["field"], "f\u{1b}");
    assert_eq!(json["commands"][2]["module_type"], "text");
    assert!(read("s.0.wasm").starts_with(b"\0asm"));
    assert_eq!(read("s.1.wat"), b"(modulee) ");
    // Beside the JSON, under the name that wabt has for the command.
    let done = transom(
        folder.path(),
        &["wast2json", "s.wast", "-o", "out/s.json", "--pretty"],
        b"",
    );
    assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
    assert_eq!(read("out/s.0.wasm"), read("s.0.wasm"));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&read("out/s.json")).unwrap(),
        json
    );
    assert!(read("out/s.json").iter().filter(|byte| **byte == b'\n').count() > 10);
    let done = transom(
        folder.path(),
        &["json-from-wast", "-", "--wasm-dir", "modules"],
        SCRIPT.as_bytes(),
    );
    assert!(done.status.success(), "{done:?}");
    assert_eq!(read("modules/script.0.wasm"), read("s.0.wasm"));
    let done = transom(folder.path(), &["json-from-wast", "-"], b"(module)\n(modul)");
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done.stderr).contains("standard input:2:2: "), "{done:?}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let done = transom(
        folder.path(),
        &["json-from-wast", "s.wast", "-o", "file/s.json"],
        b"",
    );
    assert!(
        text(&done.stderr).contains("cannot create the folder `file`"),
        "{done:?}"
    );
}

const COMPONENT: &str = r#"(component
  (import "log" (func (param "text" string)))
  (core module $m (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (export "run" (func $run)))"#;

#[test]
fn components_are_validated_printed_and_have_interfaces() {
    let folder = tempdir().unwrap();
    let run = |args: &[&str], input: &[u8]| transom(folder.path(), args, input);
    let binary = run(&["parse"], COMPONENT.as_bytes()).stdout;
    assert!(binary.starts_with(b"\0asm\x0d\0\x01\0"));
    for form in [&binary[..], COMPONENT.as_bytes()] {
        assert_eq!(text(&run(&["validate", "-"], form).stdout), "-: ok\n");
        let seen = run(&["inspect"], form).stdout;
        assert!(
            text(&seen).contains("import log: func(text: string);"),
            "{}",
            text(&seen)
        );
        let json: serde_json::Value =
            serde_json::from_slice(&run(&["inspect", "--json"], form).stdout).unwrap();
        assert!(
            json["wit"]
                .as_str()
                .unwrap()
                .contains("export run: func() -> u32;")
        );
    }
    let printed = run(&["print"], &binary).stdout;
    assert!(text(&printed).starts_with("(component"));
    assert_eq!(run(&["parse"], &printed).stdout, binary);
    let skeleton = run(&["print", "--skeleton"], &binary).stdout;
    assert!(!text(&skeleton).contains("i32.const 7"));
}

#[test]
fn what_is_wrong_with_components_is_said() {
    let folder = tempdir().unwrap();
    let refusal = |args: &[&str], input: &str| {
        let done = transom(folder.path(), args, input.as_bytes());
        assert_eq!(done.status.code(), Some(1), "{}", text(&done.stdout));
        text(&done.stderr).to_owned()
    };
    let gated = refusal(&["validate", "-"], "(component (type (list u8 4)))");
    assert!(
        gated.contains("needs `fixed-length-lists` 🔧, a feature of the component model that is not frozen"),
        "{gated}"
    );
    let invalid = refusal(
        &["validate", "-"],
        "(component (core module (func (result i32) (i64.const 1))))",
    );
    assert!(
        invalid.contains("type mismatch: expected i32, found i64"),
        "{invalid}"
    );
    let simd = "(component (core module (func (drop (v128.const i64x2 0 0)))))";
    assert!(refusal(&["validate", "--against", "wasm1", "-"], simd).contains("SIMD"));
    let malformed = refusal(&["inspect"], "(component\n  (func))");
    assert!(malformed.contains("2:"), "{malformed}");
    let no_wit = "(component (core module $m) (export \"m\" (core module $m)))";
    assert!(refusal(&["inspect"], no_wit).contains("cannot be written as WIT"));
    for command in [
        &["addr2line", "-", "0x20"][..],
        &["compile", "-"],
        &["roundtrip", "-"],
    ] {
        let refused = refusal(command, COMPONENT);
        assert!(
            refused.contains("is a component; this command takes modules only\ntry: "),
            "{command:?}: {refused}"
        );
    }
}

#[test]
fn components_are_made_of_modules() {
    let folder = tempdir().unwrap();
    let run = |args: &[&str], input: &[u8]| transom(folder.path(), args, input);
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "w.wit",
        "package a:calc;\nworld calc { export add: func(a: u32, b: u32) -> u32; }\nworld empty {}",
    );
    write(
        "core.wat",
        r#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#,
    );
    let core = run(&["component", "embed", "--world=calc", "w.wit", "core.wat"], b"").stdout;
    let seen = run(&["component", "wit", "-"], &core);
    assert!(
        text(&seen.stdout).contains("export add: func(a: u32, b: u32) -> u32;"),
        "{}",
        text(&seen.stderr)
    );
    let made = run(&["component", "new"], &core).stdout;
    assert_eq!(text(&run(&["validate", "-"], &made).stdout), "-: ok\n");
    assert!(text(&run(&["component", "wit", "-"], &made).stdout).contains("export add"));
    assert_eq!(
        text(&run(&["run", "--invoke", "add(2, 3)", "-"], &made).stdout),
        "5\n"
    );
    assert!(text(&run(&["component", "wit", "w.wit"], b"").stdout).contains("world empty"));
    // Programs for WASI preview 1 need nothing else.
    let hello = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/programs/hello.wasm");
    let made = run(&["component", "new", hello], b"").stdout;
    assert!(text(&run(&["inspect"], &made).stdout).contains("export wasi:cli/run@0.2"));
    for (args, expected) in [
        (
            &["component", "embed", "w.wit", "core.wat"][..],
            "multiple worlds",
        ),
        (&["component", "embed", "--world=x", "w.wit", "core.wat"], "x"),
        (&["component", "embed", "absent.wit", "core.wat"], "absent.wit"),
        (
            &["component", "new", "core.wat"],
            "nothing of it would be in the component\ntry: add one: transom component embed",
        ),
        (
            &["component", "new", "--adapt", "absent.wasm", "core.wat"],
            "absent.wasm",
        ),
        (&["component", "wit", "core.wat"], "the module has no interface"),
    ] {
        let done = run(args, b"");
        let said = text(&done.stderr);
        assert!(
            done.status.code() == Some(1) && said.contains(expected),
            "{args:?}: {said}"
        );
    }
}

const NESTED: &str = r#"(component $c
  (core module $m (func $first (export "f") (result i32) (i32.const 7)) (@custom "licenses" "MIT"))
  (core instance $i (instantiate $m))
  (component $inner (core module (memory 1) (func (result v128) (v128.const i64x2 0 0))))
  (func (export "f") (result u32) (canon lift (core func $i "f"))))"#;

#[test]
fn components_are_listed_and_counted() {
    let folder = tempdir().unwrap();
    let ask = |args: &[&str]| transom(folder.path(), args, NESTED.as_bytes());
    let done = ask(&["objdump"]);
    let listed = text(&done.stdout);
    for line in [
        "core module 0 ",
        "  code ",
        "component 0 ",
        "  core module 1 ",
        "    memory ",
        "canonical function ",
    ] {
        assert!(
            listed.lines().any(|listed| listed.starts_with(line)),
            "{line}: {listed}"
        );
    }
    assert_eq!(text(&ask(&["objdump", "-j", "memory"]).stdout).lines().count(), 1);
    let done = ask(&["objdump", "-d"]);
    assert!(
        text(&done.stderr)
            .contains("standard input is a component, and `--disassemble` takes modules only\ntry: "),
        "{done:?}"
    );
    let done = ask(&["stats"]);
    for part in [
        "       2 core modules\n",
        "       1 lifts\n",
        "Functions: 2,",
        "first in core module 0\n",
    ] {
        assert!(
            text(&done.stdout).contains(part),
            "{part}: {}",
            text(&done.stdout)
        );
    }
    let json = serde_json::from_slice::<serde_json::Value>(&ask(&["stats", "--json"]).stdout).unwrap();
    assert_eq!(
        (&json["parts"]["components"], &json["parts"]["exports"]),
        (&1.into(), &1.into())
    );
    let done = ask(&["metadata"]);
    let licenses = done.status.success() && text(&done.stdout).contains("core module 0:\n");
    assert!(licenses && text(&done.stdout).contains("licenses:"), "{done:?}");
}

#[test]
fn components_are_stripped_and_still_run() {
    let folder = tempdir().unwrap();
    let stripped = transom(folder.path(), &["strip", "-o", "c.wasm"], NESTED.as_bytes());
    assert!(stripped.status.success(), "{stripped:?}");
    let listed = transom(folder.path(), &["objdump", "c.wasm"], b"").stdout;
    assert!(text(&listed).contains("core module 1") && !text(&listed).contains("custom"));
    let done = transom(folder.path(), &["run", "--invoke", "f", "c.wasm"], b"");
    assert_eq!(text(&done.stdout), "7\n", "{done:?}");
    let kept = transom(folder.path(), &["strip", "--keep", "licenses"], NESTED.as_bytes()).stdout;
    let listed = transom(folder.path(), &["objdump"], &kept).stdout;
    assert_eq!(text(&listed).matches("custom").count(), 1);
}

#[test]
fn features_of_components_are_told() {
    let folder = tempdir().unwrap();
    let validate = |args: &[&str]| transom(folder.path(), &[&["validate"], args].concat(), NESTED.as_bytes());
    let done = validate(&["--needs", "--compile", "-"]);
    assert!(
        done.status.success() && text(&done.stdout).contains("needs simd (offset 0x"),
        "{done:?}"
    );
    assert!(!validate(&["--against", "wasm1", "-"]).status.success());
}

#[test]
fn components_are_held_against_each_other() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lib.wat", NESTED);
    write("good.wat", r#"(component (import "f" (func (result u32))))"#);
    write(
        "bad.wat",
        r#"(component (import "f" (func (result string))) (import "g" (func)))"#,
    );
    write("m.wat", "(module)");
    let link = |args: &[&str]| transom(folder.path(), &[&["link"], args].concat(), b"");
    let done = link(&["good.wat", "lib.wat"]);
    assert_eq!(
        text(&done.stdout),
        "good imports f (func() -> u32): exported by lib\n",
        "{done:?}"
    );
    let done = link(&["lib.wat", "bad.wat", "--host", "g"]);
    assert_eq!(done.status.code(), Some(1));
    let said = text(&done.stdout);
    assert!(
        said.contains("DOES NOT MATCH the export of lib") && !said.contains("imports g"),
        "{said}"
    );
    let done = link(&["lib.wat", "bad.wat", "--json"]);
    let json = serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap();
    assert_eq!(
        (&json[1]["import"][0], &json[1]["provider"]),
        (&"g".into(), &serde_json::Value::Null)
    );
    let done = link(&["lib.wat", "m.wat"]);
    assert!(
        text(&done.stderr).contains("`m` is a core module, and `lib` a component"),
        "{done:?}"
    );
}
