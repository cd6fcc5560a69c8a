//! Register exhaustion (wasmtime 11868): instructions that need several registers, or certain ones, while more operands are in registers
//! than there is room for. Each finds its own operands in registers, too, and leaves the others as they were.

use crate::support::*;
use transom::error::Context as _;
use transom::*;

/// Instructions that leave an `i64`, and what that is. `A` and `B` are 12 and 2 in registers, `X` and `Y` are 103 and 7 as `i64`, and
/// `F` is 3 as `f64`.
const CASES: &[(&str, i64)] = &[
    ("(i64.div_s X Y)", 14),
    ("(i64.rem_u X Y)", 5),
    ("(i64.extend_i32_s (i32.div_u A B))", 6),
    ("(i64.extend_i32_s (i32.rem_s A (i32.add B B)))", 0),
    ("(i64.shl X Y)", 103 << 7),
    ("(i64.rotr (i64.shl X Y) Y)", 103),
    ("(i64.extend_i32_u (i32.shr_u A B))", 3),
    ("(i64.mul_wide_u X Y) i64.add", 721),
    ("(i64.mul_wide_s (i64.shl X (i64.const 60)) Y) i64.xor", (1 << 60) ^ 3),
    ("(i64.add128 X Y Y X) i64.add", 220),
    ("(i64.sub128 X Y Y X) i64.sub", 96 + 96),
    (
        "(i64.store (i32.const 8) X) (i64.atomic.rmw.cmpxchg (i32.sub A (i32.const 4)) X Y)
         (i64.add (i64.load (i32.const 8)))",
        110,
    ),
    (
        "(i64.store (i32.const 16) X) (i64.atomic.rmw.and (i32.add A (i32.const 4)) Y)
         (i64.add (i64.load (i32.const 16)))",
        103 + (103 & 7),
    ),
    (
        "(i32.store (i32.const 20) A) (i64.extend_i32_u (i32.atomic.rmw8.cmpxchg_u (i32.add A (i32.const 8)) A B))
         (i64.add (i64.load8_u (i32.const 20)))",
        14,
    ),
    ("(memory.fill A B (i32.add A B)) (i64.load8_u (i32.const 25))", 2),
    (
        "(i64.store (i32.const 40) X) (memory.copy A (i32.add A (i32.const 28)) (i32.mul B (i32.const 4)))
         (i64.load (i32.const 12))",
        103,
    ),
    (
        "(i64.store (i32.const 48) Y) (memory.copy $wide 0 X (i32.mul A (i32.const 4)) A)
         (i64.load $wide (i64.const 103))",
        7,
    ),
    ("(memory.grow $wide (i64.sub Y (i64.const 7)))", 1),
    (
        "(table.init $elements A (i32.sub B (i32.const 2)) B)
         (table.fill (i32.const 0) (table.get A) B) (i64.extend_i32_u (ref.is_null (table.get (i32.const 1))))",
        0,
    ),
    (
        "(local.set $s (struct.new $box X B)) (struct.set $box 1 (local.get $s) A)
         (i64.add (i64.extend_i32_u (struct.get_u $box 1 (local.get $s))) (struct.get $box 0 (local.get $s)))",
        115,
    ),
    (
        "(local.set $l (array.new $longs X A)) (array.set $longs (local.get $l) B Y)
         (i64.add (array.get $longs (local.get $l) B) (array.get $longs (local.get $l) (i32.sub A (i32.const 1))))",
        110,
    ),
    (
        "(local.set $l (array.new_fixed $longs 3 X Y (local.get $x)))
         (array.copy $longs $longs (local.get $l) (i32.sub B B) (local.get $l) (i32.sub B (i32.const 1)) B)
         (i64.add (array.get $longs (local.get $l) (i32.const 0)) (array.get $longs (local.get $l) (i32.const 1)))",
        10,
    ),
    (
        "(i64.extend_i32_u (ref.test (ref $box) (struct.new $box X A)))",
        1,
    ),
    ("(select X Y (i32.sub A (i32.const 12)))", 7),
    ("(i64x2.extract_lane 1 (select (i64x2.splat X) (i64x2.splat Y) B))", 103),
    (
        "(i64x2.extract_lane 0 (i8x16.swizzle (i64x2.splat X) (i64x2.splat (i64.const 0x0001020300010203))))",
        0x6700_0000_6700_0000,
    ),
    (
        "(i64x2.extract_lane 1 (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (i64x2.splat X) (i64x2.splat Y)))",
        7,
    ),
    ("(i64.trunc_sat_f64_u (f64.mul F (f64.const 5)))", 15),
    ("(i64.trunc_f64_u (f64.convert_i64_u X))", 103),
    ("(i64.trunc_f64_s (f64.min F (f64.convert_i64_s Y)))", 3),
    ("(i64.trunc_f64_s (f64.copysign F (f64.const -1)))", -3),
    ("(i64.add (i64.popcnt X) (i64.clz Y))", 5 + 61),
    ("(call $five A X (f32.const 1) F (i64x2.splat Y))", 125),
    ("(call_ref $five A X (f32.const 1) F (i64x2.splat Y) (ref.func $five))", 125),
    ("(call_indirect (type $five) A X (f32.const 1) F (i64x2.splat Y) (i32.sub A (i32.const 9)))", 125),
    (
        "(i64.extend_i32_u (i8x16.bitmask (i8x16.lt_s (i64x2.splat Y) (i64x2.splat X))))",
        0x101,
    ),
    ("(i64x2.extract_lane 1 (i64x2.shr_s (i64x2.splat X) B))", 25),
    ("(i64x2.extract_lane 0 (i64x2.mul (i64x2.splat X) (i64x2.splat Y)))", 721),
];

