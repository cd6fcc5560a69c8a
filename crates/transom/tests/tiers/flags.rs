//! Flags that are clobbered between a comparison and its use (wasmtime 8632): a comparison stays in the flags until the next
//! instruction, while constants are loaded, operands are moved, and fuel is counted.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// A comparison: its name without the type, and when it holds.
type Comparison<T> = (&'static str, fn(T, T) -> bool);

const OF_FLOATS: [Comparison<f64>; 6] = [
    ("eq", |a, b| a == b),
    ("ne", |a, b| a != b),
    ("lt", |a, b| a < b),
    ("gt", |a, b| a > b),
    ("le", |a, b| a <= b),
    ("ge", |a, b| a >= b),
];

const OF_INTEGERS: [Comparison<i64>; 10] = [
    ("eq", |a, b| a == b),
    ("ne", |a, b| a != b),
    ("lt_s", |a, b| a < b),
    ("gt_s", |a, b| a > b),
    ("le_s", |a, b| a <= b),
    ("ge_s", |a, b| a >= b),
    ("lt_u", |a, b| (a as u64) < b as u64),
    ("gt_u", |a, b| a as u64 > b as u64),
    ("le_u", |a, b| a as u64 <= b as u64),
    ("ge_u", |a, b| a as u64 >= b as u64),
];

const FLOATS: [f64; 6] = [0.0, -0.0, 1.5, -1.5, f64::INFINITY, f64::NAN];

/// They keep their order as `i32`, signed and unsigned.
const INTEGERS: [i64; 5] = [0, 1, -1, i32::MAX as i64, i32::MIN as i64];

/// Uses of a comparison `CMP`, which give 1 if it holds. `$x` is 5, `$zero` and `$n` are 0.
const USES: &[&str] = &[
    "(block $out (br_if $out CMP) (return (i32.const 0))) (i32.const 1)",
    "(block $out (br_if $out (i32.eqz CMP)) (return (i32.const 1))) (i32.const 0)",
    // One value, in the register that branches take it along in; then to the function.
    "(block $out (result i32) (br_if $out (i32.const 1) CMP) (drop) (i32.const 0))",
    "(i32.const 1) (br_if 1 CMP) (drop) (i32.const 0)",
    // Values that have to be moved: zeros, which may be made by an instruction that sets flags, and locals.
    "(f64.const 0) (i64.const 0)
     (block $out (result f64 i64 i32)
       (br_if $out (f64.const 0) (local.get $zero) (i32.const 1) CMP)
       (drop) (i32.const 0))
     (local.set $n) (drop) (drop) (drop) (drop) (local.get $n)",
    "(if (result i32) CMP (then (i32.const 1)) (else (i32.const 0)))",
    "(f64.const 0) (local.get $x) (i64.const 0) (i64.add (local.get $x) (i64.const 1))
     CMP (if (param f64 i64 i64 i64) (result i32)
       (then (drop) (drop) (drop) (drop) (i32.const 1))
       (else (drop) (drop) (drop) (drop) (i32.const 0)))",
    "(select (i32.const 1) (i32.const 0) CMP)",
    "(i32.wrap_i64 (select (i64.const 1) (local.get $zero) CMP))",
    "(i32.trunc_f64_s (select (f64.const 1) (f64.const 0) CMP))",
    "(i32.trunc_f32_s (select (f32.const 1) (f32.const 0) CMP))",
    "(i32x4.extract_lane 2 (select (v128.const i32x4 1 1 1 1) (v128.const i32x4 0 0 0 0) CMP))",
    "(i32.sub (i32.const 1) (select (result i32) (i32.const 0) (i32.const 1) CMP))",
    "(i32.eqz (i32.eqz CMP))",
    "(local.set $n CMP) (local.get $n)",
    "(local.tee $n CMP) (drop) (local.get $n)",
    // The second comparison needs the flags that the first is in.
    "(i32.shr_u (i32.add CMP CMP) (i32.const 1))",
    "(i32.and CMP (i32.eqz (i32.eqz CMP)))",
    "(block $out (loop $again
       (br_if $out (local.get $n)) (local.set $n (i32.const 1)) (br_if $again CMP) (return (i32.const 0))))
     (i32.const 1)",
    "(block $zero (block $one (br_table $zero $one CMP)) (return (i32.const 1))) (i32.const 0)",
    "(i32.store (i32.const 0) CMP) (i32.load (i32.const 0))",
    "(call $same CMP)",
    "CMP (return)",
    "(global.set $global CMP) (global.get $global)",
];

