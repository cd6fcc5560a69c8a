//! How many functions a call may lead to so that they are inlined.

use crate::support::number;
use transom::*;

/// A loop that calls so many functions in turn, all through one instruction.
fn text(targets: usize) -> String {
    let functions: String = (0..targets)
        .map(|index| {
            format!("(func $f{index} (param i32) (result i32) (i32.add (local.get 0) (i32.const {index})))")
        })
        .collect();
    let names: String = (0..targets).map(|index| format!(" $f{index}")).collect();
    format!(
        r#"(module
          (table {targets} funcref) (elem (i32.const 0) func{names})
          {functions}
          (func (export "run") (param $n i32) (result i32) (local $sum i32)
            (loop $next
              (local.set $sum (call_indirect (param i32) (result i32)
                (local.get $sum) (i32.rem_u (local.get $n) (i32.const {targets}))))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))"#
    )
}

#[test]
fn sixteen_functions_are_inlined_and_seventeen_are_not() -> Result<()> {
    const TURNS: i32 = 6000;
    for targets in [1, 2, 5, 15, 16, 17, 18] {
        let engine = Engine::new(Config::new().tiers(Tiers::Replaced(20_000)))?;
        let module = Module::new(&engine, text(targets))?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        let found = number(&mut store, instance, "run", &[Val::I32(TURNS)])?;
        let count = targets as u64;
        assert_eq!(
            found,
            TURNS as u64 / count * (count * (count - 1) / 2) + remainder(TURNS as u64 % count)
        );
        let statistics = module.statistics().tier_up;
        assert!(statistics.replacements > 0, "{targets}: {statistics:?}");
        // The function and its loop have each of them.
        let compiled = statistics.functions + statistics.loops;
        let expected = if targets <= 16 { targets } else { 0 };
        assert!(statistics.inlined_calls >= expected, "{targets}: {statistics:?}");
        assert!(
            statistics.inlined_calls <= expected * compiled,
            "{targets}: {statistics:?}"
        );
    }
    Ok(())
}

/// The sum of the numbers up to one.
fn remainder(last: u64) -> u64 {
    last * (last + 1) / 2
}

/// What a program calls while it begins is forgotten if it was too much.
#[test]
fn what_was_called_at_the_beginning_is_forgotten() -> Result<()> {
    let begin =
        "(br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 18)))";
    let text = text(18).replace(
        "(func (export \"run\")",
        &format!(
            r#"(func (export "begin") (local $i i32)
                 (loop $again (drop (call $call (local.get $i))) {begin}))
               (func (export "more") (param $n i32)
                 (loop $again (drop (call $call (i32.const 2)))
                   (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
               ;; Too long to be inlined itself.
               (func $call (param $i i32) (result i32) {}
                 (call_indirect (param i32) (result i32) (i32.const 1) (local.get $i)))
               (func (export "run")"#,
            "(drop (i32.mul (local.get $i) (local.get $i)))".repeat(10)
        ),
    );
    let engine = Engine::default();
    let module = Module::new(&engine, text)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    instance
        .get_typed_func::<(), ()>(&mut store, "begin")?
        .call(&mut store, ())?;
    let more = instance.get_typed_func::<i32, ()>(&mut store, "more")?;
    let begun = std::time::Instant::now();
    while module.statistics().tier_up.inlined_calls == 0 {
        more.call(&mut store, 100_000)?;
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(60),
            "{:?}",
            module.statistics()
        );
    }
    Ok(())
}
