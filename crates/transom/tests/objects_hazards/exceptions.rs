//! Exceptions: what is alive where one is thrown, on its way, and where it is caught.

use crate::heaps::{add_up, each, expect, expect_in, sum, with_imports};
use transom::error::Context as _;
use transom::*;

#[test]
fn what_is_alive_around_a_body_that_throws() -> Result<()> {
    expect(
        r#"(tag $e (param i32 (ref null $box)))
           (tag $other)
           (func $throws (param i32) (result i32)
              (call $churn)
              (if (i32.eq (local.get 0) (i32.const 1)) (then (throw $e (i32.const 100) (call $box (i32.const 1000)))))
              (if (i32.eq (local.get 0) (i32.const 2)) (then (throw $other)))
              (i32.const 0))
           (func $run (param $how i32) (result i32)
              (local $a (ref null $box)) (local $b (ref null $box)) (local $sum i32)
              (local.set $a (call $box (i32.const 1)))
              ;; Below the body on the operand stack.
              (call $box (i32.const 10))
              (block $other
                (block $e (result i32 (ref null $box))
                  (try_table (catch $e $e) (catch_all $other)
                    (local.set $b (call $box (i32.const 5)))
                    (drop (call $throws (local.get $how)))
                    (call $churn)
                    (local.set $b (call $box (i32.const 7))))
                  (call $churn)
                  (i32.const 0) (call $box (i32.const 0)))
                (call $churn)
                (struct.get $box $v)
                (local.set $sum (i32.add)))
              (call $churn)
              (struct.get $box $v)
              (struct.get $box $v (local.get $a))
              (struct.get $box $v (local.get $b))
              (local.get $sum)
              i32.add i32.add i32.add)
           (func (export "none") (result i32) (call $run (i32.const 0)))
           (func (export "caught") (result i32) (call $run (i32.const 1)))
           (func (export "all") (result i32) (call $run (i32.const 2)))"#,
        &[("none", 18), ("caught", 1116), ("all", 16)],
    )
}

/// A payload of more references than there are registers, thrown at once, from a callee, and rethrown.
#[test]
fn payloads_full_of_references() -> Result<()> {
    const COUNT: usize = 20;
    let params = each(COUNT, |index| {
        if index % 5 == 4 { "v128" } else { "(ref null $box)" }.to_owned()
    });
    let values = each(COUNT, |index| match index % 5 {
        4 => format!("(i32x4.splat (i32.const {index}))"),
        _ => format!("(call $box (i32.const {index}))"),
    });
    let locals = each(COUNT, |index| match index % 5 {
        4 => format!("(local $l{index} v128)"),
        _ => format!("(local $l{index} (ref null $box))"),
    });
    let set = each(COUNT, |index| format!("(local.set $l{})", COUNT - 1 - index));
    let get = each(COUNT, |index| match index % 5 {
        4 => format!("(i32x4.extract_lane 2 (local.get $l{index}))"),
        _ => format!("(struct.get $box $v (local.get $l{index}))"),
    });
    let add = add_up(COUNT);
    let body = format!(
        r#"(tag $e (param {params}))
           (func $throw {values} (call $churn) (throw $e))
           (func $tail (call $churn) (return_call $throw))
           (func $rethrow (local $x exnref)
              (block $out (result exnref)
                (try_table (catch_all_ref $out) (call $tail))
                (unreachable))
              (local.set $x)
              (call $churn)
              (throw_ref (local.get $x)))
           (func (export "here") (result i32) {locals}
              (block $out (result {params})
                (try_table (catch $e $out) {values} (call $churn) (throw $e))
                (unreachable))
              (call $churn) {set} (call $churn) {get} {add})
           (func (export "callee") (result i32) {locals}
              (block $out (result {params})
                (try_table (catch $e $out) (call $tail))
                (unreachable))
              (call $churn) {set} (call $churn) {get} {add})
           (func (export "again") (result i32) {locals} (local $x exnref)
              (block $out (result {params} exnref)
                (try_table (catch_ref $e $out) (call $rethrow))
                (unreachable))
              (call $churn) (local.set $x) {set} (call $churn)
              ;; What was taken out stays, and the exception still has it.
              (block $out (result {params})
                (try_table (catch $e $out) (throw_ref (local.get $x)))
                (unreachable))
              (call $churn) {set} {get} {add})"#
    );
    expect(&body, &["here", "callee", "again"].map(|name| (name, sum(COUNT))))
}

