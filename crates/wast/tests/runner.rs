//! What the runner makes of scripts that go wrong: each directive has a verdict, and a failing one ends nothing.
#![allow(clippy::unwrap_used)]

use transom::{Config, Engine};
use transom_wast::{Outcome, Runner, Verdict};

fn run(script: &str) -> Vec<Outcome> {
    let engine = Engine::new(&transom_wast::config()).unwrap();
    Runner::new(&engine).unwrap().run(script).unwrap()
}

/// The categories of all directives, with `pass` for those that pass.
fn categories(script: &str) -> Vec<String> {
    run(script)
        .iter()
        .map(|outcome| outcome.verdict.category().unwrap_or("pass").to_owned())
        .collect()
}

#[test]
fn a_failure_does_not_end_the_script() {
    let outcomes = run(r#"
(module (func (export "two") (result i32) i32.const 2))
(assert_return (invoke "two") (i32.const 3))
  (assert_return (invoke "two") (i32.const 2))"#);
    assert_eq!(
        outcomes[1].verdict,
        Verdict::Fail("wrong result: expected (i32.const 3), got (i32.const 2)".into())
    );
    assert_eq!((outcomes[1].line, outcomes[1].kind), (3, "assert_return"));
    assert_eq!((outcomes[2].line, outcomes[2].column), (4, 4));
    assert!(outcomes[2].verdict.is_pass());
}

#[test]
fn traps_have_names() {
    let script = r#"
(module (func (export "f") unreachable) (func (export "g")) (func $h (export "h") (call $h)))
(assert_trap (invoke "f") "unreachable")
(assert_trap (invoke "f") "integer overflow")
(assert_trap (invoke "g") "unreachable")
(assert_return (invoke "f"))
(assert_exhaustion (invoke "h") "call stack exhausted")
(assert_trap (module (func unreachable) (start 0)) "unreachable")"#;
    assert_eq!(
        categories(script)[1..],
        [
            "pass",
            "wrong trap",
            "no trap",
            "unexpected error",
            "pass",
            "pass"
        ]
    );
}

#[test]
fn modules_are_refused() {
    let script = r#"
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module) "type mismatch")
(assert_malformed (module quote "(func") "unexpected end")
(assert_malformed (module quote "(func)") "unexpected end")
(assert_unlinkable (module (import "spectest" "nothing" (func))) "unknown import")
(assert_unlinkable (module (import "spectest" "print" (func (param i32)))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "print" (func))) "unknown import")
(module (func (result i32)))
(invoke "f")"#;
    let expected = [
        "pass",
        "accepted an invalid module",
        "pass",
        "accepted a malformed module",
        "pass",
        "pass",
        "accepted an unlinkable module",
        "module rejected",
        "no such instance",
    ];
    assert_eq!(categories(script), expected);
}

#[test]
fn instances_have_names() {
    let script = r#"
(module definition $M (global (export "g") (mut i32) (i32.const 0))
  (func (export "inc") (result i32)
    (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))
(module instance $A $M)
(module instance $B $M)
(assert_return (invoke $A "inc") (i32.const 1))
(assert_return (get $A "g") (i32.const 1))
(assert_return (get $B "g") (i32.const 0))
(register "b" $B)
(module (import "b" "inc" (func $inc (result i32))) (export "inc" (func $inc)))
(assert_return (invoke "inc") (i32.const 1))
(assert_return (get $B "g") (i32.const 1))
(register "c" $C)"#;
    let found = categories(script);
    assert_eq!(found.iter().filter(|category| *category == "pass").count(), 10);
    assert_eq!(found[10], "no such instance");
}

#[test]
fn values_and_patterns() {
    let script = r#"
(module
  (func (export "nan") (result f32) (f32.const nan:0x600000))
  (func (export "lanes") (result v128) (v128.const f32x4 1 nan -nan 2))
  (func (export "id") (param externref) (result externref) (local.get 0))
  (func (export "any") (param anyref) (result anyref) (local.get 0)))
(assert_return (invoke "nan") (f32.const nan:arithmetic))
(assert_return (invoke "lanes") (v128.const f32x4 1 nan:canonical nan:canonical 2))
(assert_return (invoke "id" (ref.extern 7)) (ref.extern 7))
(assert_return (invoke "id" (ref.null extern)) (ref.null extern))
(assert_return (invoke "any" (ref.null any)) (ref.null any))
(assert_return (invoke "any" (ref.null none)) (either (ref.struct) (ref.null)))
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "id" (ref.extern 7)) (ref.extern 8))
(assert_return (invoke "id" (ref.null extern)) (ref.null func))
(assert_return (invoke "any" (ref.null any)) (ref.struct))"#;
    let found = categories(script);
    assert!(found[..7].iter().all(|category| category == "pass"), "{found:?}");
    assert!(
        found[7..].iter().all(|category| category == "wrong result"),
        "{found:?}"
    );
}

#[test]
fn names_are_strict_on_demand() {
    let script = r#"
(module $a (func (export "f")))
(module (import "a" "f" (func)))
(register "b" $a)
(module (import "b" "f" (func)))
(invoke $b "f")"#;
    assert!(categories(script).iter().all(|category| category == "pass"));
    let engine = Engine::new(&transom_wast::config()).unwrap();
    let mut runner = Runner::new(&engine).unwrap().strict_names(true);
    let outcomes = runner.run(script).unwrap();
    let categories: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.verdict.category())
        .collect();
    let (unlinked, unnamed) = (Some("instantiation failed"), Some("no such instance"));
    assert_eq!(categories, [None, unlinked, None, None, unnamed]);
}

