//! Loads that end with the memory, and whose value a wider instruction uses: folded into that instruction, they would
//! read beyond the end.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// Expressions of a load at the parameter, with the bytes that the load may touch.
const USES: [(&str, u32); 38] = [
    ("(f32x4.splat (f32.load (local.get 0)))", 4),
    ("(f64x2.splat (f64.load (local.get 0)))", 8),
    ("(i8x16.splat (i32.load8_u (local.get 0)))", 1),
    ("(i16x8.splat (i32.load16_u (local.get 0)))", 2),
    ("(i32x4.splat (i32.load (local.get 0)))", 4),
    ("(i64x2.splat (i64.load (local.get 0)))", 8),
    ("(f32x4.replace_lane 1 (local.get 1) (f32.load (local.get 0)))", 4),
    ("(f64x2.replace_lane 0 (local.get 1) (f64.load (local.get 0)))", 8),
    ("(f64x2.replace_lane 1 (local.get 1) (f64.load (local.get 0)))", 8),
    (
        "(i8x16.replace_lane 3 (local.get 1) (i32.load8_u (local.get 0)))",
        1,
    ),
    (
        "(i16x8.replace_lane 3 (local.get 1) (i32.load16_s (local.get 0)))",
        2,
    ),
    ("(i32x4.replace_lane 3 (local.get 1) (i32.load (local.get 0)))", 4),
    ("(i64x2.replace_lane 1 (local.get 1) (i64.load (local.get 0)))", 8),
    ("(i16x8.extend_low_i8x16_u (v128.load64_zero (local.get 0)))", 8),
    ("(i32x4.extend_low_i16x8_s (v128.load64_zero (local.get 0)))", 8),
    ("(f64x2.promote_low_f32x4 (v128.load64_zero (local.get 0)))", 8),
    ("(f64x2.convert_low_i32x4_u (v128.load64_zero (local.get 0)))", 8),
    ("(f32x4.sqrt (v128.load32_zero (local.get 0)))", 4),
    ("(i32x4.add (local.get 1) (v128.load32_zero (local.get 0)))", 4),
    ("(i64x2.add (local.get 1) (v128.load64_splat (local.get 0)))", 8),
    ("(i8x16.shl (local.get 1) (i32.load8_u (local.get 0)))", 1),
    ("(i16x8.shr_u (local.get 1) (i32.load (local.get 0)))", 4),
    ("(i64x2.shr_s (local.get 1) (i32.load8_u (local.get 0)))", 1),
    ("(v128.load8_lane 2 (local.get 0) (local.get 1))", 1),
    ("(v128.load64_lane 1 (local.get 0) (local.get 1))", 8),
    ("(f32x4.splat (f32.sqrt (f32.load (local.get 0))))", 4),
    ("(f64x2.splat (f64.sqrt (f64.load (local.get 0))))", 8),
    ("(f64x2.splat (f64.promote_f32 (f32.load (local.get 0))))", 4),
    ("(f32x4.splat (f32.demote_f64 (f64.load (local.get 0))))", 8),
    ("(f64x2.splat (f64.convert_i32_s (i32.load (local.get 0))))", 4),
    (
        "(f32x4.splat (f32.convert_i64_s (i64.load32_u (local.get 0))))",
        4,
    ),
    (
        "(f32x4.splat (f32.min (f32.load (local.get 0)) (f32x4.extract_lane 0 (local.get 1))))",
        4,
    ),
    (
        "(f64x2.splat (f64.add (f64.load (local.get 0)) (f64x2.extract_lane 0 (local.get 1))))",
        8,
    ),
    ("(f64x2.splat (f64.nearest (f64.load (local.get 0))))", 8),
    (
        "(f32x4.splat (f32.copysign (f32.load (local.get 0)) (f32.const -1)))",
        4,
    ),
    (
        "(i64x2.splat (i64.add (i64.load8_u (local.get 0)) (i64x2.extract_lane 0 (local.get 1))))",
        1,
    ),
    ("(i64x2.splat (i64.popcnt (i64.load16_u (local.get 0))))", 2),
    (
        "(i32x4.splat (i32.mul (i32.load16_u (local.get 0)) (i32.const 77)))",
        2,
    ),
];

