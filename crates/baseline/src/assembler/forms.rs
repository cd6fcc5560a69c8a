//! The instructions that most code consists of, which are encoded by hand: what of their bytes does not depend on operands.

use super::Condition;
use super::kinds::{Alu, Width};

/// An instruction with a register, or a part of the opcode in its place, and an operand in a register or in memory: all of it that
/// does not depend on these.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// A byte that comes first, or 0 if there is none.
    pub(super) prefix: u8,
    /// The prefix for registers, where no register needs another bit. [`REX`] is left out.
    pub(super) rex: u8,
    /// Whether the instruction is about registers of 8 bits: some exist only behind a prefix.
    pub(super) byte: bool,
    /// The opcode's bytes, the first lowest.
    pub(super) opcode: u16,
    /// In bits.
    pub(super) opcode_len: u32,
}

/// A prefix for registers that says nothing.
pub(super) const REX: u8 = 0x40;
/// The bit of that prefix for 64 bits.
const WIDE: u8 = 8;

impl Form {
    /// An instruction on 32 bits, or without such a size, with an opcode of one byte.
    pub(super) const fn long(opcode: u8) -> Form {
        Form {
            prefix: 0,
            rex: REX,
            byte: false,
            opcode: opcode as u16,
            opcode_len: 8,
        }
    }

    /// The same with an opcode of two bytes, the first of which is `0x0f`.
    const fn escaped(opcode: u8) -> Form {
        Form {
            opcode: 0x0f | (opcode as u16) << 8,
            opcode_len: 16,
            ..Form::long(opcode)
        }
    }

    const fn wide(self) -> Form {
        Form {
            rex: REX | WIDE,
            ..self
        }
    }

    const fn byte(self) -> Form {
        Form { byte: true, ..self }
    }

    const fn prefixed(self, prefix: u8) -> Form {
        Form { prefix, ..self }
    }

    /// The same on so many bits.
    #[inline]
    pub const fn of(self, width: Width) -> Form {
        match width {
            Width::W32 => self,
            Width::W64 => self.wide(),
        }
    }

    /// What an instruction of a kind does with a register and another operand.
    #[inline]
    pub const fn alu(alu: Alu) -> Form {
        Form::long(alu.number() << 3 | 3)
    }

    /// Copies if a condition holds.
    #[inline]
    pub const fn move_if(condition: Condition) -> Form {
        Form::escaped(0x40 | condition as u8)
    }
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $form:expr;)*) => {
        impl Form {
            $($(#[$doc])* pub const $name: Form = $form;)*
        }
    };
}

forms! {
    /// From a register or memory to a register, 32 bits.
    LOAD = Form::long(0x8b);
    /// From a register to memory, 32 bits.
    STORE = Form::long(0x89);
    /// 64 bits.
    LOAD64 = Form::long(0x8b).wide();
    /// 64 bits.
    STORE64 = Form::long(0x89).wide();
    /// A byte to 32 bits, with its sign.
    LOAD8S = Form::escaped(0xbe).byte();
    /// A byte to 64 bits, with its sign.
    LOAD8S64 = Form::escaped(0xbe).byte().wide();
    /// A byte, without a sign.
    LOAD8U = Form::escaped(0xb6).byte();
    /// 16 bits to 32, with their sign.
    LOAD16S = Form::escaped(0xbf);
    /// 16 bits to 64, with their sign.
    LOAD16S64 = Form::escaped(0xbf).wide();
    /// 16 bits, without a sign.
    LOAD16U = Form::escaped(0xb7);
    /// 32 bits to 64, with their sign.
    LOAD32S64 = Form::long(0x63).wide();
    /// The lowest byte of a register.
    STORE8 = Form::long(0x88).byte();
    /// The lower 16 bits of a register.
    STORE16 = Form::long(0x89).prefixed(0x66);
    /// A number of 8 bits to memory.
    STORE8_NUMBER = Form::long(0xc6).byte();
    /// A number of 16 bits to memory.
    STORE16_NUMBER = Form::long(0xc7).prefixed(0x66);
    /// A number of 32 bits to memory or a register.
    STORE_NUMBER = Form::long(0xc7);
    /// A number of 32 bits with its sign, as 64 bits.
    STORE64_NUMBER = Form::long(0xc7).wide();
    /// The address of a place in memory.
    ADDRESS = Form::long(0x8d).wide();
    /// The flags of the bits that two registers share.
    TEST = Form::long(0x85);
    /// An instruction of [`Alu`] with a number of 8 bits.
    ALU_BYTE = Form::long(0x83);
    /// The same with 32 bits.
    ALU_LONG = Form::long(0x81);
    /// A shift or rotation by a number.
    SHIFT = Form::long(0xc1);
    /// A shift or rotation by `cl`.
    SHIFT_BY_CL = Form::long(0xd3);
    /// A product.
    MULTIPLY = Form::escaped(0xaf);
    /// A product with a number of 32 bits.
    MULTIPLY_NUMBER = Form::long(0x69);
    /// All of a register for floats and vectors.
    MOVE_XMM = Form::escaped(0x28);
    /// A float of 32 bits from memory.
    LOAD_F32 = Form::escaped(0x10).prefixed(0xf3);
    /// A float of 64 bits from memory.
    LOAD_F64 = Form::escaped(0x10).prefixed(0xf2);
    /// A vector from memory.
    LOAD_V128 = Form::escaped(0x10);
    /// A float of 32 bits to memory.
    STORE_F32 = Form::escaped(0x11).prefixed(0xf3);
    /// A float of 64 bits to memory.
    STORE_F64 = Form::escaped(0x11).prefixed(0xf2);
    /// A vector to memory.
    STORE_V128 = Form::escaped(0x11);
}
