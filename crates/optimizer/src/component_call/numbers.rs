//! Numbers that are values of their types.

use super::control::refuse_if;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use cranelift_frontend::FunctionBuilder;
use transom_code::Number;

/// A number that is passed: one of its type, or none, and then the slow way is taken.
pub(super) fn checked(builder: &mut FunctionBuilder<'_>, number: Number, value: Value, slow: Block) -> Value {
    match number {
        Number::Char => {
            // Both ranges of what is no character end up above those of the characters that are moved down.
            let moved = builder.ins().bxor_imm_u(value, 0xd800);
            let moved = builder.ins().iadd_imm_s(moved, -0x800);
            let wrong = builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, moved, 0x10_f800);
            refuse_if(builder, wrong, slow);
            value
        }
        Number::Case(count) => {
            let wrong = builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, value, i64::from(count));
            refuse_if(builder, wrong, slow);
            value
        }
        _ => whole(builder, number, value),
    }
}

/// A number of a type that each number can be made one of.
pub(super) fn whole(builder: &mut FunctionBuilder<'_>, number: Number, value: Value) -> Value {
    let narrow = |builder: &mut FunctionBuilder<'_>, ty, is_signed| {
        let part = builder.ins().ireduce(ty, value);
        match is_signed {
            true => builder.ins().sextend(types::I32, part),
            false => builder.ins().uextend(types::I32, part),
        }
    };
    match number {
        Number::Bool => {
            let is_true = builder.ins().icmp_imm_u(IntCC::NotEqual, value, 0);
            builder.ins().uextend(types::I32, is_true)
        }
        Number::U8 => narrow(builder, types::I8, false),
        Number::U16 => narrow(builder, types::I16, false),
        Number::S8 => narrow(builder, types::I8, true),
        Number::S16 => narrow(builder, types::I16, true),
        Number::Flags(count) if count < 32 => builder.ins().band_imm_u(value, (1 << count) - 1),
        _ => value,
    }
}