/// Functions that use a comparison in every way, alone and above more operands than there are registers.
fn functions(name: &str, ty: &str, text: &mut String) {
    let comparison = format!("({ty}.{name} (local.get 0) (local.get 1))");
    let crowd: String = (0..20)
        .map(|index| format!("(i64.add (local.get $x) (i64.const {index}))"))
        .collect();
    for (index, usage) in USES.iter().enumerate() {
        let usage = usage.replace("CMP", &comparison);
        for (crowded, before, after) in [
            ("", "", String::new()),
            (
                "crowded ",
                crowd.as_str(),
                // 20 times 5, and the numbers below 20.
                format!(
                    "(local.set $n) {} (if (i64.ne (i64.const 290)) (then (unreachable))) (local.get $n)",
                    "i64.add ".repeat(19)
                ),
            ),
        ] {
            *text += &format!(
                r#"(func (export "{crowded}{ty}.{name} {index}") (param {ty} {ty}) (result i32)
                     (local $x i64) (local $zero i64) (local $n i32)
                     (local.set $x (i64.const 5))
                     {before} (block $result (result i32) {usage}) {after})"#
            );
        }
    }
}

/// Both operands of a comparison, as a function is given them, and whether it holds for them.
type Case = ([Val; 2], bool);

/// The comparisons of a type.
fn cases(ty: &str) -> Vec<(&'static str, Vec<Case>)> {
    let pairs = |count: usize| (0..count).flat_map(move |a| (0..count).map(move |b| (a, b)));
    let float = |value: f64| match ty {
        "f32" => Val::F32((value as f32).to_bits()),
        _ => Val::F64(value.to_bits()),
    };
    let integer = |value: i64| match ty {
        "i32" => Val::I32(value as i32),
        _ => Val::I64(value),
    };
    if ty.starts_with('f') {
        let case = |holds: fn(f64, f64) -> bool| {
            pairs(FLOATS.len())
                .map(|(a, b)| (FLOATS[a], FLOATS[b]))
                .map(|(a, b)| ([float(a), float(b)], holds(a, b)))
                .collect()
        };
        return OF_FLOATS.map(|(name, holds)| (name, case(holds))).into();
    }
    let case = |holds: fn(i64, i64) -> bool| {
        pairs(INTEGERS.len())
            .map(|(a, b)| (INTEGERS[a], INTEGERS[b]))
            .map(|(a, b)| ([integer(a), integer(b)], holds(a, b)))
            .collect()
    };
    OF_INTEGERS.map(|(name, holds)| (name, case(holds))).into()
}

fn check(config: &Config, ty: &str) -> Result<()> {
    let mut text = String::from(
        "(module (memory 1) (global $global (mut i32) (i32.const 0)) (func $same (param i32) (result i32) (local.get 0))",
    );
    let cases = cases(ty);
    for (name, _) in &cases {
        functions(name, ty, &mut text);
    }
    let engine = Engine::new(config)?;
    let (mut store, instance) = instance_in_fuelled(&engine, &(text + ")"))?;
    for (name, operands) in cases {
        for index in 0..USES.len() {
            for crowded in ["", "crowded "] {
                let export = format!("{crowded}{ty}.{name} {index}");
                let func = instance.get_func(&mut store, &export).context("exported")?;
                for (operands, holds) in &operands {
                    let mut result = [Val::I32(-1)];
                    func.call(&mut store, operands, &mut result)
                        .with_context(|| format!("{export} of {operands:?}"))?;
                    let found = result[0].unwrap_i32();
                    ensure!(found == i32::from(*holds), "{export} of {operands:?}: {found}");
                }
            }
        }
    }
    Ok(())
}

/// An instance in a store with more fuel than it needs, if the engine counts it.
fn instance_in_fuelled(engine: &Engine, text: &str) -> Result<(Store<()>, Instance)> {
    let mut store = Store::new(engine, ());
    if store.get_fuel().is_ok() {
        store.set_fuel(u64::MAX / 4)?;
    }
    let instance = instantiate(&mut store, text, &[])?;
    Ok((store, instance))
}

fn flags_are_intact_at_the_use_of_a_comparison(tiers: Tiers) -> Result<()> {
    for ty in ["i32", "i64", "f32", "f64"] {
        check(Config::new().tiers(tiers), ty)?;
    }
    Ok(())
}

fn flags_are_intact_behind_counted_fuel(tiers: Tiers) -> Result<()> {
    for ty in ["i32", "i64", "f32", "f64"] {
        check(Config::new().tiers(tiers).consume_fuel(true), ty)?;
    }
    Ok(())
}

in_tiers!(
    flags_are_intact_at_the_use_of_a_comparison,
    flags_are_intact_behind_counted_fuel
);
