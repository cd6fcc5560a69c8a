//! Instructions whose operands are of any kind: moves of values by their class, and arithmetic on integers.

use super::kinds::{Alu, Source, Width};
use super::{Assembler, Condition, Gpr, Memory, Xmm};
use crate::op;
use cranelift_assembler_x64::{AsReg, GprMem};
use transom_layout::object::FieldClass;

macro_rules! alu {
    ($($name:ident: $rm32:ident $rm64:ident $byte32:ident $byte64:ident $long32:ident $long64:ident;)*) => {
        impl Assembler {
            /// Emits an instruction with two operands; the first is a register.
            #[inline]
            pub fn alu(&mut self, op: Alu, width: Width, to: Gpr, from: Source) {
                match from {
                    Source::Gpr(from) => self.alu_rm(op, width, to, from.into()),
                    Source::Memory(from) => self.alu_rm(op, width, to, from.into()),
                    Source::Immediate(number) => self.alu_immediate(op, width, to.into(), number),
                }
            }

            fn alu_rm(&mut self, op: Alu, width: Width, to: Gpr, from: GprMem<Gpr, Gpr>) {
                match (op, width) {
                    $((Alu::$name, Width::W32) => op!(self, $rm32, to, from),
                    (Alu::$name, Width::W64) => op!(self, $rm64, to, from),)*
                }
            }

            /// Emits an instruction with two operands; the second is a number.
            pub fn alu_immediate(&mut self, op: Alu, width: Width, to: GprMem<Gpr, Gpr>, number: i32) {
                if let Ok(byte) = i8::try_from(number) {
                    return match (op, width) {
                        $((Alu::$name, Width::W32) => op!(self, $byte32, to, byte),
                        (Alu::$name, Width::W64) => op!(self, $byte64, to, byte),)*
                    };
                }
                match (op, width) {
                    $((Alu::$name, Width::W32) => op!(self, $long32, to, number),
                    (Alu::$name, Width::W64) => op!(self, $long64, to, number),)*
                }
            }
        }
    };
}

alu! {
    Add: addl_rm addq_rm addl_mi_sxb addq_mi_sxb addl_mi addq_mi_sxl;
    Adc: adcl_rm adcq_rm adcl_mi_sxb adcq_mi_sxb adcl_mi adcq_mi_sxl;
    Sub: subl_rm subq_rm subl_mi_sxb subq_mi_sxb subl_mi subq_mi_sxl;
    Sbb: sbbl_rm sbbq_rm sbbl_mi_sxb sbbq_mi_sxb sbbl_mi sbbq_mi_sxl;
    And: andl_rm andq_rm andl_mi_sxb andq_mi_sxb andl_mi andq_mi_sxl;
    Or: orl_rm orq_rm orl_mi_sxb orq_mi_sxb orl_mi orq_mi_sxl;
    Xor: xorl_rm xorq_rm xorl_mi_sxb xorq_mi_sxb xorl_mi xorq_mi_sxl;
    Cmp: cmpl_rm cmpq_rm cmpl_mi_sxb cmpq_mi_sxb cmpl_mi cmpq_mi;
}

impl Assembler {
    /// Copies a register. Of 32 bits, the upper half of the copy is zero.
    pub fn move_gpr(&mut self, width: Width, to: Gpr, from: Gpr) {
        match width {
            Width::W32 => op!(self, movl_rm, to, from),
            Width::W64 => op!(self, movq_rm, to, from),
        }
    }

    /// Copies a register with a vector, or a float.
    pub fn move_xmm(&mut self, to: Xmm, from: Xmm) {
        op!(self, movaps_a, to, from);
    }

    /// Loads a register. Of 32 bits, the upper half is zero.
    pub fn load_gpr(&mut self, width: Width, to: Gpr, from: Memory) {
        match width {
            Width::W32 => op!(self, movl_rm, to, from),
            Width::W64 => op!(self, movq_rm, to, from),
        }
    }

