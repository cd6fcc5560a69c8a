//! Loads and addresses: what was read of an object, or computed of its address, before a collection.

use crate::heaps::{each, expect};
use transom::*;

/// The loads of immutable fields are as tempting as loads can be: only what follows the call needs them.
#[test]
fn loads_of_immutable_fields_stay_before_calls() -> Result<()> {
    expect(
        r#"(func (export "field") (result i32) (local $b (ref null $box)) (local $x i32)
              (local.set $b (call $box (i32.const 5)))
              (local.set $x (struct.get $box $v (local.get $b)))
              (call $churn)
              (i32.add (local.get $x) (i32.const 1)))
           (func (export "chain") (result i32) (local $p (ref null $pair)) (local $b (ref null $box))
              (local.set $p (struct.new $pair (call $box (i32.const 3)) (call $box (i32.const 4)) (i32.const 5)))
              (local.set $b (struct.get $pair $b (local.get $p)))
              (call $churn)
              (struct.get $box $v (local.get $b)))
           (func (export "stack") (result i32) (local $p (ref null $pair))
              (local.set $p (struct.new $pair (call $box (i32.const 30)) (call $box (i32.const 4)) (i32.const 5)))
              (struct.get $pair $v (local.get $p))
              (struct.get $box $v (struct.get $pair $a (local.get $p)))
              (call $churn)
              (i32.add))
           (func (export "both") (result i32) (local $p (ref null $pair))
              (local.set $p (struct.new $pair (call $box (i32.const 1)) (ref.null none) (i32.const 50)))
              (struct.get $pair $v (local.get $p))
              (call $churn)
              (i32.add (struct.get $pair $v (local.get $p)))
              (call $churn)
              (i32.add (struct.get $pair $v (local.get $p))))
           (func (export "length") (result i32) (local $a (ref null $boxes))
              (local.set $a (array.new_default $boxes (i32.const 77)))
              (array.len (local.get $a))
              (call $churn)
              (i32.add (array.len (local.get $a))))"#,
        &[
            ("field", 6),
            ("chain", 4),
            ("stack", 35),
            ("both", 150),
            ("length", 154),
        ],
    )
}

#[test]
fn packed_fields_are_read_where_the_object_is_now() -> Result<()> {
    expect(
        r#"(type $small (struct (field $a i8) (field $b (mut i16)) (field $c i8)
                (field $d i64) (field $e f32) (field $f f64) (field $g v128)))
           (func $make (result (ref $small))
              (struct.new $small (i32.const -1) (i32.const -2) (i32.const 100) (i64.const 1000)
                (f32.const 10000) (f64.const 100000) (v128.const i32x4 1 2 3 1000000)))
           (func (export "packed") (result i32) (local $s (ref null $small)) (local $x i32)
              (local.set $s (call $make))
              (local.set $x (struct.get_s $small $a (local.get $s)))
              (call $churn)
              (local.set $x (i32.add (local.get $x) (struct.get_u $small $b (local.get $s))))
              (call $churn)
              (struct.set $small $b (local.get $s) (struct.get_s $small $c (local.get $s)))
              (call $churn)
              (i32.add (local.get $x) (struct.get_u $small $b (local.get $s))))
           (func (export "wide") (result i32) (local $s (ref null $small))
              (local.set $s (call $make))
              (call $churn)
              (i32.wrap_i64 (struct.get $small $d (local.get $s)))
              (call $churn)
              (i32.trunc_f32_s (struct.get $small $e (local.get $s)))
              (i32.trunc_f64_s (struct.get $small $f (local.get $s)))
              (call $churn)
              (i32x4.extract_lane 3 (struct.get $small $g (local.get $s)))
              i32.add i32.add i32.add)"#,
        &[("packed", -1 + 0xfffe + 100), ("wide", 1_111_000)],
    )
}

