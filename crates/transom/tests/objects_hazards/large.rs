//! Large objects, objects of the sizes around where they begin, and structures with more references than a word of bits can tell.

use crate::heaps::{each, expect};
use transom::*;

/// Arrays of references whose sizes lie around 16 KiB, young and old, written one by one and in bulk.
#[test]
fn arrays_of_references_around_the_boundary() -> Result<()> {
    // 8 bytes come before the elements: the last array that is not large has 4094.
    let lengths = [1, 2, 3, 126, 127, 128, 4092, 4093, 4094, 4095, 4096, 4097, 20000];
    let functions = each(lengths.len(), |index| {
        let length = lengths[index];
        format!(
            r#"(func (export "length{index}") (result i32) (local $a (ref null $boxes)) (local $i i32) (local $sum i32)
                (local.set $a (array.new $boxes (call $box (i32.const 1)) (i32.const {length})))
                (call $churn)
                ;; Now it is old, or large; its last element and its first become young.
                (array.set $boxes (local.get $a) (i32.const {last}) (call $box (i32.const 2)))
                (call $churn)
                (array.set $boxes (local.get $a) (i32.const 0) (call $box (i32.const 3)))
                (call $churn)
                (local.set $sum (i32.add (call $element (local.get $a) (i32.const 0)) (call $element (local.get $a) (i32.const {last}))))
                (array.fill $boxes (local.get $a) (i32.const 0) (call $box (i32.const 5)) (i32.const {length}))
                (call $churn)
                (array.copy $boxes $boxes (local.get $a) (i32.const {half}) (call $young (i32.const {length})) (i32.const 0) (i32.const {rest}))
                (call $churn)
                (loop $next
                    (local.set $sum (i32.add (local.get $sum) (call $element (local.get $a) (local.get $i))))
                    (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {length}))))
                (local.get $sum))"#,
            last = length - 1,
            half = length / 2,
            rest = length - length / 2,
        )
    });
    let body = format!(
        r#"(func $element (param (ref null $boxes) i32) (result i32)
              (struct.get $box $v (array.get $boxes (local.get 0) (local.get 1))))
           (func $young (param i32) (result (ref $boxes)) (array.new $boxes (call $box (i32.const 7)) (local.get 0)))
           {functions}"#
    );
    let expected = |length: i32| {
        let first = if length == 1 { 3 + 3 } else { 3 + 2 };
        first + length / 2 * 5 + (length - length / 2) * 7
    };
    let names: Vec<String> = (0..lengths.len()).map(|index| format!("length{index}")).collect();
    let cases: Vec<_> = names
        .iter()
        .zip(lengths)
        .map(|(name, length)| (name.as_str(), expected(length)))
        .collect();
    expect(&body, &cases)
}

/// Arrays of numbers around the boundary: no reference is looked for in them, whatever they hold.
#[test]
fn arrays_of_numbers_around_the_boundary() -> Result<()> {
    let sizes = [("i8", 0), ("i16", 1), ("i32", 2), ("i64", 3), ("v128", 4)];
    let types = each(5, |index| {
        format!("(type $n{index} (array (mut {})))", sizes[index].0)
    });
    let mut functions = String::new();
    let mut names = Vec::new();
    for (index, (ty, log2)) in sizes.into_iter().enumerate() {
        for bytes in [
            16 << 10,
            (16 << 10) - 8,
            (16 << 10) + 8,
            (16 << 10) - 16,
            (16 << 10) + 16,
            70_000,
        ] {
            let length = (bytes - 8) >> log2;
            let (value, read) = match ty {
                "i64" => ("(i64.const -4)", format!("(i32.wrap_i64 (array.get $n{index}")),
                "v128" => (
                    "(v128.const i32x4 -4 -4 -4 -4)",
                    format!("(i32x4.extract_lane 1 (array.get $n{index}"),
                ),
                "i32" => (
                    "(i32.const -4)",
                    format!("(i32.or (i32.const 0) (array.get $n{index}"),
                ),
                _ => (
                    "(i32.const -4)",
                    format!("(i32.or (i32.const 0) (array.get_s $n{index}"),
                ),
            };
            let name = format!("{ty}_{bytes}");
            functions += &format!(
                r#"(func (export "{name}") (result i32) (local $a (ref null $n{index}))
                    (local.set $a (array.new $n{index} {value} (i32.const {length})))
                    (call $churn)
                    (drop (array.new $n{index} {value} (i32.const {length})))
                    (call $churn)
                    {read} (local.get $a) (i32.const {last})))
                    {read} (local.get $a) (i32.const 0))) i32.add
                    (i32.add (array.len (local.get $a))))"#,
                last = length - 1,
            );
            names.push((name, length - 8));
        }
    }
    let cases: Vec<_> = names
        .iter()
        .map(|(name, expected)| (name.as_str(), *expected))
        .collect();
    expect(&format!("{types} {functions}"), &cases)
}

