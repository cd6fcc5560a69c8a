//! Instructions on integers.
//!
//! An operation takes the register of one operand for its result, and reads the other where it is: as a number, in a register, or in
//! memory. A comparison leaves its outcome in the flags if the next instruction branches on it.

use crate::assembler::{Alu, Condition, Form, Gpr, Rm, Shift, Source, Width, code};
use crate::emitter::{Emitter, Flags, SCRATCH};
use crate::op;
use crate::state::{Place, Popped, Register};
use transom_layout::object::FieldClass::{self, I32, I64};
use transom_ops::Trap;

/// The class of integers of a width.
fn class_of(width: Width) -> FieldClass {
    match width {
        Width::W32 => I32,
        Width::W64 => I64,
    }
}

macro_rules! rows {
    ($($visit:ident => $method:ident($($arg:expr),*);)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                self.$method($($arg),*);
            })*
        }
    };
}

use Width::{W32, W64};

rows! {
    visit_i32_add => commutative(Alu::Add, W32); visit_i64_add => commutative(Alu::Add, W64);
    visit_i32_and => commutative(Alu::And, W32); visit_i64_and => commutative(Alu::And, W64);
    visit_i32_or => commutative(Alu::Or, W32); visit_i64_or => commutative(Alu::Or, W64);
    visit_i32_xor => commutative(Alu::Xor, W32); visit_i64_xor => commutative(Alu::Xor, W64);
    visit_i32_sub => subtract(W32); visit_i64_sub => subtract(W64);
    visit_i32_mul => multiply(W32); visit_i64_mul => multiply(W64);
    visit_i32_shl => shift(Shift::Left, W32); visit_i64_shl => shift(Shift::Left, W64);
    visit_i32_shr_s => shift(Shift::Signed, W32); visit_i64_shr_s => shift(Shift::Signed, W64);
    visit_i32_shr_u => shift(Shift::Unsigned, W32); visit_i64_shr_u => shift(Shift::Unsigned, W64);
    visit_i32_rotl => shift(Shift::RotateLeft, W32); visit_i64_rotl => shift(Shift::RotateLeft, W64);
    visit_i32_rotr => shift(Shift::RotateRight, W32); visit_i64_rotr => shift(Shift::RotateRight, W64);
    visit_i32_div_s => divide(W32, true, false); visit_i64_div_s => divide(W64, true, false);
    visit_i32_div_u => divide(W32, false, false); visit_i64_div_u => divide(W64, false, false);
    visit_i32_rem_s => divide(W32, true, true); visit_i64_rem_s => divide(W64, true, true);
    visit_i32_rem_u => divide(W32, false, true); visit_i64_rem_u => divide(W64, false, true);
    visit_i32_eqz => equals_zero(W32); visit_i64_eqz => equals_zero(W64);
    visit_i32_eq => compare(Condition::Equal, W32); visit_i64_eq => compare(Condition::Equal, W64);
    visit_i32_ne => compare(Condition::NotEqual, W32); visit_i64_ne => compare(Condition::NotEqual, W64);
    visit_i32_lt_s => compare(Condition::Less, W32); visit_i64_lt_s => compare(Condition::Less, W64);
    visit_i32_lt_u => compare(Condition::Below, W32); visit_i64_lt_u => compare(Condition::Below, W64);
    visit_i32_gt_s => compare(Condition::Greater, W32); visit_i64_gt_s => compare(Condition::Greater, W64);
    visit_i32_gt_u => compare(Condition::Above, W32); visit_i64_gt_u => compare(Condition::Above, W64);
    visit_i32_le_s => compare(Condition::LessOrEqual, W32); visit_i64_le_s => compare(Condition::LessOrEqual, W64);
    visit_i32_le_u => compare(Condition::BelowOrEqual, W32); visit_i64_le_u => compare(Condition::BelowOrEqual, W64);
    visit_i32_ge_s => compare(Condition::GreaterOrEqual, W32);
    visit_i64_ge_s => compare(Condition::GreaterOrEqual, W64);
    visit_i32_ge_u => compare(Condition::AboveOrEqual, W32);
    visit_i64_ge_u => compare(Condition::AboveOrEqual, W64);
    visit_i32_clz => count(Count::LeadingZeros, W32); visit_i64_clz => count(Count::LeadingZeros, W64);
    visit_i32_ctz => count(Count::TrailingZeros, W32); visit_i64_ctz => count(Count::TrailingZeros, W64);
    visit_i32_popcnt => count(Count::Ones, W32); visit_i64_popcnt => count(Count::Ones, W64);
    visit_i32_extend8_s => extend(Extend::Byte, W32); visit_i64_extend8_s => extend(Extend::Byte, W64);
    visit_i32_extend16_s => extend(Extend::Word, W32); visit_i64_extend16_s => extend(Extend::Word, W64);
    visit_i64_extend32_s => extend(Extend::Long, W64); visit_i64_extend_i32_s => extend(Extend::Long, W64);
    visit_i64_add128 => wide_sum(Alu::Add, Alu::Adc); visit_i64_sub128 => wide_sum(Alu::Sub, Alu::Sbb);
    visit_i64_mul_wide_s => wide_product(true); visit_i64_mul_wide_u => wide_product(false);
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Count {
    LeadingZeros,
    TrailingZeros,
    Ones,
}

/// The low bits of which the sign is extended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extend {
    Byte,
    Word,
    Long,
}

