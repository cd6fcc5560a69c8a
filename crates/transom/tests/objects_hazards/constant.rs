//! Constant expressions that make objects: each is evaluated once, whatever refers to it.

use crate::heaps::{each, expect};
use transom::*;

/// A list, a structure that holds it twice, and an array of it.
#[test]
fn globals_that_are_graphs() -> Result<()> {
    expect(
        r#"(global $b (ref $box) (struct.new $box (i32.const 5)))
           (global $p (ref $pair) (struct.new $pair (global.get $b) (struct.new $box (i32.const 6)) (i32.const 7)))
           (global $l (ref $node) (struct.new $node (struct.new $node (ref.null $node) (i32.const 1)) (i32.const 2)))
           (global $a (mut (ref null $boxes)) (array.new_fixed $boxes 4
               (global.get $b) (ref.null $box) (global.get $b) (struct.new $box (i32.const 8))))
           (global $d (ref $boxes) (array.new $boxes (global.get $b) (i32.const 5000)))
           (global $any anyref (any.convert_extern (extern.convert_any (global.get $b))))
           (global $i (ref i31) (ref.i31 (i32.const 9)))
           (func (export "values") (result i32)
              (call $churn)
              (struct.get $box $v (global.get $b))
              (struct.get $box $v (struct.get $pair $b (global.get $p)))
              (struct.get $pair $v (global.get $p))
              (struct.get $node $v (struct.get $node $next (global.get $l)))
              (struct.get $box $v (array.get $boxes (global.get $a) (i32.const 3)))
              (i31.get_u (global.get $i))
              i32.add i32.add i32.add i32.add i32.add)
           (func (export "identities") (result i32)
              (call $churn)
              (ref.eq (global.get $b) (struct.get $pair $a (global.get $p)))
              (call $churn)
              (ref.eq (global.get $b) (array.get $boxes (global.get $a) (i32.const 2)))
              (ref.eq (global.get $b) (array.get $boxes (global.get $d) (i32.const 4999)))
              (ref.eq (global.get $b) (ref.cast eqref (global.get $any)))
              (ref.eq (global.get $b) (struct.get $pair $b (global.get $p)))
              i32.add i32.add i32.add i32.add)
           (func (export "changes") (result i32)
              (struct.set $node $next (global.get $l) (struct.new $node (ref.null $node) (i32.const 30)))
              (array.set $boxes (global.get $d) (i32.const 4000) (call $box (i32.const 400)))
              (call $churn)
              (i32.add (struct.get $node $v (struct.get $node $next (global.get $l)))
                (struct.get $box $v (array.get $boxes (global.get $d) (i32.const 4000)))))"#,
        &[("values", 36), ("identities", 4), ("changes", 430)],
    )
}

/// What a passive segment holds is made when the instance is, and is the same however often it is copied.
#[test]
fn element_segments_are_evaluated_once() -> Result<()> {
    expect(
        r#"(table $t 8 (ref null $box))
           (elem $e (ref null $box) (item (struct.new $box (i32.const 1))) (item (ref.null $box)) (item (struct.new $box (i32.const 3))))
           (elem (table $t) (i32.const 6) (ref null $box) (item (struct.new $box (i32.const 60))) (item (struct.new $box (i32.const 70))))
           (elem $any anyref (item (struct.new $box (i32.const 11))) (item (ref.i31 (i32.const 12))))
           (func (export "identities") (result i32) (local $a (ref null $boxes)) (local $b (ref null $boxes))
              (call $churn)
              (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 3))
              (local.set $a (array.new_elem $boxes $e (i32.const 0) (i32.const 3)))
              (call $churn)
              (table.init $t $e (i32.const 3) (i32.const 0) (i32.const 3))
              (local.set $b (array.new_default $boxes (i32.const 4)))
              (call $churn)
              (array.init_elem $boxes $e (local.get $b) (i32.const 1) (i32.const 0) (i32.const 3))
              (ref.eq (table.get $t (i32.const 0)) (table.get $t (i32.const 3)))
              (ref.eq (table.get $t (i32.const 2)) (array.get $boxes (local.get $a) (i32.const 2)))
              (ref.eq (array.get $boxes (local.get $b) (i32.const 1)) (array.get $boxes (local.get $a) (i32.const 0)))
              (ref.eq (table.get $t (i32.const 0)) (table.get $t (i32.const 2)))
              (elem.drop $e)
              (call $churn)
              (struct.get $box $v (array.get $boxes (local.get $b) (i32.const 3)))
              i32.add i32.add i32.add i32.add)
           (func (export "active") (result i32)
              (call $churn)
              (i32.add (struct.get $box $v (table.get $t (i32.const 6))) (struct.get $box $v (table.get $t (i32.const 7)))))
           (type $anys (array (mut anyref)))
           (func (export "any") (result i32) (local $a (ref null $anys))
              (call $churn)
              (local.set $a (array.new_elem $anys $any (i32.const 0) (i32.const 2)))
              (call $churn)
              (i32.add (struct.get $box $v (ref.cast (ref $box) (array.get $anys (local.get $a) (i32.const 0))))
                (i31.get_s (ref.cast i31ref (array.get $anys (local.get $a) (i32.const 1))))))"#,
        &[("identities", 6), ("active", 130), ("any", 23)],
    )
}

