//! Names that somebody else chose never act on a terminal, whatever the command and wherever the name stands.

use crate::{commands, transom};
use std::path::Path;
use std::process::Output;
use tempfile::{TempDir, tempdir};

/// A name that clears the screen, changes colours, turns the direction of text and begins a line, in all the ways there are.
const NAME: &str = "n\x1b[2J\x1b]0;t\x07\u{9b}31m\u{202e}\u{2066}\u{200f}\u{2028}\x7f\x08\t\r\nFORGED";

/// The same as a string of the text format.
fn quoted() -> String {
    let escapes = NAME.chars().map(|c| match c.is_ascii_graphic() {
        true => c.to_string(),
        false => format!("\\u{{{:x}}}", c as u32),
    });
    format!("\"{}\"", escapes.collect::<String>())
}

/// Modules and scripts with the name everywhere: `N` stands for it as a string, `¶` for its characters.
const FILES: &[(&str, &str)] = &[
    (
        "names.wat",
        r#"(module $N (@custom N "x") (@producers (language N N))
          (type $N (func (param $N i32) (result i32)))
          (rec (type $N.s (struct (field $N i32))))
          (table $N (export N) 2 funcref) (memory $N (export N.m) 1) (global $N (export N.g) i32 (i32.const 1))
          (tag $N (export N.t)) (data $N "x") (elem $N func $N)
          (func $N.main (export "_start") (call $N.2))
          (func $N.2 (call_indirect $N (i32.const 0)))
          (func $N (export N.f) (type $N) (local $N.l i32) (block $N (br $N)) (local.get $N.l))
          (func (export "f") (result i32) (call_indirect $N (result i32) (i32.const 1)))
          (elem (i32.const 1) func $N.2))"#,
    ),
    (
        "imports.wat",
        "(module (import N N (func $N)) (import N N.g (global $N i32)) (func (export \"_start\")))",
    ),
    (
        "given.wat",
        "(module $N (global (export N) i32 (i32.const 1)) (func (export N.f)))",
    ),
    (
        "wants.wat",
        "(module (import \"given\" N (func)) (import \"given\" N.none (func)) (func (export \"_start\")))",
    ),
    ("twice.wat", "(module (func (export N) (export N)))"),
    ("unknown.wat", "(module (func (call $N)))"),
    ("raw.wat", "(module (func $\"¶\" (call $\"¶2\")) ;; ¶\n (¶))"),
    (
        "invalid.wat",
        "(module $N (func $N (export N) (result i32) (i64.const 1)))",
    ),
    ("start.wat", "(module $N (func $N unreachable) (start $N))"),
    (
        "fails.wast",
        r#"(module $N (func (export N) (result i32) (i32.const 1)) (func $N (export "t") unreachable))
          (assert_return (invoke N) (i32.const 2)) "#,
    ),
    (
        "trap.wast",
        "(module (func (export N) unreachable)) (assert_trap (invoke N) N)",
    ),
    ("none.wast", "(module) (assert_return (invoke N))"),
    ("get.wast", "(module) (assert_return (get N) (i32.const 1))"),
    ("link.wast", "(module (import N N (func)))"),
    ("rejected.wast", "(module (func (export N) (export N)))"),
    (
        "unlinkable.wast",
        "(assert_unlinkable (module (import N N (func))) N)",
    ),
    ("invalid.wast", "(assert_invalid (module (func (export N))) N)"),
    (
        "malformed.wast",
        "(assert_malformed (module quote N) N) (assert_malformed (module quote \"\") N)",
    ),
    ("noise.wast", "(module) (N)"),
];

/// A folder with the files, and one of them under the name itself.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    for (name, text) in FILES {
        // `N.x` is the name with an end of its own.
        let mut out = String::new();
        let mut rest = *text;
        while let Some(at) = rest.find('N') {
            let (before, from) = rest.split_at(at);
            let end = from[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '.');
            let (word, after) = from.split_at(end.map_or(from.len(), |end| end + 1));
            let name = quoted();
            out += &format!("{before}{}{}\"", &name[..name.len() - 1], &word[1..]);
            rest = after;
        }
        out += rest;
        write(name, &out.replace('¶', NAME));
    }
    write(NAME, "(module");
    write(&format!("{NAME}.wasm"), "\0asm\x01\0\0\0\x01\x05");
    write(&format!("{NAME}.wast"), "(module) (assert_return (invoke \"f\"))");
    folder
}

