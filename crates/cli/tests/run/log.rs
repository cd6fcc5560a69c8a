//! `--log`: events of the runtime on standard error.

use crate::Folder;

const TEXT: &str = r#"(module $"m\n"
    (memory 1)
    (type $node (struct))
    (func $"f\1b[31m" (export "trap") (drop (struct.new $node)) (drop (memory.grow (i32.const 1))) (unreachable)))"#;

/// Lines of standard error that are events, without their times.
fn events(err: &str) -> Vec<&str> {
    let lines = err.lines().filter(|line| line.starts_with('['));
    lines.filter_map(|line| Some(line.split_once(' ')?.1)).collect()
}

#[test]
fn events_are_lines_of_the_chosen_targets() {
    let folder = Folder::new(&[("a.wat", TEXT)]);
    let run = |filter: &str| folder.transom(&["run", "--zeal", "--log", filter, "--invoke", "trap", "a.wat"]);
    let done = run("memory,trap,gc=info");
    assert_eq!(done.code, 134);
    assert_eq!(
        events(&done.err),
        [
            "memory] a memory grew from 65536 to 131072 bytes",
            "trap] wasm `unreachable` instruction executed, in function 0 `f\\u{1b}[31m` at 0x31",
        ]
    );
    let done = run("info");
    let lines = events(&done.err);
    let targets = lines
        .iter()
        .filter_map(|line| line.split_once(']'))
        .map(|(name, _)| name);
    assert_eq!(
        targets.collect::<Vec<_>>(),
        ["module", "compile", "instance", "trap"],
        "{done:?}"
    );
    let done = run("gc");
    assert!(
        events(&done.err)[0].starts_with("gc] the nursery was collected in "),
        "{done:?}"
    );
    assert_eq!(events(&run("off").err), [""; 0]);
}

#[test]
fn deadlines_are_events() {
    let folder = Folder::new(&[("a.wat", r#"(module (func (export "f") (loop (br 0))))"#)]);
    let done = folder.transom(&[
        "run",
        "--log=interrupt",
        "--timeout",
        "100ms",
        "--invoke",
        "f",
        "a.wat",
    ]);
    assert_eq!(done.code, 124);
    assert_eq!(
        events(&done.err),
        ["interrupt] a program reached its epoch deadline"]
    );
}

#[test]
fn other_commands_log_too() {
    let folder = Folder::new(&[("a.wat", TEXT)]);
    let done = folder.transom(&["validate", "--log", "module", "a.wat"]);
    assert!(
        events(&done.err)[0].starts_with("module] module `m\\n`: "),
        "{done:?}"
    );
}

#[test]
fn targets_are_listed_and_checked() {
    let folder = Folder::new(&[]);
    for words in [
        &["--log", "help"][..],
        &["run", "--log=help"],
        &["run", "--log", "help", "a.wat"],
    ] {
        let done = folder.transom(words);
        assert!(
            done.code == 0 && done.out.contains("\n  gc         collections of "),
            "{done:?}"
        );
    }
    let done = folder.transom(&["run", "--log", "cc", "a.wat"]);
    assert!(
        done.code == 1 && done.err.contains("no events `cc`; `--log help` lists them"),
        "{done:?}"
    );
}
