//! Loops of every small number of turns, left in every way.

#[path = "support/mod.rs"]
mod support;

use support::{engine_of, in_tiers};
use transom::{Instance, Module, Result, Store, Tiers, Trap};

const MODULE: &str = r#"
    (module
      (memory (export "memory") 1)

      ;; Left at the bottom.
      (func (export "bottom") (param $n i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 3)) (local.get $n)))
          (br_if $again (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 1))) (i32.const 0))))
        (local.get $sum))

      ;; Left at the top, with a value; two branches lead back.
      (func (export "top") (param $n i32) (result i32) (local $sum i32)
        (block $out (result i32)
          (loop $again
            (br_if $out (local.get $sum) (i32.le_s (local.get $n) (i32.const 0)))
            (drop)
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (i32.const 5)))
            (br_if $again (i32.and (local.get $n) (i32.const 1)))
            (local.set $sum (i32.mul (local.get $sum) (i32.const 3)))
            (br $again))
          (unreachable)))

      ;; Parameters and results of the loop itself.
      (func (export "values") (param $n i32) (result i32)
        (i32.const 1) (i32.const 2)
        (loop $again (param i32 i32) (result i32)
          (i32.mul (i32.const 3))
          (local.get $n) (i32.add)
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (i32.const 7)
          (br_if $again (i32.gt_s (local.get $n) (i32.const 0)))
          (i32.add)
          (i32.add)))

      ;; A table of branches: on, around, and out by two ways.
      (func (export "table") (param $n i32) (result i32) (local $sum i32)
        (block $far
          (block $near
            (loop $again
              (block $skip
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 5)) (i32.const 1)))
                (br_if $far (i32.lt_s (local.get $n) (i32.const -3)))
                (br_table $near $skip $again (i32.and (local.get $n) (i32.const 3))))
              (local.set $sum (i32.xor (local.get $sum) (i32.const 9)))
              (br $again)))
          (return (local.get $sum)))
        (i32.sub (i32.const 0) (local.get $sum)))

      ;; No loop at all, and one that never comes to its end.
      (func (export "once") (param $n i32) (result i32)
        (loop (result i32) (i32.add (local.get $n) (i32.const 1))))
      (func (export "return") (param $n i32) (result i32)
        (loop $again
          (if (i32.lt_s (local.tee $n (i32.sub (local.get $n) (i32.const 2))) (i32.const 0))
            (then (return (local.get $n))))
          (br $again))
        (unreachable))

      ;; Traps in either turn.
      (func (export "trap") (param $n i32) (result i32)
        (loop $again
          (drop (i32.div_u (i32.const 1) (local.get $n)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $again))
        (unreachable)))
"#;

fn bottom(mut n: i32) -> i32 {
    let mut sum = 0i32;
    loop {
        sum = sum.wrapping_mul(3).wrapping_add(n);
        n -= 1;
        if n <= 0 {
            return sum;
        }
    }
}

fn top(mut n: i32) -> i32 {
    let mut sum = 0i32;
    while n > 0 {
        n -= 1;
        sum = sum.wrapping_add(5);
        if n & 1 == 0 {
            sum = sum.wrapping_mul(3);
        }
    }
    sum
}

fn values(mut n: i32) -> i32 {
    let mut stack = vec![1i32, 2];
    loop {
        let top = stack.pop().expect("two values");
        stack.push(top.wrapping_mul(3).wrapping_add(n));
        n -= 1;
        stack.push(7);
        if n <= 0 {
            return stack.iter().fold(0, |sum, &value| sum.wrapping_add(value));
        }
        // The branch takes the two topmost values along and drops the one below.
        stack.remove(0);
    }
}

fn table(mut n: i32) -> i32 {
    let mut sum = 0i32;
    loop {
        n -= 1;
        sum = sum.wrapping_mul(5).wrapping_add(1);
        if n < -3 {
            return -sum;
        }
        match n & 3 {
            0 => return sum,
            1 => sum ^= 9,
            _ => {}
        }
    }
}

/// What a function of the module computes.
type Model = fn(i32) -> i32;

fn loops_compute_the_same_after_any_number_of_turns(tiers: Tiers) -> Result<()> {
    let engine = engine_of(tiers)?;
    let module = Module::new(&engine, MODULE)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    let model: [(&str, Model); 6] = [
        ("bottom", bottom),
        ("top", top),
        ("values", values),
        ("table", table),
        ("once", |n| n + 1),
        ("return", |n| if n < 0 { n - 2 } else { n % 2 - 2 }),
    ];
    for (name, model) in model {
        let run = instance.get_typed_func::<i32, i32>(&mut store, name)?;
        for n in -2..20 {
            assert_eq!(run.call(&mut store, n)?, model(n), "{name}({n})");
        }
    }
    let trap = instance.get_typed_func::<i32, i32>(&mut store, "trap")?;
    for n in 0..4 {
        let error = trap
            .call(&mut store, n)
            .expect_err("the last turn divides by zero");
        assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::IntegerDivisionByZero));
    }
    Ok(())
}

in_tiers!(loops_compute_the_same_after_any_number_of_turns);
