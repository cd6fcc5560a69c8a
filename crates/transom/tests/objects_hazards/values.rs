//! Values of the operand stack, of locals, of blocks and branches.

use crate::heaps::{add_up, each, expect, sum};
use transom::*;

#[test]
fn the_result_of_a_choice() -> Result<()> {
    expect(
        r#"(func $select (param i32) (result i32)
              (call $box (i32.const 1)) (call $box (i32.const 2))
              (select (result (ref null $box)) (local.get 0))
              (call $churn)
              (struct.get $box $v))
           (func (export "select") (result i32)
              (i32.add (i32.mul (i32.const 10) (call $select (i32.const 1))) (call $select (i32.const 0))))
           (func (export "mixed") (result i32) (local $x anyref) (local $y anyref)
              (local.set $x (select (result anyref) (ref.i31 (i32.const 7)) (call $box (i32.const 8)) (global.get $one)))
              (local.set $y (select (result anyref) (ref.i31 (i32.const 7)) (call $box (i32.const 8)) (global.get $zero)))
              (call $churn)
              (i32.add (i31.get_u (ref.cast i31ref (local.get $x)))
                (struct.get $box $v (ref.cast (ref $box) (local.get $y)))))
           (global $one (mut i32) (i32.const 1)) (global $zero (mut i32) (i32.const 0))
           (func $if (param i32) (result i32)
              (if (result (ref null $box)) (local.get 0)
                (then (call $box (i32.const 3)) (call $churn))
                (else (call $churn) (call $box (i32.const 4))))
              (call $churn)
              (struct.get $box $v))
           (func (export "if") (result i32)
              (i32.add (i32.mul (i32.const 10) (call $if (i32.const 1))) (call $if (i32.const 0))))
           ;; An `if` with parameters.
           (func $if_params (param i32) (result i32) (local $b (ref null $box))
              (call $box (i32.const 5)) (call $box (i32.const 6))
              (if (param (ref $box) (ref $box)) (result (ref $box)) (local.get 0)
                (then (drop) (call $churn))
                (else (call $churn) (local.set $b) (drop) (local.get $b) (ref.as_non_null)))
              (call $churn)
              (struct.get $box $v))
           (func (export "if_params") (result i32)
              (i32.add (i32.mul (i32.const 10) (call $if_params (i32.const 1))) (call $if_params (i32.const 0))))"#,
        &[("select", 12), ("mixed", 15), ("if", 34), ("if_params", 56)],
    )
}

#[test]
fn values_that_branches_take_along() -> Result<()> {
    expect(
        r#"(func $table (param i32) (result i32)
              (block $a (result (ref $box))
                (block $b (result (ref $box))
                  (block $c (result (ref $box))
                    (call $box (i32.const 10))
                    (call $churn)
                    (br_table $a $b $c (local.get 0)))
                  (call $churn) (drop) (call $box (i32.const 30)))
                (call $churn) (struct.get $box $v) (i32.const 100) (i32.add) (call $box))
              (call $churn) (struct.get $box $v))
           (func (export "br_table") (result i32)
              (i32.add (call $table (i32.const 0)) (i32.add (call $table (i32.const 1)) (call $table (i32.const 2)))))
           (func (export "br_if") (result i32)
              (block $out (result (ref $box))
                (call $box (i32.const 5))
                (br_if $out (global.get $zero))
                (call $churn)
                (br_if $out (i32.eqz (global.get $zero)))
                (drop) (call $box (i32.const 6)))
              (call $churn) (struct.get $box $v))
           (global $zero (mut i32) (i32.const 0))
           (func $on_null (param (ref null $box)) (result i32)
              (block $null
                (br_on_null $null (local.get 0))
                (call $churn) (struct.get $box $v) (return))
              (i32.const 1000))
           (func (export "on_null") (result i32)
              (i32.add (call $on_null (call $box (i32.const 9))) (call $on_null (ref.null $box))))
           (func (export "on_non_null") (result i32)
              (block $some (result (ref $box))
                (call $box (i32.const 3))
                (call $churn)
                (br_on_non_null $some)
                (unreachable))
              (call $churn) (struct.get $box $v))
           (func (export "many") (result i32) (local $i i32)
              (local $a (ref null $box)) (local $b (ref null $box)) (local $c (ref null $box))
              (block (result (ref $box) i32 (ref $box) (ref $box))
                (call $box (i32.const 1)) (i32.const 10) (call $box (i32.const 100)) (call $box (i32.const 1000))
                (call $churn))
              (call $churn)
              (local.set $c) (local.set $b) (local.set $i) (local.set $a)
              (call $churn)
              (i32.add (i32.add (struct.get $box $v (local.get $a)) (local.get $i))
                (i32.add (struct.get $box $v (local.get $b)) (struct.get $box $v (local.get $c)))))"#,
        &[
            ("br_table", 10 + 110 + 130),
            ("br_if", 5),
            ("on_null", 1009),
            ("on_non_null", 3),
            ("many", 1111),
        ],
    )
}