/// What each command is given beside every file.
fn options(command: &str) -> Vec<Vec<&'static str>> {
    const ENGINES: &str = "--engines=transom,transom-unoptimised";
    match command {
        "run" => vec![
            vec![],
            vec!["--invoke", NAME],
            vec!["--invoke=f"],
            vec!["--stats"],
            vec!["--preload", "given=given.wat"],
            vec!["--dir", NAME],
            vec!["--env", NAME],
            vec!["--tcplisten", NAME],
            vec!["-W", NAME],
            vec!["-O", NAME],
            vec!["--log=trace", "--zeal"],
            vec!["--log", NAME],
            vec!["--emit", "emitted", "--emit-function", NAME],
        ],
        "bisect" => vec![
            vec![],
            vec!["--invoke=f"],
            vec!["--invoke", NAME],
            vec!["--preload", NAME],
        ],
        "validate" => vec![vec![], vec!["--needs"], vec!["--json"], vec!["--against", NAME]],
        "inspect" | "stats" => vec![vec![], vec!["--json"]],
        "objdump" => vec![vec![], vec!["-x", "-d", "-s"], vec!["-j", NAME]],
        "link" => vec![vec!["given.wat"], vec!["--json", "given.wat"]],
        "print" => vec![
            vec![],
            vec!["--folded", "--offsets", "--names"],
            vec!["--skeleton"],
        ],
        "roundtrip" => vec![vec![], vec!["names.wat"], vec!["--json", "names.wat"]],
        "compare" => vec![
            vec![ENGINES],
            vec![ENGINES, "--all-exports"],
            vec![ENGINES, "--json", "--invoke", NAME],
            vec!["--engines", NAME],
        ],
        "reduce" => vec![vec!["--keep=true"], vec!["--keep=trap", "--invoke=f"]],
        "component" => vec![
            vec!["wit"],
            vec!["compose", "given.wat"],
            vec!["compose", "--script"],
            vec!["compose", "--dep", NAME, "--script"],
        ],
        "report" => vec![vec![ENGINES, "--all-exports"], vec![ENGINES, "--output", NAME]],
        _ => vec![vec![], vec![NAME]],
    }
}

/// The first character of an output that acts on a terminal, with what is around it.
fn harmful(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let acts = |c: char| {
        let control = c.is_control() && c != '\n';
        control
            || "\u{200e}\u{200f}\u{2028}\u{2029}\u{61c}".contains(c)
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let forged = || text.lines().any(|line| line.trim_start().starts_with("FORGED"));
    (text.chars().any(acts) || forged()).then(|| format!("{text:?}"))
}

fn check(folder: &Path, line: &[String], wrong: &mut Vec<String>) -> Output {
    let done = transom(folder, line).output().unwrap();
    // A binary is no text, and goes to no terminal.
    let is_binary = done.stdout.starts_with(b"\0asm");
    let out = (!is_binary).then(|| harmful(&done.stdout)).flatten();
    for text in [out, harmful(&done.stderr)].into_iter().flatten() {
        wrong.push(format!("{line:?}: {text}"));
    }
    done
}

#[test]
fn names_do_not_act_on_terminals() {
    let folder = folder();
    let mut files: Vec<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    files.extend([
        NAME.to_owned(),
        format!("{NAME}.wasm"),
        format!("{NAME}.wast"),
        format!("{NAME}-absent"),
    ]);
    let mut wrong = Vec::new();
    for command in commands() {
        for options in options(&command) {
            for file in &files {
                let words = [command.as_str()].into_iter().chain(options.iter().copied());
                let line: Vec<String> = words.chain([file.as_str()]).map(str::to_owned).collect();
                check(folder.path(), &line, &mut wrong);
            }
        }
        check(folder.path(), &[command.clone(), format!("--{NAME}")], &mut wrong);
    }
    check(folder.path(), &[NAME.to_owned()], &mut wrong);
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn names_are_still_there() {
    let folder = folder();
    let mut wrong = Vec::new();
    let mut shows = |line: &[&str], what: &str| {
        let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let done = check(folder.path(), &line, &mut wrong);
        let text = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(text.contains(what), "{line:?}: {text}");
    };
    let shown = r"n\u{1b}[2J";
    shows(&["run", "names.wat"], &format!("1: {shown}"));
    shows(&["run", "imports.wat"], &format!("  `{shown}"));
    shows(&["run", "--preload", "given=given.wat", "wants.wat"], shown);
    shows(&["inspect", "names.wat"], &format!("\"{shown}"));
    shows(&["stats", "names.wat"], shown);
    shows(&["validate", "twice.wat"], shown);
    shows(&["validate", "unknown.wat"], shown);
    shows(&["link", "given.wat", "wants.wat"], shown);
    shows(&["wast", "none.wast"], shown);
    shows(&["validate", NAME], shown);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_has_the_names_themselves() {
    let folder = folder();
    let line = ["inspect", "--json", "names.wat"].map(str::to_owned);
    let done = transom(folder.path(), &line).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(json["exports"][0]["name"], NAME);
}

#[test]
fn what_a_program_prints_is_its_own() {
    let folder = folder();
    let text = r#"(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 0) "\08\00\00\00\07\00\00\00\1b[31m\c2\9b")
      (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))))"#;
    std::fs::write(folder.path().join("prints.wat"), text).unwrap();
    let done = transom(folder.path(), &["run", "prints.wat"].map(str::to_owned))
        .output()
        .unwrap();
    assert_eq!(done.stdout, b"\x1b[31m\xc2\x9b");
}
