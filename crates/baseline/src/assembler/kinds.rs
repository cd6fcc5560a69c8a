//! What instructions do, on how much, and where they read it.

use super::registers::{Gpr, Memory};
use transom_layout::object::FieldClass;

/// An instruction with two operands, whose result takes the place of the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alu {
    /// The sum.
    Add,
    /// The sum, with the carry.
    Adc,
    /// The difference.
    Sub,
    /// The difference, with the carry.
    Sbb,
    /// The bits of both.
    And,
    /// The bits of either.
    Or,
    /// The bits in which they differ.
    Xor,
    /// Nothing but the flags of the difference.
    Cmp,
}

/// A source of an instruction on integers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Source {
    /// A register.
    Gpr(Gpr),
    /// A place in memory.
    Memory(Memory),
    /// A number, which is extended with its sign.
    Immediate(i32),
}

/// How many bits of a register an instruction works on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// The lower half. A write clears the upper half.
    W32,
    /// All of it.
    W64,
}

impl Width {
    /// The bits that values of a class have in a register for integers.
    pub fn of(class: FieldClass) -> Width {
        match class {
            FieldClass::I64 | FieldClass::Function | FieldClass::F64 => Width::W64,
            _ => Width::W32,
        }
    }
}
