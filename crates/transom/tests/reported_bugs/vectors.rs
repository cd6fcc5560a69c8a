//! Vector instructions that code generators have got wrong when an operand was a constant: each with constants and
//! parameters in every place, against what the specification says in plain arithmetic.

use crate::support::config_of;
use transom::*;

const VECTORS: [u128; 7] = [
    0,
    0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100,
    0x8f80_7f70_1f10_0f00_ff01_fe02_fd03_fc04,
    0x8000_0000_0000_0000_7fff_ffff_ffff_ffff,
    0x0123_4567_89ab_cdef_fedc_ba98_7654_3210,
    0x1010_1010_1010_1010_8080_8080_8080_8080,
    u128::MAX,
];

/// `v128.const` of the bits.
fn constant(bits: u128) -> String {
    format!("(v128.const i64x2 {} {})", bits as u64, (bits >> 64) as u64)
}

/// Calls a function of two vectors and an integer with `body`, where each operand is a constant or a parameter.
fn check(
    body: impl Fn([&str; 3]) -> String,
    numbers: &[u32],
    expected: impl Fn(u128, u128, u32) -> u128,
) -> Result<()> {
    for (tiers, optimize) in [
        (Tiers::Optimized, OptLevel::Speed),
        (Tiers::Optimized, OptLevel::None),
        (Tiers::Baseline, OptLevel::Speed),
    ] {
        let engine = Engine::new(config_of(tiers).cranelift_opt_level(optimize))?;
        let mut text = String::from("(module\n");
        let mut cases = Vec::new();
        for (index, &first) in VECTORS.iter().enumerate() {
            for &second in &VECTORS[index % 2..] {
                for &number in numbers {
                    let places = [constant(first), constant(second), format!("(i32.const {number})")];
                    for form in 0..8 {
                        let operand = |place: usize| match form >> place & 1 {
                            0 => places[place].clone(),
                            _ => format!("(local.get {place})"),
                        };
                        let [a, b, c] = [0, 1, 2].map(operand);
                        text += &format!(
                            "(func (export \"{}\") (param v128 v128 i32) (result v128) {})\n",
                            cases.len(),
                            body([&a, &b, &c])
                        );
                        cases.push((first, second, number));
                    }
                }
            }
        }
        let module = Module::new(&engine, text + ")")?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        for (name, (first, second, number)) in cases.into_iter().enumerate() {
            let function = instance
                .get_func(&mut store, &name.to_string())
                .expect("it is exported");
            let arguments = [
                Val::V128(first.into()),
                Val::V128(second.into()),
                Val::I32(number as i32),
            ];
            let mut result = [Val::I32(0)];
            function.call(&mut store, &arguments, &mut result)?;
            let result = result[0].unwrap_v128().as_u128();
            assert_eq!(
                result,
                expected(first, second, number),
                "{} of {first:#x} {second:#x} {number}",
                body(["a", "b", "c"])
            );
        }
    }
    Ok(())
}

/// GHSA-jqwc-c49r-4w2x (2022)
#[test]
fn swizzle() -> Result<()> {
    let lanes = |a: u128, b: u128, _| {
        let (from, indices) = (a.to_le_bytes(), b.to_le_bytes());
        u128::from_le_bytes(indices.map(|index| from.get(usize::from(index)).copied().unwrap_or(0)))
    };
    check(|[a, b, _]| format!("(i8x16.swizzle {a} {b})"), &[0], lanes)
}

/// GHSA-jqwc-c49r-4w2x (2022), GHSA-xm67-587q-r2vw (2023)
#[test]
fn select() -> Result<()> {
    check(
        |[a, b, c]| format!("(select {a} {b} {c})"),
        &[0, 1, 0x8000_0000],
        |a, b, c| if c != 0 { a } else { b },
    )?;
    check(
        |[a, b, _]| format!("(v128.bitselect {a} {b} {a})"),
        &[0],
        |a, b, _| (a & a) | (b & !a),
    )?;
    check(
        |[a, b, c]| format!("(select (result v128) (i8x16.gt_s {a} {b}) (i8x16.eq {a} {b}) {c})"),
        &[0, 7],
        |a, b, c| {
            let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
            let lanes: [u8; 16] = std::array::from_fn(|lane| {
                let holds = match c {
                    0 => a[lane] == b[lane],
                    _ => (a[lane] as i8) > (b[lane] as i8),
                };
                if holds { u8::MAX } else { 0 }
            });
            u128::from_le_bytes(lanes)
        },
    )
}

/// GHSA-gw5p-q8mj-p7gh (2023)
#[test]
fn shift() -> Result<()> {
    let numbers = [0, 1, 31, 32, 33, 63, 64, 65, u32::MAX];
    let lanes = |a: u128, shift: fn(u64, u32) -> u64, number: u32| {
        let [low, high] = [a as u64, (a >> 64) as u64].map(|lane| shift(lane, number % 64));
        u128::from(high) << 64 | u128::from(low)
    };
    check(
        |[a, _, c]| format!("(i64x2.shr_s {a} {c})"),
        &numbers,
        |a, _, c| lanes(a, |lane, by| ((lane as i64) >> by) as u64, c),
    )?;
    check(
        |[a, _, c]| format!("(i64x2.shr_u {a} {c})"),
        &numbers,
        |a, _, c| lanes(a, |lane, by| lane >> by, c),
    )?;
    check(
        |[_, b, c]| format!("(i64x2.shl {b} {c})"),
        &numbers,
        |_, b, c| lanes(b, |lane, by| lane << by, c),
    )
}