/// A structure of `count` fields, every third of which is a number.
fn structure(count: usize) -> (String, i32) {
    let is_number = |index: usize| index % 3 == 1;
    let fields = each(count, |index| match is_number(index) {
        true => format!("(field $f{index} (mut i32))"),
        false => format!("(field $f{index} (mut (ref null $box)))"),
    });
    let values = each(count, |index| match is_number(index) {
        true => "(i32.const 1)".to_owned(),
        false => "(local.get $b)".to_owned(),
    });
    let last = if is_number(count - 1) {
        count - 2
    } else {
        count - 1
    };
    let text = format!(
        r#"(type $s{count} (struct {fields}))
           (func (export "size{count}") (result i32) (local $s (ref null $s{count})) (local $b (ref null $box))
              (local.set $b (call $box (i32.const 3)))
              (local.set $s (struct.new $s{count} {values}))
              (local.set $b (ref.null $box))
              (call $churn)
              (struct.get $box $v (struct.get $s{count} $f{last} (local.get $s)))
              (struct.set $s{count} $f{last} (local.get $s) (call $box (i32.const 40)))
              (call $churn)
              (struct.set $s{count} $f0 (local.get $s) (call $box (i32.const 500)))
              (call $churn)
              (struct.get $box $v (struct.get $s{count} $f{last} (local.get $s)))
              (struct.get $box $v (struct.get $s{count} $f0 (local.get $s)))
              i32.add i32.add)
           (func (export "default{count}") (result i32) (local $s (ref null $s{count}))
              (local.set $s (struct.new_default $s{count}))
              (call $churn)
              (struct.set $s{count} $f{last} (local.get $s) (call $box (i32.const 40)))
              (call $churn)
              (ref.is_null (struct.get $s{count} $f0 (local.get $s)))
              (i32.add (struct.get $box $v (struct.get $s{count} $f{last} (local.get $s)))))"#
    );
    (text, if last == 0 { 1003 } else { 543 })
}

/// A large structure is initialised with young objects without a barrier. The heap has been larger before, so that making it
/// collects nothing.
#[test]
fn large_structures_hold_young_objects_from_the_beginning() -> Result<()> {
    let fields = each(5000, |index| format!("(field $f{index} (ref null $box))"));
    let values = each(5000, |index| {
        format!("(local.get ${})", if index % 2 == 0 { "a" } else { "b" })
    });
    let body = format!(
        r#"(type $s (struct {fields}))
           (func (export "run") (result i32) (local $s (ref null $s)) (local $a (ref null $box)) (local $b (ref null $box))
              (drop (array.new $boxes (ref.null $box) (i32.const 500000)))
              (call $gc)
              (local.set $a (call $box (i32.const 3))) (local.set $b (call $box (i32.const 40)))
              (local.set $s (struct.new $s {values}))
              (local.set $a (ref.null $box)) (local.set $b (ref.null $box))
              (call $churn)
              (i32.add (struct.get $box $v (struct.get $s $f0 (local.get $s)))
                (struct.get $box $v (struct.get $s $f4999 (local.get $s)))))"#
    );
    expect(&body, &[("run", 43)])
}