/// Two references change places at every turn of a loop.
#[test]
fn parameters_and_locals_of_loops() -> Result<()> {
    expect(
        r#"(func (export "params") (result i32) (local $n i32) (local $x (ref null $box)) (local $y (ref null $box))
              (local.set $n (i32.const 7))
              (call $box (i32.const 1)) (call $box (i32.const 20))
              (loop $again (param (ref $box) (ref $box)) (result (ref $box) (ref $box))
                (local.set $y) (local.set $x)
                (call $churn)
                (ref.as_non_null (local.get $y)) (ref.as_non_null (local.get $x))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (call $churn)
              (struct.get $box $v) (local.set $n) (struct.get $box $v)
              (i32.sub (local.get $n)))
           (func (export "locals") (result i32) (local $n i32) (local $x (ref null $box)) (local $y (ref null $box)) (local $z (ref null $box))
              (local.set $n (i32.const 7))
              (local.set $x (call $box (i32.const 1))) (local.set $y (call $box (i32.const 20)))
              (loop $again
                (local.set $z (local.get $x)) (local.set $x (local.get $y))
                (call $churn)
                (local.set $y (local.get $z))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (i32.sub (struct.get $box $v (local.get $x)) (struct.get $box $v (local.get $y))))
           ;; Builds a list backwards; only a local holds it.
           (func (export "list") (result i32) (local $n i32) (local $l (ref null $node)) (local $sum i32)
              (local.set $n (i32.const 60))
              (loop $again
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (local.set $l (struct.new $node (local.get $l) (local.get $n)))
                (br_if $again (local.get $n)))
              (call $churn)
              (loop $walk
                (local.set $sum (i32.add (local.get $sum) (struct.get $node $v (local.get $l))))
                (if (i32.eqz (i32.rem_u (struct.get $node $v (local.get $l)) (i32.const 16))) (then (call $churn)))
                (br_if $walk (i32.eqz (ref.is_null (local.tee $l (struct.get $node $next (local.get $l)))))))
              (local.get $sum))
           ;; A value below a loop on the operand stack, and a local that only one arm assigns to.
           (func (export "below") (result i32) (local $n i32) (local $x (ref null $box))
              (call $box (i32.const 500))
              (loop $again
                (if (i32.eq (local.get $n) (i32.const 3)) (then (local.set $x (call $box (i32.const 11)))))
                (call $churn)
                (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 6))))
              (struct.get $box $v)
              (i32.add (struct.get $box $v (local.get $x))))"#,
        &[("params", 19), ("locals", 19), ("list", 1770), ("below", 511)],
    )
}

#[test]
fn deep_operand_stacks() -> Result<()> {
    let boxes = each(60, |index| format!("(call $box (i32.const {index}))"));
    let fold =
        "(struct.get $box $v) (local.set $n) (local.set $sum (i32.add (local.get $sum) (local.get $n)))";
    let nested = (0..60).fold("(i32.const 0)".to_owned(), |inner, index| {
        format!("(i32.add (call $second (call $box (i32.const {index})) {inner}) (i32.const 0))")
    });
    let values = each(60, |index| {
        format!("(struct.get $box $v (call $box (i32.const {index})))")
    });
    expect(
        &format!(
            r#"(func (export "boxes") (result i32) (local $n i32) (local $sum i32)
                {boxes} (call $churn) {} (local.get $sum))
               (func $second (param (ref null $box) i32) (result i32)
                (call $churn) (i32.add (struct.get $box $v (local.get 0)) (local.get 1)))
               (func (export "nested") (result i32) {nested})
               (func (export "values") (result i32) {values} (call $churn) {})"#,
            fold.repeat(60),
            add_up(60),
        ),
        &[("boxes", sum(60)), ("nested", sum(60)), ("values", sum(60))],
    )
}

