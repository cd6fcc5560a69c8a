//! Frames that are wider than what lies behind the end of the stack, of functions that call nothing and so would need no check; and
//! checks that are off by a frame (WebKit 26083, 26346). A program ends with a value or a trap, at whatever depth it is.

use crate::support::*;
use transom::*;

/// Locals of 8 bytes: around the frame that goes unchecked, around the pages behind a stack, and more than a thread has.
const LOCALS: [usize; 10] = [1, 120, 250, 256, 262, 510, 520, 2_100, 20_000, 45_000];

/// A function that uses its locals and calls nothing, below as many small frames as its argument says. The last local is
/// the lowest, and the first to be lost.
fn program(locals: usize) -> String {
    let last = locals - 1;
    format!(
        r#"(module
          (func $leaf (param $x i64) (result i64) (local {list})
            (local.set {locals} (i64.add (local.get $x) (i64.const 1)))
            (i64.add (local.get {locals}) (local.get {last_but_one})))
          (func $below (export "run") (param $depth i32) (result i64)
            (if (result i64) (local.get $depth)
              (then (i64.add (i64.const 1) (call $below (i32.sub (local.get $depth) (i32.const 1)))))
              (else (call $leaf (i64.const 6))))))"#,
        list = "i64 ".repeat(locals),
        last_but_one = if last == 0 { locals } else { last },
    )
}

/// What it gives.
fn expected(locals: usize, depth: i32) -> i64 {
    i64::from(depth) + if locals == 1 { 14 } else { 7 }
}

/// Whether the program ended with its value below so many frames; else it is a stack overflow.
fn fits(store: &mut Store<()>, run: &TypedFunc<i32, i64>, locals: usize, depth: i32) -> Result<bool> {
    match run.call(store, depth) {
        Ok(value) => {
            ensure!(value == expected(locals, depth), "{locals} locals: {value}");
            Ok(true)
        }
        Err(error) => {
            ensure!(trap(&error) == Some(Trap::StackOverflow), "{error:?}");
            Ok(false)
        }
    }
}

/// Looks for the first depth that is too much, and around it, where each depth must end as its neighbour or be the edge.
fn sweep(tiers: Tiers, locals: usize, limit: usize) -> Result<()> {
    let engine = Engine::new(Config::new().tiers(tiers).max_wasm_stack(limit))?;
    let (mut store, instance) = instance_in(&engine, &program(locals))?;
    let run = instance.get_typed_func::<i32, i64>(&mut store, "run")?;
    // Functions that are replaced have other frames then.
    for _ in 0..100 {
        fits(&mut store, &run, locals, 1)?;
    }
    let (mut fit, mut beyond) = (-1, 1 << 20);
    while beyond - fit > 1 {
        let middle = fit + (beyond - fit) / 2;
        match fits(&mut store, &run, locals, middle)? {
            true => fit = middle,
            false => beyond = middle,
        }
    }
    for depth in (beyond - 70).max(0)..beyond + 70 {
        ensure!(
            fits(&mut store, &run, locals, depth)? == (depth < beyond),
            "{locals} locals below {depth} frames of {beyond}"
        );
    }
    // A frame that is larger than the stack, less what the runtime needs of it, fits nowhere. The optimiser keeps only what is used.
    let large = locals * 8 > (250 << 10) || locals * 8 > limit.saturating_add(16 << 10);
    ensure!(
        tiers != Tiers::Baseline || (fit < 0) == large,
        "{locals} locals in {limit} bytes fit below {fit} frames"
    );
    Ok(())
}

fn wide_frames_that_call_nothing_end_with_the_stack(tiers: Tiers) -> Result<()> {
    let sweeps = move || -> Result<()> {
        for locals in LOCALS {
            for limit in [20 << 10, usize::MAX] {
                sweep(tiers, locals, limit)?;
            }
        }
        Ok(())
    };
    // What a write behind the end would hit is a page that nothing can access.
    let thread = std::thread::Builder::new().stack_size(400 << 10).spawn(sweeps)?;
    thread.join().map_err(|_| Error::msg("the thread panicked"))?
}

in_tiers!(wide_frames_that_call_nothing_end_with_the_stack);
