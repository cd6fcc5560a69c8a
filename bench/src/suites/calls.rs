//! Calls across every boundary.

use crate::subject::{Row, Subject, Value, call, program};
use crate::world::World;
use anyhow::Result;
use transom_bench_protocol::{Case, Limits, Program, Task};

pub const ABOUT: &str = "One call across each boundary. A suspension leaves the stack of a program that waits in each call of the host, and \
    comes back. Inside WebAssembly, a loop makes the calls, and a row is the \
    time of one iteration, including the call. The first of these rows is a loop without a call. The suite `gc` \
    measures casts.";

/// What the loops have around them.
const AROUND: &str = r#"(module
  TYPES
  (func $callee CALLEE (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))
  TABLE
  (func (export "run") (param $n i32) (result i32) (local $x i32) (local $zero i32) LOCAL
    (loop $again
      (local.set $x BODY)
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))"#;

const FINAL: &str = "(type $t (func (param i32) (result i32)))";
const OPEN: &str = "(type $t (sub (func (param i32) (result i32))))";
const SUBTYPE: &str =
    "(type $t (sub (func (param i32) (result i32)))) (type $s (sub $t (func (param i32) (result i32))))";
const DEEPER: &str =
    "(type $r (sub (func (param i32) (result i32)))) (type $t (sub $r (func (param i32) (result i32))))
  (type $s (sub $t (func (param i32) (result i32)))) (type $u (sub $s (func (param i32) (result i32))))";
const TABLE: &str = "(table 8 8 funcref) (elem (i32.const 0) func $callee)";
const INDIRECT: &str = "(call_indirect (type $t) (local.get $x) (local.get $zero))";

/// What the loop takes by itself.
const LOOP: [&str; 5] = [
    FINAL,
    "(type $t)",
    "",
    "",
    "(i32.add (local.get $x) (i32.const 3))",
];

/// Inside WebAssembly: the row's name, the types, the callee's type, the table, a local, and the call.
const INSIDE: &[(&str, [&str; 5])] = &[
    (
        "loop without a call",
        [
            FINAL,
            "(type $t)",
            "",
            "",
            "(i32.add (local.get $x) (i32.const 3))",
        ],
    ),
    (
        "direct call",
        [FINAL, "(type $t)", "", "", "(call $callee (local.get $x))"],
    ),
    (
        "call_indirect, exact final type",
        [FINAL, "(type $t)", TABLE, "", INDIRECT],
    ),
    (
        "call_indirect, exact open type",
        [OPEN, "(type $t)", TABLE, "", INDIRECT],
    ),
    (
        "call_indirect, subtype",
        [SUBTYPE, "(type $s)", TABLE, "", INDIRECT],
    ),
    (
        "call_indirect, subtype of a subtype",
        [DEEPER, "(type $u)", TABLE, "", INDIRECT],
    ),
    (
        "call_indirect, typed table",
        [
            FINAL,
            "(type $t)",
            "(table 8 8 (ref null $t)) (elem (i32.const 0) (ref null $t) (ref.func $callee))",
            "",
            INDIRECT,
        ],
    ),
    (
        "call_ref",
        [
            FINAL,
            "(type $t)",
            "(table 1 1 (ref null $t)) (elem (i32.const 0) (ref null $t) (ref.func $callee))",
            "(local $r (ref null $t)) (local.set $r (table.get (local.get $zero)))",
            "(call_ref $t (local.get $x) (local.get $r))",
        ],
    ),
];

/// Between the host and a program: the name, how many calls, and what Transom aims at.
const HOST: &[(&str, u64, f64)] = &[
    ("host to wasm, typed", 3_000_000, 8e-9),
    ("host to wasm, untyped", 500_000, 40e-9),
    ("wasm to host, typed", 5_000_000, 3e-9),
    ("wasm to host, typed, with its caller", 5_000_000, 3e-9),
    ("wasm to host, untyped", 1_000_000, 40e-9),
];

/// The same at the edges of the interface, which few peers have.
const EDGES: &[(&str, u64, f64)] = &[
    ("host to wasm, unchecked", 3_000_000, 8e-9),
    ("wasm to host, unchecked", 5_000_000, 4e-9),
    ("host to wasm, asynchronous", 500_000, 72e-9),
    ("suspension and resumption", 500_000, 400e-9),
];

pub fn subjects(world: &World) -> Result<Vec<Subject>> {
    let called = world.module("called", include_str!("../../calls/called.wat"))?;
    let caller = world.module("calls", include_str!("../../calls/calls.wat"))?;
    let case = |suite: &str, name: &str, count: u64, times| {
        Task::Case(Case {
            suite: suite.to_owned(),
            name: name.to_owned(),
            count,
            times,
            module: if name.starts_with("host to wasm") {
                called.clone()
            } else {
                caller.clone()
            },
            folder: world.folder.path().to_owned(),
        })
    };
    let mut subjects = Vec::new();
    for (suite, rows) in [("calls", HOST), ("edges", EDGES)] {
        for &(name, count, most) in rows {
            let count = if world.quick { count / 50 } else { count };
            let row = Row::new(name, Value::Warm(0)).most(most);
            subjects.push(Subject::new(name, case(suite, name, count, 6), vec![row]));
        }
    }
    let many = if world.quick { 500 } else { 10_000 };
    let title = format!("{many} suspended, memory of each");
    let row = Row::new(title.clone(), Value::Each(0)).memory();
    subjects.push(Subject::new(
        title,
        case("edges", "suspended, memory of each", many, 1),
        vec![row],
    ));
    let turns = if world.quick { 200_000 } else { 10_000_000 };
    let calls = || vec![call("run", turns, 6)];
    let turn = |name: &str| Row::new(name, Value::Turn(0, turns));
    let row = |name: &str| turn(name).ahead(&[("wasmtime", 0.97)]);
    let inside = INSIDE.iter().map(|(name, parts)| (row(name), parts));
    for (row, parts) in std::iter::once((turn("loop without a call"), &LOOP)).chain(inside) {
        let module = world.module(&row.name, &around(parts))?;
        let subject = Subject::new(row.name.clone(), program(module, calls()), vec![row]);
        subjects.push(subject.known([turns.wrapping_mul(3)]));
    }
    let name = "another instance's function";
    let text = around(&["", "", "", "", "(call $other (local.get $x))"]);
    let text = text.replacen(
        "(module",
        r#"(module (import "other" "add" (func $other (param i32) (result i32)))"#,
        1,
    );
    let modules = vec![called, world.module(name, &text)?];
    let task = Task::Program(Program {
        modules,
        limits: vec![Limits::Default],
        calls: calls(),
    });
    subjects.push(Subject::new(name, task, vec![row(name)]).known([turns.wrapping_mul(3)]));
    Ok(subjects)
}

fn around([types, callee, table, local, body]: &[&str; 5]) -> String {
    let text = AROUND
        .replace("TYPES", types)
        .replace("CALLEE", callee)
        .replace("TABLE", table);
    text.replace("LOCAL", local).replace("BODY", body)
}
