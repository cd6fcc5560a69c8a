//! NaNs of conversions between floats: their sign and payload are up to the engine, and `wasm-smith` makes those of
//! arithmetic canonical, but not these.

use wasm_encoder::Instruction;
use wasmparser::{Operator, ValType};

/// The bits of the canonical NaN in every lane.
const NAN32: i128 = 0x7fc0_0000_7fc0_0000_7fc0_0000_7fc0_0000;
const NAN64: i128 = 0x7ff8_0000_0000_0000_7ff8_0000_0000_0000;

/// The locals that [`canonical`] needs for a body with these instructions: none if there is nothing to do, and none of a
/// type that the module may not have.
pub(super) fn locals<'a>(operators: impl Iterator<Item = Operator<'a>>) -> &'static [ValType] {
    let all = &[ValType::F32, ValType::F64, ValType::V128];
    let needed = operators.map(|operator| match operator {
        Operator::F32DemoteF64 | Operator::F64PromoteF32 => 2,
        Operator::F32x4DemoteF64x2Zero | Operator::F64x2PromoteLowF32x4 => 3,
        _ => 0,
    });
    &all[..needed.max().unwrap_or(0)]
}

/// The instructions that make the NaNs of an instruction's result canonical, with the first of the locals.
pub(super) fn canonical(operator: &Operator<'_>, locals: u32) -> Vec<Instruction<'static>> {
    let [float32, float64, vector] = [locals, locals + 1, locals + 2];
    match operator {
        Operator::F32DemoteF64 => vec![
            Instruction::LocalTee(float32),
            Instruction::F32Const(f32::from_bits(NAN32 as u32).into()),
            Instruction::LocalGet(float32),
            Instruction::LocalGet(float32),
            Instruction::F32Eq,
            Instruction::Select,
        ],
        Operator::F64PromoteF32 => vec![
            Instruction::LocalTee(float64),
            Instruction::F64Const(f64::from_bits(NAN64 as u64).into()),
            Instruction::LocalGet(float64),
            Instruction::LocalGet(float64),
            Instruction::F64Eq,
            Instruction::Select,
        ],
        Operator::F32x4DemoteF64x2Zero => lanes(vector, NAN32, Instruction::F32x4Eq),
        Operator::F64x2PromoteLowF32x4 => lanes(vector, NAN64, Instruction::F64x2Eq),
        _ => Vec::new(),
    }
}

fn lanes(local: u32, nans: i128, equal: Instruction<'static>) -> Vec<Instruction<'static>> {
    vec![
        Instruction::LocalTee(local),
        Instruction::V128Const(nans),
        Instruction::LocalGet(local),
        Instruction::LocalGet(local),
        equal,
        Instruction::V128Bitselect,
    ]
}