/// The array and the index lie on the operand stack while the value is made.
#[test]
fn addresses_of_elements_are_computed_after_calls() -> Result<()> {
    expect(
        r#"(func $fill (param $n i32) (result (ref $boxes)) (local $a (ref null $boxes)) (local $i i32)
              (local.set $a (array.new_default $boxes (local.get $n)))
              (loop $next
                (array.set $boxes (local.get $a) (local.get $i) (call $box (local.get $i)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
              (ref.as_non_null (local.get $a)))
           (func (export "walk") (result i32) (local $a (ref null $boxes)) (local $i i32) (local $sum i32)
              (local.set $a (call $fill (i32.const 20)))
              (loop $next
                (local.set $sum (i32.add (local.get $sum)
                    (call $value (array.get $boxes (local.get $a) (local.get $i)))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (i32.const 20))))
              (local.get $sum))
           ;; The same element before and after a call, and one that is written in between.
           (func (export "same") (result i32) (local $a (ref null $boxes))
              (local.set $a (call $fill (i32.const 20)))
              (struct.get $box $v (array.get $boxes (local.get $a) (i32.const 7)))
              (call $churn)
              (array.set $boxes (local.get $a) (i32.const 7) (array.get $boxes (local.get $a) (i32.const 9)))
              (call $churn)
              (i32.add (struct.get $box $v (array.get $boxes (local.get $a) (i32.const 7)))))
           ;; Moves every element one further, by allocating between read and write.
           (func (export "shift") (result i32) (local $a (ref null $boxes)) (local $i i32) (local $sum i32)
              (local.set $a (call $fill (i32.const 20)))
              (loop $next
                (array.set $boxes (local.get $a) (local.get $i)
                    (struct.new $box (i32.mul (i32.const 2)
                        (struct.get $box $v (array.get $boxes (local.get $a) (i32.add (local.get $i) (i32.const 1)))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (i32.const 19))))
              (loop $add
                (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                (local.set $sum (i32.add (local.get $sum)
                    (struct.get $box $v (array.get $boxes (local.get $a) (local.get $i)))))
                (br_if $add (local.get $i)))
              (local.get $sum))"#,
        &[("walk", 190), ("same", 16), ("shift", 2 * 190)],
    )
}

/// Numbers have no safepoints of their own, but the arrays do.
#[test]
fn elements_of_every_size_are_found_after_calls() -> Result<()> {
    let sizes = [
        ("i8", "_u", "i32"),
        ("i16", "_s", "i32"),
        ("i32", "", "i32"),
        ("i64", "", "i64"),
    ];
    let types = each(4, |index| {
        format!("(type $n{index} (array (mut {})))", sizes[index].0)
    });
    let functions = each(4, |index| {
        let (_, sign, ty) = sizes[index];
        let wrap = if ty == "i64" { "i32.wrap_i64" } else { "" };
        format!(
            r#"(func (export "size{index}") (result i32) (local $a (ref null $n{index})) (local $i i32) (local $sum i32)
                (local.set $a (array.new $n{index} ({ty}.const 1) (i32.const 21)))
                (loop $next
                    (call $churn)
                    (array.set $n{index} (local.get $a) (local.get $i) ({ty}.const 5))
                    (local.get $sum)
                    (array.get{sign} $n{index} (local.get $a) (i32.sub (i32.const 20) (local.get $i))) {wrap}
                    (call $churn)
                    (local.set $sum (i32.add))
                    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 21))))
                (local.get $sum))"#
        )
    });
    // Ten are read before they are written.
    let names = ["size0", "size1", "size2", "size3"];
    expect(
        &format!("{types} {functions}"),
        &names.map(|name| (name, 10 + 11 * 5)),
    )
}

#[test]
fn the_results_of_casts_follow_their_objects() -> Result<()> {
    expect(
        r#"(type $more (sub $box (struct (field $v i32) (field $w (ref null $box)))))
           (func $more (param i32) (result anyref)
              (struct.new $more (local.get 0) (call $box (i32.add (local.get 0) (i32.const 1)))))
           (func (export "cast") (result i32) (local $m (ref null $more))
              (local.set $m (ref.cast (ref $more) (call $more (i32.const 10))))
              (call $churn)
              (i32.add (struct.get $more $v (local.get $m))
                (struct.get $box $v (struct.get $more $w (local.get $m)))))
           (func (export "branch") (result i32)
              (struct.get $more $v (block $yes (result (ref $more))
                (br_on_cast $yes anyref (ref $more) (call $more (i32.const 20)))
                (unreachable)))
              (call $churn)
              (block $no (result anyref)
                (struct.get $box2 $w2 (ref.cast (ref $box2) (br_on_cast_fail $no anyref (ref $box2) (call $more (i32.const 30)))))
                (return))
              (call $churn)
              (struct.get $box $v (struct.get $more $w (ref.cast (ref $more))))
              (i32.add))
           (func (export "again") (result i32) (local $any anyref)
              (local.set $any (call $more (i32.const 40)))
              (i32.add
                (ref.test (ref $more) (local.get $any))
                (block (result i32) (call $churn) (ref.test (ref $box) (local.get $any)))))
           (type $box2 (sub (struct (field $v i32) (field $w2 i32))))"#,
        &[("cast", 21), ("branch", 51), ("again", 2)],
    )
}