/// Many references are alive in the frame that catches, in registers or not, and in frames that are left behind.
#[test]
fn locals_of_the_catching_frame() -> Result<()> {
    let locals = each(24, |index| format!("(local $l{index} (ref null $box))"));
    let set = each(24, |index| {
        format!("(local.set $l{index} (call $box (i32.const {index})))")
    });
    let get = each(24, |index| format!("(struct.get $box $v (local.get $l{index}))"));
    let add = add_up(24);
    let body = format!(
        r#"(tag $e)
           (func $deep (param i32) {locals}
              {set}
              (if (i32.eqz (local.get 0)) (then (call $churn) (throw $e)))
              (call $deep (i32.sub (local.get 0) (i32.const 1)))
              {get} {add} (drop))
           (func (export "once") (result i32) {locals}
              {set}
              (block $out (try_table (catch $e $out) (call $deep (i32.const 5))))
              (call $churn) {get} {add})
           ;; Thrown and caught again and again, with locals that change in between.
           (func (export "loop") (result i32) (local $n i32) (local $l (ref null $node))
              (loop $again
                (block $out
                  (try_table (catch $e $out)
                    (local.set $l (struct.new $node (local.get $l) (local.get $n)))
                    (call $deep (i32.rem_u (local.get $n) (i32.const 3)))
                    (unreachable)))
                (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 10))))
              (call $churn)
              (local.set $n (i32.const 0))
              (loop $walk
                (local.set $n (i32.add (local.get $n) (struct.get $node $v (local.get $l))))
                (br_if $walk (i32.eqz (ref.is_null (local.tee $l (struct.get $node $next (local.get $l)))))))
              (local.get $n))"#
    );
    expect(&body, &[("once", sum(24)), ("loop", sum(10))])
}

#[test]
fn exceptions_kept_in_objects_and_tables() -> Result<()> {
    expect(
        r#"(tag $e (param (ref null $box)))
           (type $holder (struct (field $x (mut exnref))))
           (type $exns (array (mut exnref)))
           (table $t 2 exnref)
           (global $g (mut exnref) (ref.null exn))
           (func $make (param i32) (result exnref)
              (block $out (result exnref)
                (try_table (catch_all_ref $out) (throw $e (call $box (local.get 0))))
                (unreachable)))
           (func $open (param exnref) (result i32)
              (call $churn)
              (block $out (result (ref null $box))
                (try_table (catch $e $out) (throw_ref (local.get 0)))
                (unreachable))
              (call $churn)
              (struct.get $box $v))
           (func (export "run") (result i32) (local $h (ref null $holder)) (local $a (ref null $exns))
              (local.set $h (struct.new $holder (call $make (i32.const 1))))
              (local.set $a (array.new $exns (call $make (i32.const 10)) (i32.const 3)))
              (table.set $t (i32.const 1) (call $make (i32.const 100)))
              (global.set $g (call $make (i32.const 1000)))
              (call $churn)
              (struct.set $holder $x (local.get $h) (call $make (i32.const 5)))
              (call $churn)
              (call $open (struct.get $holder $x (local.get $h)))
              (call $open (array.get $exns (local.get $a) (i32.const 2)))
              (call $open (table.get $t (i32.const 1)))
              (call $open (global.get $g))
              i32.add i32.add i32.add)"#,
        &[("run", 1115)],
    )
}

/// The exception passes through a host function, which collects on the way.
#[test]
fn through_the_host() -> Result<()> {
    with_imports(
        (
            r#"(import "h" "through" (func $through (param i32) (result i32)))"#,
            r#"(tag $e (param (ref null $box) i32))
               (func (export "throw") (param i32) (result i32)
                  (call $churn)
                  (if (i32.eqz (local.get 0)) (then (throw $e (call $box (i32.const 6)) (i32.const 1))))
                  (call $through (i32.sub (local.get 0) (i32.const 1))))
               (func (export "run") (result i32) (local $a (ref null $box)) (local $n i32)
                  (local.set $a (call $box (i32.const 20)))
                  (block $out (result (ref null $box) i32)
                    (try_table (catch $e $out) (drop (call $through (i32.const 4))))
                    (unreachable))
                  (local.set $n)
                  (call $churn)
                  (struct.get $box $v)
                  (i32.add (struct.get $box $v (local.get $a)))
                  (i32.add (local.get $n)))"#,
        ),
        |linker| {
            linker.func_wrap(
                "h",
                "through",
                |mut caller: Caller<'_, ()>, n: i32| -> Result<i32> {
                    let throw = caller
                        .get_export("throw")
                        .and_then(Extern::into_func)
                        .context("exported")?;
                    let outcome = throw.typed::<i32, i32>(&caller)?.call(&mut caller, n);
                    caller.gc(None).expect("nothing prevents a collection");
                    outcome
                },
            )?;
            Ok(())
        },
        |store, instance| expect_in(store, instance, &[("run", 27)]),
    )
}
