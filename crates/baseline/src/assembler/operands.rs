//! Instructions whose operands are of any kind: moves of values by their class, and arithmetic on integers.

use super::kinds::{Alu, Shift, Source, Width};
use super::{Assembler, Condition, Form, Gpr, Memory, Rm, Xmm};
use crate::op;
use cranelift_assembler_x64::AsReg;
use transom_layout::object::FieldClass;

impl Assembler {
    /// Emits an instruction with two operands; the first is a register.
    #[inline]
    pub fn alu(&mut self, op: Alu, width: Width, to: Gpr, from: Source) {
        let form = Form::alu(op).of(width);
        match from {
            Source::Gpr(from) => self.with_registers(form, to.enc(), from.enc()),
            Source::Memory(from) => self.with_memory(form, to.enc(), from, 0),
            Source::Immediate(number) => self.alu_immediate(op, width, to.into(), number),
        }
    }

    /// Emits an instruction with two operands; the second is a number.
    pub fn alu_immediate(&mut self, op: Alu, width: Width, to: Rm, number: i32) {
        match i8::try_from(number) {
            Ok(byte) => {
                self.with_operand_and(Form::ALU_BYTE.of(width), op.number(), to, byte.to_le_bytes());
            }
            Err(_) => {
                self.with_operand_and(Form::ALU_LONG.of(width), op.number(), to, number.to_le_bytes());
            }
        }
    }

    /// Copies a register. Of 32 bits, the upper half of the copy is zero.
    pub fn move_gpr(&mut self, width: Width, to: Gpr, from: Gpr) {
        self.with_registers(Form::LOAD.of(width), to.enc(), from.enc());
    }

    /// Copies a register with a vector, or a float.
    pub fn move_xmm(&mut self, to: Xmm, from: Xmm) {
        self.with_registers(Form::MOVE_XMM, to.enc(), from.enc());
    }

    /// Loads a register. Of 32 bits, the upper half is zero.
    pub fn load_gpr(&mut self, width: Width, to: Gpr, from: Memory) {
        self.with_memory(Form::LOAD.of(width), to.enc(), from, 0);
    }

    /// Loads a register in some other way.
    pub fn load(&mut self, form: Form, to: Gpr, from: Memory) {
        self.with_memory(form, to.enc(), from, 0);
    }

    /// Extends the lower bits of a register.
    pub fn extend(&mut self, form: Form, gpr: Gpr) {
        self.with_registers(form, gpr.enc(), gpr.enc());
    }

    /// Stores a register.
    pub fn store_gpr(&mut self, width: Width, to: Memory, from: Gpr) {
        self.with_memory(Form::STORE.of(width), from.enc(), to, 0);
    }

    /// Stores a register in some other way.
    pub fn store(&mut self, form: Form, to: Memory, from: Gpr) {
        self.with_memory(form, from.enc(), to, 0);
    }

    /// Stores a number of so many bytes.
    pub fn store_number<const LEN: usize>(&mut self, form: Form, to: Memory, number: [u8; LEN]) {
        self.with_operand_and(form, 0, to.into(), number);
    }

    /// Loads a float or vector.
    pub fn load_xmm(&mut self, class: FieldClass, to: Xmm, from: Memory) {
        let form = match class {
            FieldClass::F32 => Form::LOAD_F32,
            FieldClass::F64 => Form::LOAD_F64,
            _ => Form::LOAD_V128,
        };
        self.with_memory(form, to.enc(), from, 0);
    }

    /// Stores a float or vector.
    pub fn store_xmm(&mut self, class: FieldClass, to: Memory, from: Xmm) {
        let form = match class {
            FieldClass::F32 => Form::STORE_F32,
            FieldClass::F64 => Form::STORE_F64,
            _ => Form::STORE_V128,
        };
        self.with_memory(form, from.enc(), to, 0);
    }

    /// Sets a register to a number. The flags stay as they are.
    pub fn set_gpr(&mut self, to: Gpr, bits: u64) {
        if let Ok(bits) = u32::try_from(bits) {
            self.set_register(Width::W32, to.enc(), bits.to_le_bytes());
        } else if let Ok(bits) = i32::try_from(bits as i64) {
            self.with_operand_and(Form::STORE64_NUMBER, 0, to.into(), bits.to_le_bytes());
        } else {
            self.set_register(Width::W64, to.enc(), bits.to_le_bytes());
        }
    }

    /// Sets a register for floats and vectors to a float of a class, given by its bits.
    pub fn set_xmm(&mut self, class: FieldClass, to: Xmm, bits: u64) {
        if bits == 0 {
            return op!(self, xorps_a, to, to);
        }
        match class {
            FieldClass::F32 => {
                let place = self.constant(&(bits as u32).to_le_bytes());
                self.load_xmm(class, to, place);
            }
            _ => {
                let place = self.constant(&bits.to_le_bytes());
                self.load_xmm(FieldClass::F64, to, place);
            }
        }
    }

    /// The address of an operand in memory.
    pub fn address(&mut self, to: Gpr, of: Memory) {
        self.with_memory(Form::ADDRESS, to.enc(), of, 0);
    }

    /// Compares a register with itself: the flags say whether it is zero, and its sign.
    pub fn test(&mut self, width: Width, gpr: Gpr) {
        self.with_registers(Form::TEST.of(width), gpr.enc(), gpr.enc());
    }

    /// Sets a register to 1 if a condition holds, and else to 0. The flags stay as they are.
    pub fn set_if(&mut self, condition: Condition, to: Gpr) {
        let number = to.enc();
        // `setcc` has a register of 8 bits, and needs a prefix for most.
        let prefix = 0x40 | number >> 3;
        let set = [prefix, 0x0f, 0x90 | condition as u8, 0xc0 | number & 7];
        self.code.put(set);
        self.with_registers(Form::LOAD8U, number, number);
    }

    /// Copies a register or place if a condition holds. The flags stay as they are.
    pub fn move_if(&mut self, condition: Condition, width: Width, to: Gpr, from: Rm) {
        self.with_operand(Form::move_if(condition).of(width), to.enc(), from);
    }

    /// Multiplies a register.
    pub fn multiply(&mut self, width: Width, to: Gpr, by: Rm) {
        self.with_operand(Form::MULTIPLY.of(width), to.enc(), by);
    }

    /// Sets a register to a product with a number.
    pub fn multiply_number(&mut self, width: Width, to: Gpr, from: Rm, number: i32) {
        let form = Form::MULTIPLY_NUMBER.of(width);
        self.with_operand_and(form, to.enc(), from, number.to_le_bytes());
    }

    /// Shifts or rotates a register by a number.
    pub fn shift(&mut self, shift: Shift, width: Width, to: Gpr, amount: u8) {
        let form = Form::SHIFT.of(width);
        self.with_operand_and(form, shift.number(), to.into(), [amount]);
    }

    /// Shifts or rotates a register by `cl`.
    pub fn shift_by_cl(&mut self, shift: Shift, width: Width, to: Gpr) {
        self.with_registers(Form::SHIFT_BY_CL.of(width), shift.number(), to.enc());
    }
}