#[test]
fn a_module_is_a_definition() {
    let script = r#"
(module $M (global $g (mut i32) (i32.const 0))
  (func (export "inc") (result i32)
    (global.set 0 (i32.add (global.get 0) (i32.const 1))) (global.get 0)))
(assert_return (invoke "inc") (i32.const 1))
(module instance $A $M)
(assert_return (invoke $A "inc") (i32.const 1))
(assert_return (invoke $M "inc") (i32.const 2))"#;
    assert!(categories(script).iter().all(|category| category == "pass"));
}

#[test]
fn threads_fail_at_their_place() {
    let script = r#"
(module $m (memory (export "s") 1 1 shared) (func (export "f")))
(thread $a (shared (module $m))
  (module (func (export "f") (unreachable)))
  (invoke "f")
  (invoke $m "f"))
(wait $b)
(wait $a)
(wait $a)
(thread $c (shared (module $x)))
(thread $d
  (wait $d)
  (thread $d (wait $a)))
(module)"#;
    let outcomes = run(script);
    let found: Vec<_> = outcomes
        .iter()
        .map(|outcome| (outcome.line, outcome.kind, outcome.verdict.category()))
        .collect();
    let unknown = Some("no such thread");
    assert_eq!(
        found,
        [
            (2, "module", None),
            (3, "thread", None),
            (4, "module", None),
            (5, "invoke", Some("unexpected error")),
            (6, "invoke", Some("no such instance")),
            (7, "wait", unknown),
            (8, "wait", None),
            (9, "wait", unknown),
            (10, "thread", Some("no such instance")),
            (11, "thread", None),
            (12, "wait", unknown),
            (13, "thread", None),
            (13, "wait", unknown),
            (14, "module", None),
        ]
    );
}

#[test]
fn what_the_runner_cannot_run_is_no_pass() {
    let script = r#"
(assert_exception (component))
(module (func (export "f")))
(assert_suspension (invoke "f") "")"#;
    let unsupported = "unsupported by the runner";
    assert_eq!(categories(script), [unsupported, "pass", unsupported]);
}

#[test]
fn components_are_checked_as_modules_are() {
    let script = r#"
(component definition $C)
(component instance $D $C)
(component instance $E $F)
(component quote "")
(assert_return (component))
(assert_invalid (component) "")
(assert_malformed (component quote "") "")
(assert_unlinkable (component) "")
(assert_trap (component) "")
(component)
(invoke "f")
(module (func (export "f")))
(invoke "f")
(invoke $D "f")"#;
    assert_eq!(
        categories(script),
        [
            "pass",
            "pass",
            "no such module",
            "pass",
            "pass",
            "accepted a wrong component",
            "accepted a wrong component",
            "accepted an unlinkable component",
            "no trap",
            "pass",
            "no such export",
            "pass",
            "pass",
            "no such export",
        ]
    );
}

#[test]
fn calls_have_as_many_arguments_as_parameters() {
    let script = r#"
(module (func (export "f") (param i32)))
(invoke "f" (i32.const 1))
(invoke "f")
(invoke "f" (i32.const 1) (i32.const 2))"#;
    assert_eq!(
        categories(script),
        ["pass", "pass", "bad argument", "bad argument"]
    );
}

#[test]
fn the_encoder_can_be_replaced() {
    let engine = Engine::default();
    let mut runner = Runner::new(&engine)
        .unwrap()
        .encoder(|_| Ok(b"\0asm\x01\0\0\0".to_vec()));
    let outcomes = runner
        .run(r#"(assert_malformed (module quote "nonsense") "")"#)
        .unwrap();
    assert_eq!(
        outcomes[0].verdict.category(),
        Some("accepted a malformed module")
    );
}

#[test]
fn a_text_that_is_no_script_is_an_error() {
    let engine = Engine::default();
    let error = Runner::new(&engine)
        .unwrap()
        .run("(module)\n(nonsense)")
        .unwrap_err();
    assert_eq!((error.line, error.column), (2, 2));
}

/// A call of a function that counts down, in a start function and by name.
const COUNTDOWN: &str = r#"
(module
  (func $count (export "count") (param $n i32) (result i32)
    (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $n))
  (func $start (drop (call $count (i32.const 1000))))
  (start $start))
(assert_return (invoke "count" (i32.const 1000)) (i32.const 0))"#;

#[test]
fn asynchronous_programs_leave_their_stacks() {
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    let mut runner = Runner::new(&engine).unwrap().asynchronous(100).unwrap();
    let outcomes = runner.run(COUNTDOWN).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Pass));
    // Each turn is a unit at least.
    assert!(runner.suspensions() >= 20, "{}", runner.suspensions());
    assert!(Runner::new(&engine).unwrap().asynchronous(0).is_err());
}

#[test]
fn asynchronous_programs_without_fuel_run_to_their_ends() {
    let mut runner = Runner::new(&Engine::default())
        .unwrap()
        .asynchronous(100)
        .unwrap();
    let outcomes = runner.run(COUNTDOWN).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Pass));
    assert_eq!(runner.suspensions(), 0);
}