    /// Stores a register.
    pub fn store_gpr(&mut self, width: Width, to: Memory, from: Gpr) {
        match width {
            Width::W32 => op!(self, movl_mr, to, from),
            Width::W64 => op!(self, movq_mr, to, from),
        }
    }

    /// Loads a float or vector.
    pub fn load_xmm(&mut self, class: FieldClass, to: Xmm, from: Memory) {
        match class {
            FieldClass::F32 => op!(self, movss_a_m, to, from),
            FieldClass::F64 => op!(self, movsd_a_m, to, from),
            _ => op!(self, movups_a, to, from),
        }
    }

    /// Stores a float or vector.
    pub fn store_xmm(&mut self, class: FieldClass, to: Memory, from: Xmm) {
        match class {
            FieldClass::F32 => op!(self, movss_c_m, to, from),
            FieldClass::F64 => op!(self, movsd_c_m, to, from),
            _ => op!(self, movups_b, to, from),
        }
    }

    /// Sets a register to a number. The flags stay as they are.
    pub fn set_gpr(&mut self, to: Gpr, bits: u64) {
        if let Ok(bits) = u32::try_from(bits) {
            op!(self, movl_oi, to, bits);
        } else if let Ok(bits) = i32::try_from(bits as i64) {
            op!(self, movq_mi_sxl, to, bits);
        } else {
            op!(self, movabsq_oi, to, bits);
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
                op!(self, movss_a_m, to, place);
            }
            _ => {
                let place = self.constant(&bits.to_le_bytes());
                op!(self, movsd_a_m, to, place);
            }
        }
    }

    /// The address of an operand in memory.
    pub fn address(&mut self, to: Gpr, of: Memory) {
        op!(self, leaq_rm, to, of);
    }

    /// Compares a register with itself: the flags say whether it is zero, and its sign.
    pub fn test(&mut self, width: Width, gpr: Gpr) {
        match width {
            Width::W32 => op!(self, testl_mr, gpr, gpr),
            Width::W64 => op!(self, testq_mr, gpr, gpr),
        }
    }

    /// Sets a register to 1 if a condition holds, and else to 0. The flags stay as they are.
    pub fn set_if(&mut self, condition: Condition, to: Gpr) {
        let number = to.enc();
        // `setcc` has a register of 8 bits, and needs a prefix for most.
        let prefix = 0x40 | number >> 3;
        let code = &mut self.code;
        code.extend_from_slice(&[prefix, 0x0f, 0x90 | condition as u8, 0xc0 | number & 7]);
        op!(self, movzbl_rm, to, to);
    }

    /// Copies a register or place if a condition holds. The flags stay as they are.
    pub fn move_if(&mut self, condition: Condition, width: Width, to: Gpr, from: GprMem<Gpr, Gpr>) {
        macro_rules! moves {
            ($($condition:ident: $long:ident $quad:ident;)*) => {
                match (condition, width) {
                    $((Condition::$condition, Width::W32) => op!(self, $long, to, from),
                    (Condition::$condition, Width::W64) => op!(self, $quad, to, from),)*
                }
            };
        }
        moves! {
            Overflow: cmovol_rm cmovoq_rm;
            NoOverflow: cmovnol_rm cmovnoq_rm;
            Below: cmovbl_rm cmovbq_rm;
            AboveOrEqual: cmovael_rm cmovaeq_rm;
            Equal: cmovel_rm cmoveq_rm;
            NotEqual: cmovnel_rm cmovneq_rm;
            BelowOrEqual: cmovbel_rm cmovbeq_rm;
            Above: cmoval_rm cmovaq_rm;
            Negative: cmovsl_rm cmovsq_rm;
            NotNegative: cmovnsl_rm cmovnsq_rm;
            Parity: cmovpl_rm cmovpq_rm;
            NoParity: cmovnpl_rm cmovnpq_rm;
            Less: cmovll_rm cmovlq_rm;
            GreaterOrEqual: cmovgel_rm cmovgeq_rm;
            LessOrEqual: cmovlel_rm cmovleq_rm;
            Greater: cmovgl_rm cmovgq_rm;
        }
    }
}
