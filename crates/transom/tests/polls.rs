//! A poll that goes on leaves everything as it was: registers of all kinds, spilled values, the callers' frames.

#[path = "support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::{engine_of, in_tiers};
use transom::*;

/// A loop that keeps more integers, floats and vectors alive than there are registers, and recurses.
fn program() -> String {
    let mut text =
        String::from("(module (func $run (export \"run\") (param $n i32) (param $depth i32) (result i64)\n");
    for index in 0..20 {
        text += &format!("(local $i{index} i64) (local $f{index} f64) (local $v{index} v128)\n");
    }
    text += "(if (local.get $depth) (then (local.set $i0
        (call $run (local.get $n) (i32.sub (local.get $depth) (i32.const 1))))))\n(loop $again\n";
    for index in 0..20 {
        let next = (index + 1) % 20;
        text += &format!(
            "(local.set $i{index} (i64.add (i64.mul (local.get $i{index}) (i64.const {})) (i64.const {index})))
             (local.set $i{next} (i64.xor (local.get $i{next}) (i64.rotl (local.get $i{index}) (i64.const 7))))
             (local.set $f{index} (f64.add (local.get $f{next}) (f64.convert_i32_s (local.get $n))))
             (local.set $v{index} (i64x2.add (local.get $v{next}) (i64x2.splat (local.get $i{index}))))\n",
            2 * index + 3
        );
    }
    text += "(br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))\n(i64.const 0)";
    for index in 0..20 {
        text += &format!(
            "(i64.xor (local.get $i{index})) (i64.add (i64.reinterpret_f64 (local.get $f{index})))
             (i64.xor (i64x2.extract_lane 1 (local.get $v{index})))\n"
        );
    }
    text + "))"
}

fn a_program_that_is_polled_at_every_turn_computes_the_same(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let module = Module::new(&engine, program())?;
    let run = |store: &mut Store<()>| -> Result<i64> {
        let instance = Instance::new(&mut *store, &module, &[])?;
        instance
            .get_typed_func::<(i32, i32), i64>(&mut *store, "run")?
            .call(store, (100, 3))
    };
    let undisturbed = run(&mut Store::new(&engine, ()))?;

    let polls = Arc::new(AtomicU64::new(0));
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(0);
    let counted = polls.clone();
    store.epoch_deadline_callback(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(UpdateDeadline::Continue(0))
    });
    assert_eq!(run(&mut store)?, undisturbed);
    // One for each turn of each of the four loops, and one for each entry.
    assert_eq!(polls.load(Ordering::Relaxed), 4 * 100 + 4);
    Ok(())
}

in_tiers!(a_program_that_is_polled_at_every_turn_computes_the_same);
