//! Calls through references that go on in the bodies of functions which they have led to before: tables that change after they were seen,
//! functions of other instances, null, other types, traps and exceptions inside of what was inlined. A program never notices.

use crate::support::*;
use std::fmt::Write;
use transom::error::Context as _;
use transom::*;

const MODULE: &str = r#"(module
  (type $f (func (param i32) (result i32)))
  (type $wide (func (param i64) (result i64)))
  (type $box (struct (field i32)))
  (type $shape (sub (func (param i32) (result (ref null struct)))))
  (type $narrow (sub final $shape (func (param i32) (result (ref null $box)))))
  (type $never (func (param i32 i32) (result i32)))
  (tag $thrown (param i32))
  (table $t (export "table") 12 funcref)
  (elem (table $t) (i32.const 0) func $add $identified $checked $changing $throwing $other_type $boxed $ending)
  (elem declare func $second)
  (global $id (export "id") (mut i32) (i32.const 0))
  (memory 1)

  (func $add (type $f) (i32.add (local.get 0) (i32.const 3)))
  (func $second (type $f) (i32.add (i32.mul (local.get 0) (i32.const 5)) (i32.const 1)))
  ;; What it does depends on the instance.
  (func $identified (export "identified") (type $f) (i32.xor (i32.mul (local.get 0) (i32.const 7)) (global.get $id)))
  ;; Traps for some arguments.
  (func $checked (type $f)
    (i32.load (i32.mul (i32.eq (i32.and (local.get 0) (i32.const 0xfff)) (i32.const 0xabc)) (i32.const 0x10000)))
    (i32.add (i32.add (local.get 0) (i32.const 11))))
  ;; Puts another function in its own place.
  (func $changing (type $f)
    (if (i32.eq (i32.and (local.get 0) (i32.const 63)) (i32.const 17))
      (then (table.set $t (i32.const 3) (ref.func $second))))
    (i32.add (local.get 0) (i32.const 9)))
  (func $raise (param i32) (throw $thrown (local.get 0)))
  (func $throwing (type $f)
    (if (i32.eqz (i32.rem_u (local.get 0) (i32.const 13))) (then (call $raise (local.get 0))))
    (i32.add (local.get 0) (i32.const 2)))
  (func $other_type (type $wide) (i64.add (local.get 0) (i64.const 1)))
  (func $boxed (type $narrow) (struct.new $box (local.get 0)))
  ;; Never returns, for some arguments.
  (func $ending (type $never)
    (if (i32.gt_u (local.get 0) (i32.const 900)) (then (drop (i32.load8_u (local.get 1))) unreachable))
    (i32.sub (local.get 1) (local.get 0)))

  (func (export "indirect") (param $n i32) (param $index i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (call_indirect (type $f) (local.get $sum) (local.get $index)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "mixed") (param $n i32) (param $count i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $n)
        (call_indirect (type $f) (local.get $sum) (i32.rem_u (local.get $n) (local.get $count)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "by reference") (param $n i32) (param $index i32) (result i32) (local $sum i32) (local $f (ref null $f))
    (if (ref.test (ref $f) (table.get $t (local.get $index)))
      (then (local.set $f (ref.cast (ref $f) (table.get $t (local.get $index))))))
    (loop $next
      (local.set $sum (call_ref $f (local.get $sum) (local.get $f)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "catching") (param $n i32) (param $index i32) (result i32) (local $sum i32)
    (loop $next
      (local.set $sum
        (block $caught (result i32)
          (try_table (result i32) (catch $thrown $caught)
            (call_indirect (type $f) (local.get $sum) (local.get $index)))
          (i32.add (i32.const 4))))
      (local.set $sum (i32.add (local.get $sum) (i32.const 1)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "objects") (param $n i32) (param $index i32) (result i32) (local $sum i32) (local $kept (ref null $box))
    (local.set $kept (struct.new $box (i32.const 40)))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (struct.get $box 0 (ref.cast (ref $box)
        (call_indirect (type $shape) (local.get $n) (local.get $index))))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.add (local.get $sum) (struct.get $box 0 (local.get $kept))))
  (func (export "ending") (param $n i32) (param $first i32) (result i32)
    (loop $next
      (local.set $first (call_indirect (type $never) (local.get $n) (local.get $first) (i32.const 7)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $n) (i32.const 1000))))
    (local.get $first))
)"#;

/// Calls one after the other: an export and two numbers. Between them, an element of the table may become another.
enum Step {
    Call(&'static str, i32, i32),
    /// The element becomes that of another index.
    Set(u64, u64),
    /// The element becomes null.
    Clear(u64),
    /// The element becomes the function of the other instance.
    Foreign(u64),
}

const STEPS: &[Step] = {
    use Step::*;
    &[
        Call("indirect", 900, 0),
        Call("indirect", 900, 1),
        Call("indirect", 700, 0),
        // The same slot, but of another instance.
        Foreign(1),
        Call("indirect", 500, 1),
        Set(9, 0),
        Set(0, 1),
        Call("indirect", 300, 0),
        Set(0, 9),
        Call("indirect", 300, 0),
        Call("by reference", 900, 0),
        Call("by reference", 300, 1),
        Call("by reference", 300, 5),
        Call("by reference", 400, 0),
        Call("mixed", 900, 2),
        Call("mixed", 900, 4),
        Call("indirect", 300, 3),
        Call("indirect", 5000, 2),
        Call("mixed", 900, 4),
        // Null, another type, out of bounds: behind what was expected.
        Call("indirect", 3, 11),
        Call("indirect", 3, 5),
        Call("indirect", 3, 12),
        Call("indirect", 3, -1),
        Clear(0),
        Call("indirect", 300, 0),
        Call("by reference", 300, 0),
        Call("mixed", 300, 4),
        Set(0, 9),
        Call("indirect", 300, 0),
        Call("indirect", 300, 4),
        Call("catching", 900, 4),
        Call("catching", 900, 0),
        Call("catching", 3, 11),
        Call("objects", 900, 6),
        Call("objects", 900, 0),
        Call("objects", 900, 6),
        Call("ending", 1, 2),
        Call("ending", 500, 2),
        Call("ending", 1, 65535),
    ]
};

/// What all calls come to, with backtraces and fuel; and how many calls were inlined because of what was seen.
fn outcomes(config: &Config) -> Result<(Vec<String>, usize)> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, MODULE)?;
    let mut store = Store::new(&engine, ());
    let fuel = store.set_fuel(1 << 40).is_ok();
    let instance = Instance::new(&mut store, &module, &[])?;
    let other = Instance::new(&mut store, &module, &[])?;
    for (instance, id) in [(instance, 1000), (other, 2000)] {
        let global = instance.get_global(&mut store, "id").context("it is exported")?;
        global.set(&mut store, Val::I32(id))?;
    }
    let table = instance
        .get_table(&mut store, "table")
        .context("it is exported")?;
    let foreign = other.get_func(&mut store, "identified");
    let mut all = Vec::new();
    for step in STEPS {
        match *step {
            Step::Set(to, from) => {
                let element = table.get(&mut store, from).context("there are so many")?;
                table.set(&mut store, to, element)?;
            }
            Step::Clear(index) => table.set(&mut store, index, Ref::Func(None))?,
            Step::Foreign(index) => table.set(&mut store, index, Ref::Func(foreign))?,
            Step::Call(name, first, second) => {
                let outcome = call(&mut store, instance, name, &[Val::I32(first), Val::I32(second)]);
                let mut text = match outcome {
                    Ok(results) => format!("{name}({first}, {second}): {results:?}"),
                    // With all causes, but without Rust's own backtrace.
                    Err(error) => format!("{name}({first}, {second}): {error:#}"),
                };
                if fuel {
                    write!(text, ", fuel {}", store.get_fuel()?)?;
                }
                all.push(text);
            }
        }
    }
    Ok((all, module.statistics().tier_up.inlined_calls))
}

fn check(configure: impl Fn(&mut Config)) -> Result<()> {
    let outcomes_in = |tiers| {
        let mut config = config_of(tiers);
        configure(&mut config);
        outcomes(&config)
    };
    let (expected, _) = outcomes_in(Tiers::Optimized)?;
    let seeds = (0..6).map(Tiers::Expecting);
    let replaced = [0, 100, 1000, 5000, 20_000].map(Tiers::Replaced);
    let mut inlined = 0;
    for tiers in [Tiers::Baseline].into_iter().chain(seeds).chain(replaced) {
        let (found, calls) = outcomes_in(tiers)?;
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{tiers:?}");
        }
        inlined += calls;
    }
    assert!(inlined >= 10, "only {inlined} calls were inlined");
    Ok(())
}

#[test]
fn nobody_notices_what_was_expected() -> Result<()> {
    check(|_| {})
}

#[test]
fn nobody_notices_with_fuel() -> Result<()> {
    check(|config| {
        config.consume_fuel(true);
    })
}

#[test]
fn nobody_notices_with_zeal_and_dirt() -> Result<()> {
    check(|config| {
        config.gc_zeal(true).dirty_upper_halves(true);
    })
}