/// One object in all elements of a table, and tables that grow, are filled and copied with references.
#[test]
fn tables() -> Result<()> {
    expect(
        r#"(table $t 3 20 (ref null $box) (struct.new $box (i32.const 4)))
           (table $strict 2 (ref $box) (struct.new $box (i32.const 40)))
           (table $u 0 (ref null $box))
           (func (export "initial") (result i32)
              (call $churn)
              (ref.eq (table.get $t (i32.const 0)) (table.get $t (i32.const 2)))
              (i32.add (struct.get $box $v (table.get $t (i32.const 1))))
              (i32.add (struct.get $box $v (table.get $strict (i32.const 1)))))
           (func (export "grow") (result i32)
              (drop (table.grow $u (call $box (i32.const 7)) (i32.const 5)))
              (call $churn)
              (drop (table.grow $u (call $box (i32.const 70)) (i32.const 1000)))
              (call $churn)
              (drop (table.grow $t (table.get $u (i32.const 4)) (i32.const 2)))
              (call $churn)
              (struct.get $box $v (table.get $u (i32.const 1004)))
              (struct.get $box $v (table.get $t (i32.const 4)))
              (ref.eq (table.get $t (i32.const 3)) (table.get $u (i32.const 0)))
              i32.add i32.add)
           (func (export "fill") (result i32)
              (table.fill $u (i32.const 10) (call $box (i32.const 9)) (i32.const 30))
              (call $churn)
              (table.copy $t $u (i32.const 0) (i32.const 39) (i32.const 2))
              (call $churn)
              (table.copy $u $u (i32.const 11) (i32.const 10) (i32.const 900))
              (call $churn)
              (struct.get $box $v (table.get $t (i32.const 0)))
              (struct.get $box $v (table.get $t (i32.const 1)))
              (struct.get $box $v (table.get $u (i32.const 40)))
              i32.add i32.add)"#,
        &[("initial", 45), ("grow", 78), ("fill", 88)],
    )
}

/// More objects than the nursery has room for, made while nothing may be collected.
#[test]
fn segments_of_thousands_of_objects() -> Result<()> {
    const COUNT: usize = 6000;
    let items = each(COUNT, |index| {
        format!(
            "(item (struct.new $pair (struct.new $box (i32.const {index})) (ref.null $box) (i32.const 1)))"
        )
    });
    let body = format!(
        r#"(table $t {COUNT} (ref null $pair)) (elem (table $t) (i32.const 0) (ref null $pair) {items})
           (func (export "run") (result i32) (local $i i32) (local $sum i32)
              (call $churn)
              (loop $next
                (local.set $sum (i32.add (local.get $sum)
                    (struct.get $box $v (struct.get $pair $a (table.get $t (local.get $i))))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {COUNT}))))
              (local.get $sum))"#
    );
    expect(&body, &[("run", (0..COUNT as i32).sum())])
}
