//! Programs end alike wherever they were replaced: with the same trap at the same place, the same fuel, and when they are told to.

use crate::at_once;
use crate::support::{call, expect_trap, instance_in, instantiate, number, trap};
use std::time::Duration;
use transom::error::Context as _;
use transom::*;

/// The traps of loops, each in a function that another one calls out of a loop.
const TRAPS: &[(&str, &str)] = &[
    (
        "unreachable",
        "(if (i32.eq (local.get $i) (i32.const 5)) (then (nop) (unreachable)))",
    ),
    (
        "divide",
        "(local.set $x (i32.div_u (i32.const 1) (i32.sub (i32.const 5) (local.get $i))))",
    ),
    (
        "overflow",
        "(local.set $x (i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 4) (local.get $i))))",
    ),
    (
        "convert",
        "(local.set $x (i32.trunc_f64_s (f64.div (f64.const 1) (f64.convert_i32_s (i32.sub (i32.const 5) (local.get $i))))))",
    ),
    ("memory", "(i32.store8 offset=65531 (local.get $i) (i32.const 1))"),
    ("table", "(drop (table.get $t (local.get $i)))"),
    ("indirect", "(call_indirect $t (local.get $i))"),
    (
        "null",
        "(drop (struct.get $pair 0 (select (result (ref null $pair)) (struct.new $pair (i32.const 1)) (ref.null $pair) (i32.ne (local.get $i) (i32.const 5)))))",
    ),
    (
        "array",
        "(drop (array.get $bytes (array.new $bytes (i32.const 0) (i32.const 5)) (local.get $i)))",
    ),
    (
        "cast",
        "(drop (ref.cast (ref $pair) (select (result anyref) (struct.new $pair (i32.const 1)) (ref.i31 (i32.const 1)) (i32.ne (local.get $i) (i32.const 5)))))",
    ),
];

fn text(body: &str) -> String {
    format!(
        r#"(module (memory 1 1) (table $t 5 5 funcref) (elem (table $t) (i32.const 0) func $nop $nop $nop $nop $nop)
            (type $pair (struct (field i32))) (type $bytes (array (mut i32)))
            (func $nop)
            (func $inner (param $i i32) (result i32) (local $x i32) (local $turns i32)
              (i32.const 1000)
              (loop $next
                {body}
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.tee $turns (i32.add (local.get $turns) (i32.const 1))) (i32.const 3))))
              (i32.add (local.get $x)))
            (func (export "run") (local $i i32)
              (loop $next
                (drop (call $inner (local.get $i)))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br $next))))"#
    )
}

/// The trap, and the functions and offsets of its backtrace.
type Ending = (Option<Trap>, Vec<(u32, Option<usize>)>);

/// How the program ends.
fn ending(engine: &Engine, text: &str) -> Result<Ending> {
    let (mut store, instance) = instance_in(engine, text)?;
    let error = call(&mut store, instance, "run", &[]).unwrap_err();
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .context("a backtrace")?
        .frames();
    let place = |frame: &FrameInfo| (frame.func_index(), frame.module_offset());
    Ok((trap(&error), frames.iter().map(place).collect()))
}

