//! Fuel, heaps, and what is said about them.

use crate::Folder;

const LOOP: &str = r#"(module
  (func (export "loop") (loop (br 0)))
  (func (export "count") (result i32) (local i32)
    (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1000)))) (local.get 0)))"#;

#[test]
fn fuel_ends_a_loop() {
    let folder = Folder::new(&[("loop.wat", LOOP)]);
    let done = folder.transom(&["run", "--fuel", "100000", "--invoke", "loop", "loop.wat"]);
    assert_eq!(done.code, 134);
    assert!(
        done.err.contains("all fuel consumed") && done.err.contains("try: a larger --fuel"),
        "{}",
        done.err
    );
    let done = folder.transom(&[
        "run", "--fuel", "100000", "--stats", "--invoke", "count", "loop.wat",
    ]);
    assert_eq!((done.code, done.out.as_str()), (0, "1000\n"));
    assert!(done.err.contains("fuel left"), "{}", done.err);
    let again = folder.transom(&[
        "run", "--fuel", "100000", "--stats", "--invoke", "count", "loop.wat",
    ]);
    let left = |err: &str| {
        err.lines()
            .find(|line| line.contains("fuel left"))
            .unwrap()
            .rsplit("  ")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(left(&done.err), left(&again.err));
}

const LIST: &str = r#"(module
  (type $node (struct (field (ref null $node)) (field i64)))
  (func (export "list") (param i32) (result i32) (local $head (ref null $node)) (local $n i32)
    (loop $again
      (local.set $head (struct.new $node (local.get $head) (i64.const 7)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (local.get 0))))
    (local.get $n)))"#;

#[test]
fn the_heap_of_objects_has_a_limit() {
    let folder = Folder::new(&[("list.wat", LIST)]);
    let list = |count: &str| {
        folder.transom(&[
            "run",
            "--max-gc-heap",
            "4M",
            "--invoke",
            "list",
            "list.wat",
            count,
        ])
    };
    assert_eq!(list("1000").out, "1000\n");
    let done = list("10000000");
    assert_eq!(done.code, 134, "{}", done.err);
    assert!(done.err.contains("a larger --max-gc-heap"), "{}", done.err);
}

#[test]
fn statistics_are_told_however_a_run_ends() {
    let folder = Folder::new(&[
        ("list.wat", LIST),
        ("trap.wat", "(module (func (export \"_start\") unreachable))"),
    ]);
    let done = folder.transom(&["run", "--stats", "--invoke", "list", "list.wat", "100"]);
    for row in ["parse", "validate", "compile", "instantiate", "run", "gc heap"] {
        assert!(done.err.contains(row), "{row}: {}", done.err);
    }
    assert_eq!(done.out, "100\n");
    let done = folder.transom(&["run", "--stats", "trap.wat"]);
    assert_eq!(done.code, 134);
    assert!(
        done.err.contains("instantiate") && done.err.contains("unreachable"),
        "{}",
        done.err
    );
}

/// Makes what is large with each resource that a program has, and says whether it was refused.
const GREEDY: &str = r#"(module
  (table 1 funcref) (memory 1) (memory $wide i64 1)
  (func $g) (elem declare func $g)
  (func (export "table") (result i32) (table.grow (ref.func $g) (i32.const 300000000)))
  (func (export "small") (result i32) (table.grow (ref.func $g) (i32.const 1000)))
  (func (export "memory") (result i32) (memory.grow (i32.const 1600)))
  (func (export "wide") (result i64) (memory.grow $wide (i64.const 0x100000))))"#;

#[test]
fn every_resource_has_a_limit() {
    let folder = Folder::new(&[("greedy.wat", GREEDY)]);
    let run = |options: &[&str], function: &str| {
        let mut args = vec!["run"];
        args.extend(options);
        args.extend(["--invoke", function, "greedy.wat"]);
        let done = folder.transom(&args);
        assert_eq!(done.code, 0, "{}", done.err);
        done.out.trim().to_owned()
    };
    assert_eq!(run(&[], "table"), "-1");
    assert_eq!(run(&[], "wide"), "-1");
    assert_eq!(run(&["--max-table-elements", "1001"], "small"), "1");
    assert_eq!(run(&["--max-table-elements", "1000"], "small"), "-1");
    assert_eq!(
        run(
            &["--max-total-memory", "1G", "--max-table-elements", "400000000"],
            "table"
        ),
        "-1"
    );
    assert_eq!(run(&["--max-total-memory", "100M"], "memory"), "-1");
    assert_eq!(run(&["--max-total-memory", "101M"], "memory"), "1");
    assert_eq!(run(&["--max-memory-size", "100M"], "memory"), "-1");
}
