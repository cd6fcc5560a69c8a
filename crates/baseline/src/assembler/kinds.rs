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

impl Alu {
    /// Its number in instructions.
    pub const fn number(self) -> u8 {
        match self {
            Alu::Add => 0,
            Alu::Or => 1,
            Alu::Adc => 2,
            Alu::Sbb => 3,
            Alu::And => 4,
            Alu::Sub => 5,
            Alu::Xor => 6,
            Alu::Cmp => 7,
        }
    }
}

/// A shift or rotation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shift {
    /// To the left.
    Left,
    /// To the right, with copies of the sign.
    Signed,
    /// To the right, with zeros.
    Unsigned,
    /// To the left, with the bits that leave on the other side.
    RotateLeft,
    /// The same to the right.
    RotateRight,
}

impl Shift {
    /// Its number in instructions.
    pub const fn number(self) -> u8 {
        match self {
            Shift::RotateLeft => 0,
            Shift::RotateRight => 1,
            Shift::Left => 4,
            Shift::Unsigned => 5,
            Shift::Signed => 7,
        }
    }
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