/// What was read of a place that is overwritten afterwards is kept by its reader alone.
#[test]
fn values_that_only_their_reader_has() -> Result<()> {
    expect(
        r#"(table $t 4 (ref null $box))
           (global $g (mut (ref null $box)) (ref.null $box))
           (func (export "table") (result i32)
              (table.set $t (i32.const 1) (call $box (i32.const 5)))
              (table.get $t (i32.const 1))
              (table.set $t (i32.const 1) (ref.null $box))
              (call $churn) (struct.get $box $v))
           (func (export "global") (result i32)
              (global.set $g (call $box (i32.const 6)))
              (global.get $g)
              (global.set $g (ref.null $box))
              (call $churn) (struct.get $box $v))
           (func (export "field") (result i32) (local $n (ref null $node))
              (local.set $n (struct.new $node (struct.new $node (ref.null $node) (i32.const 7)) (i32.const 8)))
              (struct.get $node $next (local.get $n))
              (struct.set $node $next (local.get $n) (ref.null $node))
              (call $churn) (struct.get $node $v))
           (func (export "element") (result i32) (local $a (ref null $boxes))
              (local.set $a (array.new $boxes (call $box (i32.const 8)) (i32.const 3)))
              (array.get $boxes (local.get $a) (i32.const 2))
              (array.fill $boxes (local.get $a) (i32.const 0) (ref.null $box) (i32.const 3))
              (call $churn) (struct.get $box $v))
           (func (export "converted") (result i32) (local $e externref) (local $any anyref)
              (local.set $e (extern.convert_any (call $box (i32.const 9))))
              (call $churn)
              (local.set $any (any.convert_extern (local.get $e)))
              (local.set $e (ref.null extern))
              (call $churn)
              (struct.get $box $v (ref.cast (ref $box) (local.get $any))))
           (func (export "tee") (result i32) (local $b (ref null $box))
              (local.tee $b (call $box (i32.const 10)))
              (local.set $b (call $box (i32.const 20)))
              (call $churn)
              (struct.get $box $v) (i32.add (struct.get $box $v (local.get $b))))
           ;; A parameter that is overwritten, and the old value on the stack.
           (func $param (param $b (ref null $box)) (result i32)
              (local.get $b) (local.set $b (call $box (i32.const 1))) (call $churn)
              (i32.sub (struct.get $box $v) (struct.get $box $v (local.get $b))))
           (func (export "param") (result i32) (call $param (call $box (i32.const 12))))"#,
        &[
            ("table", 5),
            ("global", 6),
            ("field", 7),
            ("element", 8),
            ("converted", 9),
            ("tee", 30),
            ("param", 11),
        ],
    )
}

/// References that are the same are so after any number of collections.
#[test]
fn identity_is_kept() -> Result<()> {
    expect(
        r#"(table $t 2 anyref)
           (func (export "run") (result i32) (local $x (ref null eq)) (local $y (ref null eq)) (local $e externref) (local $i i32)
              (local.set $x (call $box (i32.const 1))) (local.set $y (call $box (i32.const 1)))
              (table.set $t (i32.const 0) (local.get $x))
              (local.set $e (extern.convert_any (local.get $y)))
              (call $churn)
              (ref.eq (local.get $x) (ref.cast eqref (table.get $t (i32.const 0))))
              (call $churn)
              (ref.eq (local.get $y) (ref.cast eqref (any.convert_extern (local.get $e))))
              (ref.eq (local.get $x) (local.get $y))
              (ref.eq (ref.i31 (i32.const 4)) (ref.i31 (i32.const 4)))
              (local.set $i) (i32.eqz) (i32.add (local.get $i)) (i32.add) (i32.add))"#,
        &[("run", 4)],
    )
}