#[test]
fn traps_and_backtraces_are_those_of_either_compiler() -> Result<()> {
    let engine = |tiers| Engine::new(Config::new().tiers(tiers).gc_zeal(true));
    let (optimised, baseline) = (engine(Tiers::Optimized)?, engine(Tiers::Baseline)?);
    let replaced: Vec<Engine> = [0, 60, 200, 500].map(at_once).into();
    for (name, body) in TRAPS {
        let text = text(body);
        let expected = [ending(&optimised, &text)?, ending(&baseline, &text)?];
        let (kind, frames) = &expected[0];
        assert!(kind.is_some() && frames.len() == 2, "{name}: {expected:?}");
        for engine in &replaced {
            let found = ending(engine, &text)?;
            assert!(
                expected.contains(&found),
                "{name}: {found:?}, not one of {expected:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn fuel_is_that_of_optimised_code() -> Result<()> {
    let module = include_str!("loops.wat");
    let used = |tiers: Tiers, name: &str, amount: u64| -> Result<(Option<u64>, u64)> {
        let engine = Engine::new(Config::new().tiers(tiers).consume_fuel(true))?;
        let mut store = Store::new(&engine, ());
        store.set_fuel(amount)?;
        let instance = instantiate(&mut store, module, &[])?;
        let result = number(&mut store, instance, name, &[Val::I32(9)]).ok();
        Ok((result, store.get_fuel()?))
    };
    for name in [
        "nested",
        "arms",
        "catching",
        "objects",
        "many",
        "tails",
        "dispatch",
        "recursive",
    ] {
        let enough = 100_000;
        let (result, left) = used(Tiers::Optimized, name, enough)?;
        assert!(result.is_some() && left < enough, "{name}");
        // It runs out of the second amount in the middle.
        for amount in [enough, (enough - left) / 2] {
            let expected = used(Tiers::Optimized, name, amount)?;
            assert_eq!(expected.0.is_some(), amount == enough, "{name}");
            for sample in [0, 100, 400] {
                let found = used(Tiers::Replaced(sample), name, amount)?;
                assert_eq!(found, expected, "{name} with {amount}, every {sample} bytes");
            }
        }
    }
    Ok(())
}

/// Loops that do not end by themselves.
const ENDLESS: [&str; 4] = [
    "(loop (br 0))",
    "(loop (call $f) (br 0))",
    "(i32.const 3) (loop (loop (br_if 0 (i32.eqz (call $one)))) (br 0))",
    "(block (try_table (catch_all 0) (loop (call $f) (br 0))))",
];

#[test]
fn loops_are_stopped_in_each_tier_and_between() -> Result<()> {
    let background = Engine::default();
    let baseline = Engine::new(Config::new().compilation(Strategy::Baseline))?;
    for engine in [&background, &baseline, &at_once(0), &at_once(1_000_000)] {
        for body in ENDLESS {
            for wait in [0, 1, 7] {
                let text = format!(
                    "(module (func $f (loop)) (func $one (result i32) (i32.const 1)) (func (export \"run\") {body} (unreachable)))"
                );
                let (mut store, instance) = instance_in(engine, &text)?;
                let handle = store.interrupt_handle();
                let stopper = std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(wait));
                    handle.interrupt();
                });
                expect_trap(call(&mut store, instance, "run", &[]), Trap::Interrupt);
                stopper.join().unwrap();
            }
        }
    }
    Ok(())
}

/// Each frame of a recursion is replaced in its loop, up to the end of the stack.
#[test]
fn frames_at_the_end_of_the_stack_are_replaced_if_there_is_room() -> Result<()> {
    // Many values are alive across the call, which makes the new frame larger than the old one, or smaller.
    for locals in [1, 30, 300] {
        let declare = "(local i64)".repeat(locals);
        let set: String = (1..=locals)
            .map(|local| {
                format!("(local.set {local} (i64.add (local.get {local}) (i64.extend_i32_u (local.get 0))))")
            })
            .collect();
        let sum: String = (1..=locals)
            .map(|local| format!("(i64.add (local.get {local}))"))
            .collect();
        let text = format!(
            r#"(module (func $f (export "f") (param i32) (result i64) {declare} (local $i i32)
                (loop $next {set} (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
                (i64.const 0)
                (if (local.get 0) (then (drop (call $f (i32.sub (local.get 0) (i32.const 1))))))
                {sum}))"#
        );
        for sample in [0, 1000, 5000] {
            let (mut store, instance) = instance_in(&at_once(sample), &text)?;
            // Each local is two times the parameter.
            let expected = 20 * locals as u64;
            assert_eq!(number(&mut store, instance, "f", &[Val::I32(10)])?, expected);
            expect_trap(
                call(&mut store, instance, "f", &[Val::I32(-1)]),
                Trap::StackOverflow,
            );
            assert_eq!(number(&mut store, instance, "f", &[Val::I32(10)])?, expected);
        }
    }
    Ok(())
}

/// Half of the memory is left to functions that were not called yet.
#[test]
fn new_code_leaves_memory_to_first_calls() -> Result<()> {
    let turn =
        "(local.set 1 (i64.mul (i64.add (local.get 1) (i64.const 3)) (i64.xor (local.get 0) (local.get 1))))";
    let body = format!(
        "(loop $next {} (br_if $next (i64.gt_s (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))",
        turn.repeat(20)
    )
    .repeat(8);
    let functions: String = (0..8)
        .map(|index| {
            format!("(func (export \"f{index}\") (param i64) (result i64) (local i64) {body} (local.get 1))")
        })
        .collect();
    let text = format!("(module {functions})");
    let run_all = |tiers: Tiers, limit: usize| -> Result<usize> {
        let engine = Engine::new(Config::new().tiers(tiers).max_code_memory(limit))?;
        let (mut store, instance) = instance_in(&engine, &text)?;
        for index in 0..8 {
            number(&mut store, instance, &format!("f{index}"), &[Val::I64(3)])?;
        }
        Ok(engine.code_memory())
    };
    let needed = run_all(Tiers::Replaced(i32::MAX), usize::MAX)?;
    assert!(run_all(Tiers::Replaced(0), usize::MAX)? > 2 * needed);
    for limit in [2 * needed, 3 * needed] {
        run_all(Tiers::Replaced(0), limit)?;
    }
    Ok(())
}
