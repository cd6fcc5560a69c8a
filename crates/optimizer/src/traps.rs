//! Trap kinds as Cranelift numbers them.

use cranelift_codegen::ir::TrapCode;
use transom_ops::Trap;

/// The number that instructions carry for a kind of trap.
pub const fn code(trap: Trap) -> TrapCode {
    TrapCode::unwrap_user(trap.number().get())
}

/// The kind that a number in machine code stands for. Cranelift gives some instructions, such as divisions,
/// numbers of its own.
pub fn kind(code: TrapCode) -> Option<Trap> {
    match code {
        TrapCode::STACK_OVERFLOW => Some(Trap::StackOverflow),
        TrapCode::INTEGER_OVERFLOW => Some(Trap::IntegerOverflow),
        TrapCode::HEAP_OUT_OF_BOUNDS => Some(Trap::MemoryOutOfBounds),
        TrapCode::INTEGER_DIVISION_BY_ZERO => Some(Trap::IntegerDivisionByZero),
        TrapCode::BAD_CONVERSION_TO_INTEGER => Some(Trap::BadConversionToInteger),
        user => Trap::of_number(user.as_raw()),
    }
}
