//! The child of a fork: it has none of the engine's threads, and goes on with modules, stores and code that its parent has made. One test, since
//! a fork copies what the threads of other tests have locked.

mod support;

use std::time::Duration;
use support::number;
use transom::*;

/// Functions that are called for the first time later, each with a loop that is worth compiling once more.
fn text() -> String {
    let functions: String = (0..100)
        .map(|index| {
            format!(
                r#"(func (export "{index}") (param $n i32) (result i32) (local $sum i32)
                     (loop $next
                       (local.set $sum (i32.add (i32.xor (local.get $sum) (i32.const {index})) (local.get $n)))
                       (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                     (local.get $sum))"#
            )
        })
        .collect();
    format!("(module {functions})")
}

fn sum(index: u32, turns: u32) -> u64 {
    u64::from(
        (1..=turns)
            .rev()
            .fold(0, |sum: u32, n| (sum ^ index).wrapping_add(n)),
    )
}

/// Calls some functions, so that there is always something to compile in the background.
fn run(store: &mut Store<()>, instance: Instance, functions: std::ops::Range<u32>) -> Result<()> {
    const TURNS: u32 = 300_000;
    for index in functions {
        let found = number(store, instance, &index.to_string(), &[Val::I32(TURNS as i32)])?;
        ensure!(found == sum(index, TURNS), "{index}: {found}");
    }
    Ok(())
}

/// What the child does: the same functions, others for the first time, and a module of its own.
fn go_on(store: &mut Store<()>, instance: Instance, index: u32) -> Result<()> {
    run(store, instance, 0..index)?;
    run(store, instance, 90..100)?;
    let module = Module::new(store.engine(), text())?;
    let instance = Instance::new(&mut *store, &module, &[])?;
    run(store, instance, 0..3)
}

#[test]
fn the_child_of_a_fork_goes_on() -> Result<()> {
    let engine = Engine::default();
    let module = Module::new(&engine, text())?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    for index in 0..30 {
        run(&mut store, instance, index..index + 1)?;
        // The function that has just run is being compiled, or waits for it.
        let done = transom_sys::in_child(Duration::from_secs(60), || {
            go_on(&mut store, instance, index + 1)
                .inspect_err(|error| eprintln!("{error:?}"))
                .is_ok()
        })?;
        assert!(done, "the child of fork {index} has failed");
    }
    let statistics = module.statistics().tier_up;
    assert!(statistics.functions + statistics.loops > 0, "{statistics:?}");
    Ok(())
}