/// Up to 64 words a type tells its references by bits, beyond by a list; the longest here are large objects.
#[test]
fn structures_of_many_fields() -> Result<()> {
    let counts = [3, 62, 63, 64, 65, 66, 200, 4093, 4094, 4095, 4096, 9000];
    for count in counts {
        let (text, expected) = structure(count);
        let names = [format!("size{count}"), format!("default{count}")];
        expect(&text, &[(names[0].as_str(), expected), (names[1].as_str(), 41)])?;
    }
    Ok(())
}

/// An old structure that spans many cards is marked by its first.
#[test]
fn old_structures_hold_young_objects_in_every_field() -> Result<()> {
    const COUNT: usize = 1500;
    let fields = each(COUNT, |index| format!("(field $f{index} (mut (ref null $box)))"));
    let set = each(COUNT / 100, |index| {
        format!(
            "(struct.set $s $f{} (local.get $s) (call $box (i32.const 1))) (call $churn)",
            100 * index + 99
        )
    });
    let get = each(COUNT / 100, |index| {
        format!(
            "(i32.add (struct.get $box $v (struct.get $s $f{} (local.get $s))))",
            100 * index + 99
        )
    });
    let body = format!(
        r#"(type $s (struct {fields}))
           (func (export "run") (result i32) (local $s (ref null $s))
              ;; Something before it, so that it does not begin with a card.
              (local.set $s (struct.new_default $s))
              (call $churn)
              {set} (i32.const 0) {get})"#
    );
    expect(&body, &[("run", COUNT as i32 / 100)])
}

/// A tree of arrays: references from large to small and back, across generations.
#[test]
fn large_and_small_refer_to_each_other() -> Result<()> {
    expect(
        r#"(type $tree (array (mut anyref)))
           (func $leaf (param i32) (result (ref $tree)) (local $t (ref null $tree))
              (local.set $t (array.new_default $tree (i32.const 10)))
              (array.set $tree (local.get $t) (i32.const 9) (call $box (local.get 0)))
              (ref.as_non_null (local.get $t)))
           (func $wide (param i32) (result (ref $tree)) (local $t (ref null $tree)) (local $i i32)
              (local.set $t (array.new_default $tree (i32.const 5000)))
              (loop $next
                (array.set $tree (local.get $t) (i32.mul (local.get $i) (i32.const 130)) (call $leaf (i32.add (local.get 0) (local.get $i))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 38))))
              (ref.as_non_null (local.get $t)))
           (func (export "run") (result i32) (local $root (ref null $tree)) (local $inner (ref null $tree)) (local $i i32) (local $sum i32)
              (local.set $root (call $wide (i32.const 0)))
              (array.set $tree (local.get $root) (i32.const 4999) (call $wide (i32.const 1000)))
              (call $churn)
              ;; A large object that only a large one refers to, which refers back.
              (local.set $inner (ref.cast (ref $tree) (array.get $tree (local.get $root) (i32.const 4999))))
              (array.set $tree (local.get $inner) (i32.const 4998) (local.get $root))
              (local.set $root (ref.null $tree))
              (call $churn)
              (loop $next
                (local.set $sum (i32.add (local.get $sum) (struct.get $box $v (ref.cast (ref $box)
                    (array.get $tree (ref.cast (ref $tree) (array.get $tree (local.get $inner) (i32.mul (local.get $i) (i32.const 130)))) (i32.const 9))))))
                (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 38))))
              (local.set $root (ref.cast (ref $tree) (array.get $tree (local.get $inner) (i32.const 4998))))
              (i32.add (local.get $sum)
                (ref.eq (local.get $inner) (ref.cast (ref $tree) (array.get $tree (local.get $root) (i32.const 4999))))))"#,
        &[("run", 1000 * 38 + 703 + 1)],
    )
}
