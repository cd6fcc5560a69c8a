//! Calls: references in argument registers and on the stack, in result registers and in memory, in frames of any depth and shape.

use crate::heaps::{add_up, each, expect, sum};
use transom::*;

const COUNT: usize = 20;

/// A function of many parameters, which collects before it looks at them.
fn many_parameters() -> String {
    let params = each(COUNT, |index| format!("(param $p{index} (ref null $box))"));
    let values = each(COUNT, |index| {
        let churn = if index % 7 == 3 { "(call $churn)" } else { "" };
        format!("{churn} (struct.get $box $v (local.get $p{index}))")
    });
    let add = add_up(COUNT);
    format!(
        "(type $many (func {params} (result i32))) (func $many (type $many) {params} (result i32) (call $churn) {values} {add})"
    )
}

#[test]
fn arguments_of_all_kinds_of_calls() -> Result<()> {
    let arguments = each(COUNT, |index| format!("(call $box (i32.const {index}))"));
    let many = many_parameters();
    expect(
        &format!(
            r#"{many} (table $t 1 funcref) (elem (table $t) (i32.const 0) func $many)
            (func (export "call") (result i32) (call $many {arguments}))
            (func (export "call_indirect") (result i32) (call_indirect $t (type $many) {arguments} (i32.const 0)))
            (func (export "call_ref") (result i32) (call_ref $many {arguments} (ref.func $many)))
            (func (export "return_call") (result i32) (return_call $many {arguments}))
            (func (export "return_call_indirect") (result i32) (return_call_indirect $t (type $many) {arguments} (i32.const 0)))
            (func (export "return_call_ref") (result i32) (return_call_ref $many {arguments} (ref.func $many)))
            ;; The caller's frame goes before the callee collects.
            (func $tail (param i32 (ref null $box)) (result i32)
                (if (i32.eqz (local.get 0)) (then (call $churn) (return (struct.get $box $v (local.get 1)))))
                (call $churn)
                (return_call $tail (i32.sub (local.get 0) (i32.const 1))
                    (struct.new $box (i32.add (i32.const 1) (struct.get $box $v (local.get 1))))))
            (func (export "tail") (result i32) (call $tail (i32.const 30) (call $box (i32.const 5))))"#
        ),
        &[
            ("call", sum(COUNT)),
            ("call_indirect", sum(COUNT)),
            ("call_ref", sum(COUNT)),
            ("return_call", sum(COUNT)),
            ("return_call_indirect", sum(COUNT)),
            ("return_call_ref", sum(COUNT)),
            ("tail", 35),
        ],
    )
}

/// More results than there are registers go through memory, which no stack map lists.
#[test]
fn results_in_registers_and_in_memory() -> Result<()> {
    let functions = |count: usize| {
        let results = each(count, |_| "(ref null $box)".to_owned());
        let boxes = each(count, |index| format!("(call $box (i32.const {index}))"));
        let locals = each(count, |index| format!("(local $l{index} (ref null $box))"));
        let set = each(count, |index| format!("(local.set $l{})", count - 1 - index));
        let values = each(count, |index| {
            format!("(struct.get $box $v (local.get $l{index}))")
        });
        let add = add_up(count);
        format!(
            r#"(type $f{count} (func (result {results})))
            (func $make{count} (result {results}) {boxes} (call $churn))
            (func $tail{count} (result {results}) (call $churn) (return_call $make{count}))
            (func $ref{count} (result {results}) (return_call_ref $f{count} (ref.func $make{count})))
            (elem declare func $make{count})
            (func (export "direct{count}") (result i32) {locals}
                (call $make{count}) (call $churn) {set} (call $churn) {values} {add})
            (func (export "through{count}") (result i32) {locals}
                (call $tail{count}) (call $churn) {set} {values} {add})
            (func (export "by_ref{count}") (result i32) {locals}
                (call_ref $f{count} (ref.func $make{count})) {set} (call $churn) {values} {add})
            (func (export "tail_ref{count}") (result i32) {locals}
                (call $ref{count}) (call $churn) {set} {values} {add})"#
        )
    };
    for count in [1, 2, 5, 8, 9, 12, 40] {
        let names = ["direct", "through", "by_ref", "tail_ref"].map(|name| format!("{name}{count}"));
        let expected: Vec<_> = names.iter().map(|name| (name.as_str(), sum(count))).collect();
        expect(&functions(count), &expected)?;
    }
    Ok(())
}