impl Emitter<'_> {
    pub fn visit_i32_const(&mut self, value: i32) {
        self.push(I32, Place::Constant(u64::from(value as u32)));
    }

    pub fn visit_i64_const(&mut self, value: i64) {
        self.push(I64, Place::Constant(value as u64));
    }

    fn commutative(&mut self, alu: Alu, width: Width) {
        let (mut first, mut second) = self.pop2();
        // The one that is in a register of its own takes the result, and a constant is an immediate.
        let better = matches!(second.place, Place::Gpr(_)) && !matches!(first.place, Place::Gpr(_));
        if better || matches!(first.place, Place::Constant(_)) {
            (first, second) = (second, first);
        }
        self.two_operands(alu, width, first, second);
    }

    fn subtract(&mut self, width: Width) {
        let (first, second) = self.pop2();
        self.two_operands(Alu::Sub, width, first, second);
    }

    fn two_operands(&mut self, alu: Alu, width: Width, first: Popped, second: Popped) {
        let to = self.owned_gpr(first);
        let source = self.source(second);
        self.asm.alu(alu, width, to, source);
        self.release_source(source);
        self.push_gpr(class_of(width), to);
    }

    fn multiply(&mut self, width: Width) {
        let (mut first, mut second) = self.pop2();
        let better = matches!(second.place, Place::Gpr(_)) && !matches!(first.place, Place::Gpr(_));
        if better || matches!(first.place, Place::Constant(_)) {
            (first, second) = (second, first);
        }
        if let Source::Immediate(number) = self.constant_source(second) {
            let from = self.rm(first);
            let to = match from {
                Rm::Gpr(gpr) if self.registers.gprs.has(gpr) => gpr,
                _ => self.take_gpr(),
            };
            self.asm.multiply_number(width, to, from, number);
            return self.push_gpr(class_of(width), to);
        }
        let to = self.owned_gpr(first);
        let from = self.rm(second);
        self.asm.multiply(width, to, from);
        self.release_rm(from);
        self.push_gpr(class_of(width), to);
    }

    /// An operand as an immediate, if it is a constant that fits; otherwise some other source, which takes nothing.
    fn constant_source(&mut self, operand: Popped) -> Source {
        match operand.place {
            Place::Constant(_) => {
                let source = self.source(operand);
                self.release_source(source);
                source
            }
            _ => Source::Gpr(SCRATCH),
        }
    }

    fn shift(&mut self, shift: Shift, width: Width) {
        let (value, amount) = self.pop2();
        if let Place::Constant(bits) = amount.place {
            let mask = if width == W32 { 31 } else { 63 };
            let to = self.owned_gpr(value);
            self.asm.shift(shift, width, to, bits as u8 & mask);
            return self.push_gpr(class_of(width), to);
        }
        if self.unit.features.bmi2 && !matches!(shift, Shift::RotateLeft | Shift::RotateRight) {
            return self.shift_anywhere(shift, width, value, amount);
        }
        // The amount is in `cl`.
        let mut value = value;
        if amount.place != Place::Gpr(Gpr::RCX) {
            if value.place == Place::Gpr(Gpr::RCX) {
                let other = self.take_gpr();
                self.asm.move_gpr(width, other, Gpr::RCX);
                value.place = Place::Gpr(other);
            } else {
                self.take_this_gpr(Gpr::RCX);
            }
            self.copy_to_gpr(amount, Gpr::RCX);
            self.release(amount);
        }
        let to = self.owned_gpr(value);
        self.asm.shift_by_cl(shift, width, to);
        self.release_gpr(Gpr::RCX);
        self.push_gpr(class_of(width), to);
    }

    /// A shift by an amount in any register.
    fn shift_anywhere(&mut self, shift: Shift, width: Width, value: Popped, amount: Popped) {
        let by = self.read_gpr(amount);
        let from = self.rm(value);
        let to = match from {
            Rm::Gpr(gpr) if self.registers.gprs.has(gpr) => gpr,
            _ => self.take_gpr(),
        };
        let asm = &mut self.asm;
        match (shift, width) {
            (Shift::Left, W32) => op!(asm, shlxl_rmv, to, from, by),
            (Shift::Left, W64) => op!(asm, shlxq_rmv, to, from, by),
            (Shift::Signed, W32) => op!(asm, sarxl_rmv, to, from, by),
            (Shift::Signed, W64) => op!(asm, sarxq_rmv, to, from, by),
            (_, W32) => op!(asm, shrxl_rmv, to, from, by),
            (_, W64) => op!(asm, shrxq_rmv, to, from, by),
        }
        self.release_gpr(by);
        self.push_gpr(class_of(width), to);
    }

    /// A division takes its dividend in `rax` and `rdx`, and leaves the quotient and the remainder there.
    fn divide(&mut self, width: Width, signed: bool, remainder: bool) {
        let (dividend, divisor) = self.pop2();
        let by = self.beside_rax_and_rdx(divisor);
        self.put_dividend(width, dividend);
        let constant = matches!(divisor.place, Place::Constant(_));
        let maybe_minus_one = !constant || self.constant_source(divisor) == Source::Immediate(-1);
        let done = self.asm.label();
        if signed && maybe_minus_one {
            self.divide_by_minus_one(width, (by, remainder), done);
        }
        self.emit_division(width, signed, by);
        self.asm.bind(done);
        self.release_gpr(by);
        let (result, other) = match remainder {
            true => (Gpr::RDX, Gpr::RAX),
            false => (Gpr::RAX, Gpr::RDX),
        };
        self.release_gpr(other);
        self.push_gpr(class_of(width), result);
    }

    /// An operand in a register other than `rax` and `rdx`, which is only read and released in the end.
    fn beside_rax_and_rdx(&mut self, operand: Popped) -> Gpr {
        let fixed = Gpr::RAX.bit() | Gpr::RDX.bit();
        match (self.home_gpr(operand), operand.place) {
            (Some(home), _) => home,
            (None, Place::Gpr(gpr)) if gpr.bit() & fixed == 0 => gpr,
            _ => {
                let other = self.take_gpr_except(fixed);
                self.copy_to_gpr(operand, other);
                self.release(operand);
                other
            }
        }
    }

    /// Takes `rax` and `rdx`, and puts the dividend into `rax`.
    fn put_dividend(&mut self, width: Width, dividend: Popped) {
        match dividend.place {
            Place::Gpr(Gpr::RAX) => self.take_this_gpr(Gpr::RDX),
            Place::Gpr(Gpr::RDX) => {
                self.take_this_gpr(Gpr::RAX);
                self.asm.move_gpr(width, Gpr::RAX, Gpr::RDX);
            }
            _ => {
                self.take_this_gpr(Gpr::RAX);
                self.take_this_gpr(Gpr::RDX);
                self.copy_to_gpr(dividend, Gpr::RAX);
                self.release(dividend);
            }
        }
    }

    /// The lowest number divided by -1 has no quotient, and the processor traps for the remainder, too, which is 0.
    fn divide_by_minus_one(
        &mut self,
        width: Width,
        (by, remainder): (Gpr, bool),
        done: crate::assembler::Label,
    ) {
        let other = self.asm.label();
        self.asm.alu(Alu::Cmp, width, by, Source::Immediate(-1));
        self.asm.jump_if(Condition::NotEqual, other);
        if remainder {
            self.asm.alu(Alu::Xor, W32, Gpr::RDX, Source::Gpr(Gpr::RDX));
            self.asm.jump(done);
        } else {
            // `n - 1` overflows for the lowest number only.
            self.asm.alu(Alu::Cmp, width, Gpr::RAX, Source::Immediate(1));
            self.asm.trap_if(Condition::Overflow, Trap::IntegerOverflow);
        }
        self.asm.bind(other);
    }

    fn emit_division(&mut self, width: Width, signed: bool, by: Gpr) {
        let (asm, rax, rdx) = (&mut self.asm, Gpr::RAX, Gpr::RDX);
        let trap = code(Trap::IntegerDivisionByZero);
        match (signed, width) {
            (true, W32) => {
                op!(asm, cltd_zo, rdx, rax);
                op!(asm, idivl_m, rax, rdx, by, trap);
            }
            (true, W64) => {
                op!(asm, cqto_zo, rdx, rax);
                op!(asm, idivq_m, rax, rdx, by, trap);
            }
            (false, W32) => {
                asm.alu(Alu::Xor, W32, rdx, Source::Gpr(rdx));
                op!(asm, divl_m, rax, rdx, by, trap);
            }
            (false, W64) => {
                asm.alu(Alu::Xor, W32, rdx, Source::Gpr(rdx));
                op!(asm, divq_m, rax, rdx, by, trap);
            }
        }
    }

    fn equals_zero(&mut self, width: Width) {
        if let Some(flags) = self.flow.flags.take() {
            return self.push_flags(flags.inverted());
        }
        let operand = self.pop();
        let gpr = self.read_gpr(operand);
        self.asm.test(width, gpr);
        self.release_gpr(gpr);
        self.push_flags(Flags::If(Condition::Equal));
    }

    fn compare(&mut self, condition: Condition, width: Width) {
        let (first, second) = self.pop2();
        let gpr = self.read_gpr(first);
        if second.place == Place::Constant(0) && matches!(condition, Condition::Equal | Condition::NotEqual) {
            self.asm.test(width, gpr);
        } else {
            let source = self.source(second);
            self.asm.alu(Alu::Cmp, width, gpr, source);
            self.release_source(source);
        }
        self.release_gpr(gpr);
        self.push_flags(Flags::If(condition));
    }

    /// Counts bits. Without the instructions for it, the position of a bit is looked for, which is undefined for zero.
    fn count(&mut self, count: Count, width: Width) {
        let operand = self.pop();
        let from = self.read_gpr(operand);
        let to = self.take_gpr();
        let asm = &mut self.asm;
        let features = self.unit.features;
        match (count, width) {
            (Count::Ones, W32) => op!(asm, popcntl_rm, to, from),
            (Count::Ones, W64) => op!(asm, popcntq_rm, to, from),
            (Count::LeadingZeros, W32) if features.lzcnt => op!(asm, lzcntl_rm, to, from),
            (Count::LeadingZeros, W64) if features.lzcnt => op!(asm, lzcntq_rm, to, from),
            (Count::TrailingZeros, W32) if features.bmi1 => op!(asm, tzcntl_a, to, from),
            (Count::TrailingZeros, W64) if features.bmi1 => op!(asm, tzcntq_a, to, from),
            (Count::LeadingZeros, _) => self.scan_reverse(width, to, from),
            (Count::TrailingZeros, _) => self.scan_forward(width, to, from),
        }
        self.release_gpr(from);
        self.push_gpr(class_of(width), to);
    }

    fn scan_reverse(&mut self, width: Width, to: Gpr, from: Gpr) {
        let asm = &mut self.asm;
        let bits = if width == W32 { 32 } else { 64 };
        // Zero leads to `bits - 1 - (2 * bits - 1) ^ (bits - 1)`, that is to `bits`.
        asm.set_gpr(SCRATCH, 2 * bits - 1);
        match width {
            W32 => {
                op!(asm, bsrl_rm, to, from);
                op!(asm, cmovel_rm, to, SCRATCH);
            }
            W64 => {
                op!(asm, bsrq_rm, to, from);
                op!(asm, cmoveq_rm, to, SCRATCH);
            }
        }
        asm.alu(Alu::Xor, W32, to, Source::Immediate(bits as i32 - 1));
    }

    fn scan_forward(&mut self, width: Width, to: Gpr, from: Gpr) {
        let asm = &mut self.asm;
        match width {
            W32 => {
                asm.set_gpr(SCRATCH, 32);
                op!(asm, bsfl_rm, to, from);
                op!(asm, cmovel_rm, to, SCRATCH);
            }
            W64 => {
                asm.set_gpr(SCRATCH, 64);
                op!(asm, bsfq_rm, to, from);
                op!(asm, cmoveq_rm, to, SCRATCH);
            }
        }
    }

    fn extend(&mut self, extend: Extend, width: Width) {
        let operand = self.pop();
        let to = self.owned_gpr(operand);
        let form = match (extend, width) {
            (Extend::Byte, _) => Form::LOAD8S.of(width),
            (Extend::Word, _) => Form::LOAD16S.of(width),
            (Extend::Long, _) => Form::LOAD32S64,
        };
        self.asm.extend(form, to);
        self.push_gpr(class_of(width), to);
    }

    pub fn visit_i32_wrap_i64(&mut self) {
        let operand = self.pop();
        match operand.place {
            Place::Constant(bits) => self.push(I32, Place::Constant(u64::from(bits as u32))),
            _ => {
                let narrow = Popped {
                    class: I32,
                    ..operand
                };
                let to = self.owned_gpr(narrow);
                if operand.place == Place::Gpr(to) {
                    self.asm.move_gpr(W32, to, to);
                }
                self.push_gpr(I32, to);
            }
        }
    }

    /// The upper half of a register that holds 32 bits is zero, so nothing is to be done.
    pub fn visit_i64_extend_i32_u(&mut self) {
        let operand = self.pop();
        match operand.place {
            Place::Constant(_) | Place::Gpr(_) => self.push(I64, operand.place),
            _ => {
                let to = self.owned_gpr(operand);
                self.push_gpr(I64, to);
            }
        }
    }

    /// Sums or differences of two numbers of 128 bits, each given as its lower and its upper half.
    fn wide_sum(&mut self, low: Alu, high: Alu) {
        let (second_low, second_high) = self.pop2();
        let (first_low, first_high) = self.pop2();
        let to_low = self.owned_gpr(first_low);
        let to_high = self.owned_gpr(first_high);
        // Nothing between the two instructions may change the carry.
        let from_low = self.source(second_low);
        let from_high = self.source(second_high);
        self.asm.alu(low, W64, to_low, from_low);
        self.asm.alu(high, W64, to_high, from_high);
        self.release_source(from_low);
        self.release_source(from_high);
        self.push_gpr(I64, to_low);
        self.push_gpr(I64, to_high);
    }

    fn wide_product(&mut self, signed: bool) {
        let (first, second) = self.pop2();
        let by = self.beside_rax_and_rdx(second);
        self.put_dividend(W64, first);
        let (asm, rax, rdx) = (&mut self.asm, Gpr::RAX, Gpr::RDX);
        match signed {
            true => op!(asm, imulq_m, rax, rdx, by),
            false => op!(asm, mulq_m, rax, rdx, by),
        }
        self.release_gpr(by);
        self.push_gpr(I64, Gpr::RAX);
        self.push_gpr(I64, Gpr::RDX);
    }

    /// The topmost operand is now what the flags say. If the next instruction reads the flags, they stay as they are; otherwise 0
    /// or 1 is pushed. Only instructions of one byte may call this.
    pub fn push_flags(&mut self, flags: Flags) {
        let next = self.unit.module.bytes()[self.body.offset as usize + 1];
        // `if`, `br_if`, `select`, `i32.eqz`.
        if matches!(next, 0x04 | 0x0d | 0x1b | 0x45) && !self.unit.tunables.consume_fuel {
            self.flow.flags = Some(flags);
            return;
        }
        let gpr = self.take_gpr();
        self.set_to_flags(flags, gpr);
        self.push_gpr(I32, gpr);
    }

    /// Sets a register to 0 or 1.
    pub fn set_to_flags(&mut self, flags: Flags, to: Gpr) {
        let asm = &mut self.asm;
        match flags {
            Flags::If(condition) => asm.set_if(condition, to),
            Flags::FloatsEqual => {
                asm.set_if(Condition::NoParity, SCRATCH);
                asm.set_if(Condition::Equal, to);
                asm.alu(Alu::And, W32, to, Source::Gpr(SCRATCH));
            }
            Flags::FloatsDiffer => {
                asm.set_if(Condition::Parity, SCRATCH);
                asm.set_if(Condition::NotEqual, to);
                asm.alu(Alu::Or, W32, to, Source::Gpr(SCRATCH));
            }
        }
    }

    /// The condition on the stack: what the flags say, or whether the topmost operand is not zero.
    pub fn pop_condition(&mut self) -> Flags {
        if let Some(flags) = self.flow.flags.take() {
            return flags;
        }
        let operand = self.pop();
        let gpr = self.read_gpr(operand);
        self.asm.test(W32, gpr);
        self.release_gpr(gpr);
        Flags::If(Condition::NotEqual)
    }

    /// Jumps if the flags say so.
    pub fn jump_if(&mut self, flags: Flags, label: crate::assembler::Label) {
        match flags {
            Flags::If(condition) => self.asm.jump_if(condition, label),
            Flags::FloatsEqual => {
                let not = self.asm.label();
                self.asm.jump_if(Condition::Parity, not);
                self.asm.jump_if(Condition::Equal, label);
                self.asm.bind(not);
            }
            Flags::FloatsDiffer => {
                self.asm.jump_if(Condition::Parity, label);
                self.asm.jump_if(Condition::NotEqual, label);
            }
        }
    }
}
