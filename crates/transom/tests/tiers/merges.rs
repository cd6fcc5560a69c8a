//! Merges that are hidden in slow paths (Winch 9554): where fuel is checked, a poll is made, or the runtime is called, the way around
//! and the way through meet, and operands that are not in their slots yet must be in the same place on both.

use crate::support::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use transom::error::Context as _;
use transom::*;

/// What is done above the operands: each has a slow path, and leaves nothing.
const DEEDS: [&str; 19] = [
    "(loop)",
    "(loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    "(loop $outer
       (local.set $m (i32.const 2))
       (loop $inner (br_if $inner (local.tee $m (i32.sub (local.get $m) (i32.const 1)))))
       (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    // The topmost operands are the loop's own.
    "(loop $again (param i32 i32) (result i32 i32)
       (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    "(loop $again (param i32 i32) (result i32 i32)
       (local.set $m) (local.set $k) (local.get $k) (local.get $m)
       (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    // They change, though one of them was a constant before the first turn.
    "(loop $again (param i32 i32) (result i32 i32)
       (local.set $m) (local.set $k)
       (i32.sub (local.get $k) (i32.const 1)) (i32.add (local.get $m) (i32.const 1))
       (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
     (i32.sub (i32.const 4)) (local.set $m) (i32.add (i32.const 4)) (local.get $m)",
    "(block $out (loop $again
       (br_if $out (i32.eqz (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (br $again)))",
    "(block $out (loop $again (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_table $out $again (local.get $n))))",
    "(loop $again (if (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (then (br $again))))",
    "(loop $again (call $leaf) (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))",
    "(if (local.get $n) (then (call $recursive (i32.const 3))))",
    "(call $recursive (i32.const 3))",
    "(drop (memory.grow (i32.const 0)))",
    "(memory.fill (i32.const 100) (i32.const 1) (i32.const 500))",
    "(drop (table.grow (ref.null func) (i32.const 1)))",
    "(drop (struct.new $box (i64.const -1)))",
    "(drop (array.new_default $array (local.get $n)))",
    "(block $caught (try_table (catch_all $caught) (loop (throw $tag))))",
    "(drop (block $value (result i64) (loop $again (result i64)
       (br_if $value (local.get $x) (i32.eqz (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
       (drop) (br $again))))",
];

/// A function of a deed, with operands of all kinds below it: constants, locals that change before they were copied, results of
/// every type, references to objects, and more than there are registers. It gives a sum of them all.
fn function(index: usize, deed: &str) -> String {
    let crowd: String = (0..30)
        .map(|index| match index % 3 {
            0 => format!("(i64.add (local.get $y) (i64.const {index}))"),
            1 => format!("(i64.const {index})"),
            _ => format!("(i64.extend_i32_u (i32.wrap_i64 (i64.mul (local.get $y) (i64.const {index}))))"),
        })
        .collect();
    let add_crowd = "(i64.add) ".repeat(30);
    format!(
        r#"(func (export "{index}") (param $x i64) (result i64)
             (local $y i64) (local $n i32) (local $m i32) (local $k i32) (local $f f64) (local $v v128)
             (local $b (ref null $box)) (local $sum i64)
             (local.set $y (i64.add (local.get $x) (i64.const 1)))
             (local.set $n (i32.const 4)) (local.set $f (f64.const 0.5)) (local.set $v (v128.const i64x2 1 2))
             (local.set $b (struct.new $box (local.get $y)))
             (local.get $y) {crowd}
             (f64.add (local.get $f) (f64.convert_i64_s (local.get $x))) (f32.convert_i64_s (local.get $x))
             (i64x2.add (local.get $v) (i64x2.splat (local.get $x)))
             (struct.new $box (local.get $x)) (local.get $b) (local.get $f) (local.get $v)
             (local.get $x) (local.get $y)
             (i32.wrap_i64 (local.get $x)) (i32.const 7)
             (local.set $x (i64.const 1000)) (local.set $y (i64.const 2000)) (local.set $f (f64.const 3000))
             (local.set $v (v128.const i64x2 4000 5000)) (local.set $b (ref.null $box))
             {deed}
             (local.set $m) (local.set $k)
             (i64.add) (local.set $sum) (local.set $v) (local.set $f) (local.set $b)
             (struct.get $box 0) (i64.add (struct.get $box 0 (local.get $b)))
             (local.set $sum (i64.add (local.get $sum)))
             (local.set $sum (i64.add (local.get $sum) (i64.trunc_f64_s (f64.mul (local.get $f) (f64.const 2)))))
             (local.set $sum (i64.add (local.get $sum)
               (i64.add (i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $v)))))
             (local.set $v)
             (local.set $sum (i64.add (local.get $sum)
               (i64.sub (i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $v)))))
             (i64.trunc_f32_s) (local.set $sum (i64.add (local.get $sum)))
             (local.set $f) (local.set $sum (i64.add (local.get $sum) (i64.trunc_f64_s (f64.mul (local.get $f) (f64.const 2)))))
             {add_crowd}
             (i64.add (local.get $sum)) (i64.add (i64.extend_i32_s (i32.mul (local.get $k) (local.get $m)))))"#
    )
}

/// What such a function gives.
fn expected(x: i64) -> i64 {
    let y = x + 1;
    let crowd = (0..30).map(|index| match index % 3 {
        0 => y + index,
        1 => index,
        _ => y * index,
    });
    let scalars = x + y;
    let objects = x + y;
    let locals = 1 + (1 + 2);
    let computed = (1 - 2) + x + (1 + 2 * x);
    y + crowd.sum::<i64>() + scalars + objects + locals + computed + 7 * x
}

fn program() -> String {
    let functions: String = DEEDS
        .iter()
        .enumerate()
        .map(|(index, deed)| function(index, deed))
        .collect();
    format!(
        "(module (memory 1) (table 1 funcref) (tag $tag)
           (type $box (struct (field i64))) (type $array (array (mut i32)))
           (func $leaf)
           (func $recursive (param i32)
             (if (local.get 0) (then (call $recursive (i32.sub (local.get 0) (i32.const 1))) (call $leaf))))
           {functions})"
    )
}

/// How programs are disturbed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Armed {
    Nothing,
    /// Every poll calls the host.
    Polls,
    Fuel,
    Both,
}

fn check(tiers: Tiers, armed: Armed, zeal: bool) -> Result<()> {
    let counts_fuel = matches!(armed, Armed::Fuel | Armed::Both);
    let polls = matches!(armed, Armed::Polls | Armed::Both);
    let mut config = Config::new();
    config.tiers(tiers).gc_zeal(zeal).consume_fuel(counts_fuel);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    if counts_fuel {
        store.set_fuel(1 << 40)?;
    }
    let polled = Arc::new(AtomicU64::new(0));
    if polls {
        let polled = polled.clone();
        store.set_epoch_deadline(0);
        store.epoch_deadline_callback(move |_| {
            polled.fetch_add(1, Ordering::Relaxed);
            Ok(UpdateDeadline::Continue(0))
        });
    }
    let instance = instantiate(&mut store, &program(), &[])?;
    for (index, deed) in DEEDS.iter().enumerate() {
        let run = instance.get_typed_func::<i64, i64>(&mut store, &index.to_string())?;
        for x in [0, 1, 30] {
            let found = run.call(&mut store, x).with_context(|| deed.to_owned())?;
            ensure!(
                found == expected(x),
                "{deed} of {x}, {armed:?}, zeal {zeal}: {found}, not {}",
                expected(x)
            );
        }
    }
    ensure!(
        polled.load(Ordering::Relaxed) > 100 || !polls,
        "nothing was polled"
    );
    Ok(())
}

fn operands_are_where_slow_paths_meet(tiers: Tiers) -> Result<()> {
    for armed in [Armed::Nothing, Armed::Polls, Armed::Fuel, Armed::Both] {
        check(tiers, armed, false)?;
    }
    check(tiers, Armed::Both, true)
}

in_tiers!(operands_are_where_slow_paths_meet);