/// A function that does it above 30 integers and 20 floats, which it checks afterwards.
fn function(index: usize, body: &str) -> String {
    let replacements = [
        ("A", "(i32.add (local.get $a) (i32.const 8))"),
        ("B", "(i32.sub (local.get $a) (i32.const 2))"),
        ("X", "(i64.add (local.get $x) (i64.const 100))"),
        ("Y", "(i64.add (local.get $x) (i64.const 4))"),
        ("F", "(f64.convert_i64_s (local.get $x))"),
    ];
    let mut body = body.to_owned();
    for (name, value) in replacements {
        for end in [' ', ')'] {
            // Twice, for those that share a space.
            for _ in 0..2 {
                body = body.replace(&format!(" {name}{end}"), &format!(" {value}{end}"));
            }
        }
    }
    let integers: String = (0..30)
        .map(|index| format!("(i64.add (local.get $x) (i64.const {index}))"))
        .collect();
    let floats: String = (0..20)
        .map(|index| format!("(f64.convert_i64_s (i64.add (local.get $x) (i64.const {index})))"))
        .collect();
    let (add_floats, add_integers) = ("f64.add ".repeat(19), "i64.add ".repeat(29));
    format!(
        r#"(func (export "{index}") (param $x i64) (result i64)
             (local $a i32) (local $result i64) (local $s (ref null $box)) (local $l (ref null $longs))
             (local.set $a (i32.add (i32.wrap_i64 (local.get $x)) (i32.const 1)))
             {integers} {floats}
             {body}
             (local.set $result)
             {add_floats} (if (f64.ne (f64.const 250)) (then (unreachable)))
             {add_integers} (if (i64.ne (i64.const 525)) (then (unreachable)))
             (local.get $result))"#
    )
}

fn instructions_above_more_operands_than_registers(tiers: Tiers) -> Result<()> {
    let functions: String = CASES
        .iter()
        .enumerate()
        .map(|(index, (body, _))| function(index, body))
        .collect();
    let text = format!(
        "(module (memory 1) (memory $wide i64 1) (table 20 funcref)
           (type $box (struct (field (mut i64)) (field (mut i8)))) (type $longs (array (mut i64)))
           (type $five (func (param i32 i64 f32 f64 v128) (result i64)))
           (elem $elements func $nothing $nothing) (elem (i32.const 3) $five)
           (func $nothing)
           (func $five (type $five)
             (i64.add (i64.add (local.get 1) (i64.extend_i32_s (local.get 0)))
               (i64.add (i64x2.extract_lane 1 (local.get 4)) (i64.trunc_f64_s (local.get 3)))))
           {functions})"
    );
    for zeal in [false, true] {
        let mut config = config_of(tiers);
        config.gc_zeal(zeal).wasm_wide_arithmetic(true);
        let (mut store, instance) = instance_in(&Engine::new(&config)?, &text)?;
        for (index, (body, expected)) in CASES.iter().enumerate() {
            let found = call(&mut store, instance, &index.to_string(), &[Val::I64(3)])
                .with_context(|| (*body).to_owned())?;
            ensure!(
                found[0].unwrap_i64() == *expected,
                "{body}: {found:?}, not {expected}"
            );
        }
    }
    Ok(())
}

in_tiers!(instructions_above_more_operands_than_registers);