fn a_load_at_the_end_of_memory_touches_only_its_own_bytes(tiers: Tiers) -> Result<()> {
    let mut text = r#"(module (memory (export "m") 1)"#.to_owned();
    for (index, (expression, _)) in USES.iter().enumerate() {
        text += &format!(r#"(func (export "{index}") (param i32 v128) (result v128) {expression})"#);
    }
    text += ")";
    for level in [OptLevel::None, OptLevel::Speed] {
        for reservation in [4u64 << 30, 0] {
            let mut config = config_of(tiers);
            config.cranelift_opt_level(level).memory_reservation(reservation);
            let (mut store, instance) = instance_in(&Engine::new(&config)?, &text)?;
            let memory = instance.get_memory(&mut store, "m").context("exported")?;
            let pattern: Vec<u8> = (0..0x10000)
                .map(|at: u32| (at.wrapping_mul(37) ^ (at >> 8)) as u8)
                .collect();
            memory.write(&mut store, 0, &pattern)?;
            for (index, (expression, size)) in USES.iter().enumerate() {
                let vector = Val::V128(V128::from(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff));
                let name = index.to_string();
                let last = 0x10000 - size;
                // The same bytes in the middle of the memory have to give the same.
                let bytes = memory.data(&store)[last as usize..].to_vec();
                memory.write(&mut store, 0x8000, &bytes)?;
                let at_end = call(&mut store, instance, &name, &[Val::I32(last as i32), vector]);
                let at_end = at_end.with_context(|| format!("{expression} {level:?} {reservation}"))?;
                let inside = call(&mut store, instance, &name, &[Val::I32(0x8000), vector])?;
                assert_eq!(
                    at_end[0].unwrap_v128(),
                    inside[0].unwrap_v128(),
                    "{expression} {level:?}"
                );
                let beyond = call(&mut store, instance, &name, &[Val::I32(last as i32 + 1), vector]);
                expect_trap(beyond, Trap::MemoryOutOfBounds);
            }
        }
    }
    Ok(())
}

/// A comparison that uses two loads, of which only one may be part of it.
fn both_operands_may_be_loads(tiers: Tiers) -> Result<()> {
    let (mut store, instance) = instance_in(
        &engine_of(tiers)?,
        r#"(module (memory 1) (data (i32.const 65528) "\01\02\03\04\05\06\07\08")
            (func (export "less") (result i32)
                (i32.lt_u (i32.load8_u (i32.const 65528)) (i32.load8_u (i32.const 65535))))
            (func (export "twice") (result i32) (local i32)
                (local.set 0 (i32.load8_u (i32.const 65535)))
                (i32.store8 (i32.const 65535) (i32.const 1))
                (i32.add (local.get 0) (i32.load8_u (i32.const 65535)))))"#,
    )?;
    assert_eq!(number(&mut store, instance, "less", &[])?, 1);
    assert_eq!(number(&mut store, instance, "twice", &[])?, 9);
    Ok(())
}

/// Many vector constants in one function, and a `br_table` with thousands of targets.
fn many_constants_and_many_targets(tiers: Tiers) -> Result<()> {
    let count = 3000;
    let mut text = r#"(module (func (export "sum") (result i64) (local v128)"#.to_owned();
    for index in 0..count {
        text += &format!(
            "(local.set 0 (i64x2.add (local.get 0) (v128.const i64x2 {index} {})))",
            index * 3
        );
    }
    text += "(i64.add (i64x2.extract_lane 0 (local.get 0)) (i64x2.extract_lane 1 (local.get 0))))";
    text += r#"(func (export "switch") (param i32) (result i32)"#;
    text += &"(block ".repeat(count);
    let labels: Vec<String> = (0..count).map(|label| label.to_string()).collect();
    text += &format!("(br_table {} {} (local.get 0))", labels.join(" "), count - 1);
    for index in 0..count {
        text += &format!(") (return (i32.const {index}))");
    }
    text += "))";
    let (mut store, instance) = instance_in(&engine_of(tiers)?, &text)?;
    let sum: u64 = (0..count as u64).map(|index| index * 4).sum();
    assert_eq!(number(&mut store, instance, "sum", &[])?, sum);
    for index in [0, 1, 255, 256, 2047, 2999] {
        assert_eq!(
            number(&mut store, instance, "switch", &[Val::I32(index)])?,
            index as u64
        );
    }
    for index in [3000, 4096, i32::MAX, -1, i32::MIN] {
        assert_eq!(
            number(&mut store, instance, "switch", &[Val::I32(index)])?,
            count as u64 - 1
        );
    }
    Ok(())
}

in_tiers!(
    a_load_at_the_end_of_memory_touches_only_its_own_bytes,
    both_operands_may_be_loads,
    many_constants_and_many_targets
);