/// The slots of references lie among those of vectors and numbers.
#[test]
fn frames_full_of_vectors() -> Result<()> {
    let locals = each(24, |index| {
        format!("(local $v{index} v128) (local $r{index} (ref null $box)) (local $d{index} f64)")
    });
    let set = each(24, |index| {
        format!(
            "(local.set $v{index} (i32x4.splat (i32.add (local.get $n) (i32.const {index}))))
             (local.set $r{index} (call $box (i32.add (local.get $n) (i32.const {index}))))
             (local.set $d{index} (f64.convert_i32_s (i32.add (local.get $n) (i32.const {index}))))"
        )
    });
    let get = each(24, |index| {
        format!(
            "(i32x4.extract_lane 3 (local.get $v{index})) (struct.get $box $v (local.get $r{index}))
             (i32.trunc_f64_s (local.get $d{index})) i32.add i32.add local.get $n i32.add local.set $n"
        )
    });
    let body = format!(
        r#"(func $deep (param $n i32) (param $v v128) (param $b (ref null $box)) (result i32) {locals}
            {set} (call $churn)
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (if (i32.gt_s (local.get $n) (i32.const 0))
                (then (drop (call $deep (local.get $n) (local.get $v3) (local.get $r5)))))
            (local.set $n (i32.const 0))
            {get}
            (i32.add (local.get $n) (i32.add (i32x4.extract_lane 0 (local.get $v)) (struct.get $box $v (local.get $b)))))
        (func (export "run") (result i32)
            (call $deep (i32.const 4) (i32x4.splat (i32.const 1000)) (call $box (i32.const 2000))))"#
    );
    expect(&body, &[("run", 3000 + 3 * (sum(24) + 24 * 4))])
}

#[test]
fn deep_recursion_holds_a_reference_in_every_frame() -> Result<()> {
    expect(
        r#"(func $down (param $n i32) (param $up (ref null $node)) (result i32) (local $own (ref null $box))
              (local.set $own (call $box (local.get $n)))
              (if (i32.eqz (local.get $n)) (then (call $churn) (call $churn) (return (struct.get $node $v (local.get $up)))))
              (call $down (i32.sub (local.get $n) (i32.const 1)) (struct.new $node (local.get $up) (local.get $n)))
              ;; Every eighth frame collects on the way back as well.
              (if (i32.eqz (i32.and (local.get $n) (i32.const 7))) (then (call $churn)))
              (i32.add (struct.get $box $v (local.get $own)))
              (if (result i32) (ref.is_null (local.get $up))
                (then (i32.const 0)) (else (struct.get $node $v (local.get $up))))
              (i32.add))
           (func (export "run") (result i32) (call $down (i32.const 100) (ref.null $node)))"#,
        // The frames' own boxes, what they were given, and what the innermost found.
        &[("run", 5050 + (5050 - 1) + 1)],
    )
}

/// Each function calls the other by another kind of call, with other references alive.
#[test]
fn calls_that_alternate() -> Result<()> {
    expect(
        r#"(type $f (func (param i32 (ref null $box) (ref null $node)) (result (ref null $node))))
           (table $t 2 (ref null $f))
           (elem (table $t) (i32.const 0) (ref null $f) (ref.func $even) (ref.func $odd))
           (func $even (type $f) (local $x (ref null $box))
              (if (i32.eqz (local.get 0)) (then (call $churn) (return (local.get 2))))
              (local.set $x (call $box (local.get 0)))
              (struct.new $node
                (call_indirect $t (type $f) (i32.sub (local.get 0) (i32.const 1)) (local.get $x) (local.get 2) (i32.const 1))
                (i32.add (struct.get $box $v (local.get $x)) (struct.get $box $v (local.get 1)))))
           (func $odd (type $f)
              (call $churn)
              (call_ref $f (i32.sub (local.get 0) (i32.const 1)) (local.get 1)
                (struct.new $node (local.get 2) (struct.get $box $v (local.get 1))) (ref.func $even)))
           (func (export "run") (result i32) (local $l (ref null $node)) (local $sum i32)
              (local.set $l (call $even (i32.const 40) (call $box (i32.const 0)) (ref.null $node)))
              (call $churn)
              (loop $walk
                (local.set $sum (i32.add (local.get $sum) (struct.get $node $v (local.get $l))))
                (br_if $walk (i32.eqz (ref.is_null (local.tee $l (struct.get $node $next (local.get $l)))))))
              (local.get $sum))"#,
        // Every even number from 2 to 40 three times, but for 40 ... 2 as what was given to the next but one.
        &[("run", even_sum(40) + (even_sum(40) - 2) + even_sum(40))],
    )
}

/// The sum of the even numbers up to one.
fn even_sum(last: i32) -> i32 {
    (1..=last / 2).map(|half| 2 * half).sum()
}
