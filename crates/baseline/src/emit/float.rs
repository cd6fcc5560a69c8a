//! Instructions on floats, and conversions.

use crate::assembler::{Alu, Condition, Gpr, Source, Width, Xmm};
use crate::emitter::{Emitter, Flags, SCRATCH, SCRATCH_XMM};
use crate::op;
use crate::state::{Place, Popped};
use Width::{W32, W64};
use transom_layout::object::FieldClass::{self, F32, F64, I32, I64};
use transom_module::wasmparser::{Ieee32, Ieee64};
use transom_ops::Trap;

macro_rules! rows {
    ($($visit:ident => $method:ident($($arg:expr),*);)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                self.$method($($arg),*);
            })*
        }
    };
}

rows! {
    visit_f32_add => arithmetic(Float::Add, F32); visit_f64_add => arithmetic(Float::Add, F64);
    visit_f32_sub => arithmetic(Float::Sub, F32); visit_f64_sub => arithmetic(Float::Sub, F64);
    visit_f32_mul => arithmetic(Float::Mul, F32); visit_f64_mul => arithmetic(Float::Mul, F64);
    visit_f32_div => arithmetic(Float::Div, F32); visit_f64_div => arithmetic(Float::Div, F64);
    visit_f32_sqrt => square_root(F32); visit_f64_sqrt => square_root(F64);
    visit_f32_ceil => round(2, F32); visit_f64_ceil => round(2, F64);
    visit_f32_floor => round(1, F32); visit_f64_floor => round(1, F64);
    visit_f32_trunc => round(3, F32); visit_f64_trunc => round(3, F64);
    visit_f32_nearest => round(0, F32); visit_f64_nearest => round(0, F64);
    visit_f32_abs => change_sign(Sign::Clear, F32); visit_f64_abs => change_sign(Sign::Clear, F64);
    visit_f32_neg => change_sign(Sign::Flip, F32); visit_f64_neg => change_sign(Sign::Flip, F64);
    visit_f32_copysign => copy_sign(F32); visit_f64_copysign => copy_sign(F64);
    visit_f32_min => extreme(false, F32); visit_f64_min => extreme(false, F64);
    visit_f32_max => extreme(true, F32); visit_f64_max => extreme(true, F64);
    visit_f32_eq => compare_floats(Flags::FloatsEqual, F32); visit_f64_eq => compare_floats(Flags::FloatsEqual, F64);
    visit_f32_ne => compare_floats(Flags::FloatsDiffer, F32); visit_f64_ne => compare_floats(Flags::FloatsDiffer, F64);
    visit_f32_gt => compare_floats(ABOVE, F32); visit_f64_gt => compare_floats(ABOVE, F64);
    visit_f32_ge => compare_floats(ABOVE_OR_EQUAL, F32); visit_f64_ge => compare_floats(ABOVE_OR_EQUAL, F64);
    visit_f32_lt => compare_swapped(ABOVE, F32); visit_f64_lt => compare_swapped(ABOVE, F64);
    visit_f32_le => compare_swapped(ABOVE_OR_EQUAL, F32); visit_f64_le => compare_swapped(ABOVE_OR_EQUAL, F64);
    visit_i32_trunc_f32_s => truncate((F32, I32), true, true); visit_i32_trunc_f32_u => truncate((F32, I32), false, true);
    visit_i32_trunc_f64_s => truncate((F64, I32), true, true); visit_i32_trunc_f64_u => truncate((F64, I32), false, true);
    visit_i64_trunc_f32_s => truncate((F32, I64), true, true); visit_i64_trunc_f32_u => truncate((F32, I64), false, true);
    visit_i64_trunc_f64_s => truncate((F64, I64), true, true); visit_i64_trunc_f64_u => truncate((F64, I64), false, true);
    visit_i32_trunc_sat_f32_s => truncate((F32, I32), true, false);
    visit_i32_trunc_sat_f32_u => truncate((F32, I32), false, false);
    visit_i32_trunc_sat_f64_s => truncate((F64, I32), true, false);
    visit_i32_trunc_sat_f64_u => truncate((F64, I32), false, false);
    visit_i64_trunc_sat_f32_s => truncate((F32, I64), true, false);
    visit_i64_trunc_sat_f32_u => truncate((F32, I64), false, false);
    visit_i64_trunc_sat_f64_s => truncate((F64, I64), true, false);
    visit_i64_trunc_sat_f64_u => truncate((F64, I64), false, false);
    visit_f32_convert_i32_s => convert((I32, F32), true); visit_f32_convert_i32_u => convert((I32, F32), false);
    visit_f32_convert_i64_s => convert((I64, F32), true); visit_f32_convert_i64_u => convert((I64, F32), false);
    visit_f64_convert_i32_s => convert((I32, F64), true); visit_f64_convert_i32_u => convert((I32, F64), false);
    visit_f64_convert_i64_s => convert((I64, F64), true); visit_f64_convert_i64_u => convert((I64, F64), false);
    visit_i32_reinterpret_f32 => reinterpret_as_integer(F32, I32);
    visit_i64_reinterpret_f64 => reinterpret_as_integer(F64, I64);
    visit_f32_reinterpret_i32 => reinterpret_as_float(I32, F32);
    visit_f64_reinterpret_i64 => reinterpret_as_float(I64, F64);
}

const ABOVE: Flags = Flags::If(Condition::Above);
const ABOVE_OR_EQUAL: Flags = Flags::If(Condition::AboveOrEqual);

/// Arithmetic on two floats.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Float {
    Add,
    Sub,
    Mul,
    Div,
}

/// What becomes of the sign of a float.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Clear,
    Flip,
}

impl Emitter<'_> {
    pub fn visit_f32_const(&mut self, value: Ieee32) {
        self.push(F32, Place::Constant(u64::from(value.bits())));
    }

    pub fn visit_f64_const(&mut self, value: Ieee64) {
        self.push(F64, Place::Constant(value.bits()));
    }

    fn arithmetic(&mut self, float: Float, class: FieldClass) {
        let (mut first, mut second) = self.pop2();
        let commutes = matches!(float, Float::Add | Float::Mul);
        // NaNs come from the first operand; which one it is makes no difference that a program may rely on.
        if commutes && matches!(second.place, Place::Xmm(_)) && !matches!(first.place, Place::Xmm(_)) {
            (first, second) = (second, first);
        }
        let to = self.owned_xmm(first);
        let from = self.xmm_rm(second);
        let asm = &mut self.asm;
        match (float, class) {
            (Float::Add, F32) => op!(asm, addss_a, to, from),
            (Float::Add, _) => op!(asm, addsd_a, to, from),
            (Float::Sub, F32) => op!(asm, subss_a, to, from),
            (Float::Sub, _) => op!(asm, subsd_a, to, from),
            (Float::Mul, F32) => op!(asm, mulss_a, to, from),
            (Float::Mul, _) => op!(asm, mulsd_a, to, from),
            (Float::Div, F32) => op!(asm, divss_a, to, from),
            (Float::Div, _) => op!(asm, divsd_a, to, from),
        }
        self.release_xmm_rm(from);
        self.push_arithmetic(class, to);
    }

    /// Pushes the result of arithmetic, which is the canonical NaN if it is NaN and the engine asks for that.
    fn push_arithmetic(&mut self, class: FieldClass, xmm: Xmm) {
        if self.unit.tunables.canonical_nans {
            let number = self.asm.label();
            self.compare_xmm(class, xmm, xmm);
            self.asm.jump_if(Condition::NoParity, number);
            self.set_canonical_nan(class, xmm);
            self.asm.bind(number);
        }
        self.push_xmm(class, xmm);
    }

    fn set_canonical_nan(&mut self, class: FieldClass, xmm: Xmm) {
        let bits = match class {
            F32 => u64::from(0x7fc0_0000_u32),
            _ => 0x7ff8_0000_0000_0000,
        };
        self.asm.set_xmm(class, xmm, bits);
    }

    fn square_root(&mut self, class: FieldClass) {
        let operand = self.pop();
        let to = self.owned_xmm(operand);
        match class {
            F32 => op!(&mut self.asm, sqrtss_a, to, to),
            _ => op!(&mut self.asm, sqrtsd_a, to, to),
        }
        self.push_arithmetic(class, to);
    }

    fn round(&mut self, mode: u8, class: FieldClass) {
        let operand = self.pop();
        let to = self.owned_xmm(operand);
        // Without an exception for results that are not exact.
        let mode = mode | 8;
        match class {
            F32 => op!(&mut self.asm, roundss_rmi, to, to, mode),
            _ => op!(&mut self.asm, roundsd_rmi, to, to, mode),
        }
        self.push_arithmetic(class, to);
    }

    /// A constant whose lanes of a class are all the same, as an operand.
    fn lanes(&mut self, class: FieldClass, bits: u64) -> crate::assembler::Memory {
        let lane = match class {
            F32 => bits | bits << 32,
            _ => bits,
        };
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&lane.to_le_bytes());
        bytes[8..].copy_from_slice(&lane.to_le_bytes());
        self.asm.constant(&bytes)
    }

    fn sign_bit(class: FieldClass) -> u64 {
        match class {
            F32 => 1 << 31,
            _ => 1 << 63,
        }
    }

    fn change_sign(&mut self, sign: Sign, class: FieldClass) {
        let operand = self.pop();
        let to = self.owned_xmm(operand);
        let bit = Self::sign_bit(class);
        match sign {
            Sign::Clear => {
                let all = if class == F32 {
                    u64::from(u32::MAX)
                } else {
                    u64::MAX
                };
                let mask = self.lanes(class, all & !bit);
                op!(&mut self.asm, andps_a, to, mask);
            }
            Sign::Flip => {
                let mask = self.lanes(class, bit);
                op!(&mut self.asm, xorps_a, to, mask);
            }
        }
        self.push_xmm(class, to);
    }

    fn copy_sign(&mut self, class: FieldClass) {
        let (first, second) = self.pop2();
        let to = self.owned_xmm(first);
        let sign = self.owned_xmm(second);
        let mask = self.lanes(class, Self::sign_bit(class));
        op!(&mut self.asm, andps_a, sign, mask);
        op!(&mut self.asm, movaps_a, SCRATCH_XMM, mask);
        // `not mask and value`.
        op!(&mut self.asm, andnps_a, SCRATCH_XMM, to);
        op!(&mut self.asm, orps_a, sign, SCRATCH_XMM);
        self.release_xmm(to);
        self.push_xmm(class, sign);
    }

    /// The flags of a comparison of two floats: the processor sets them as for unsigned numbers, and parity if one is NaN.
    fn compare_xmm(&mut self, class: FieldClass, first: Xmm, second: Xmm) {
        match class {
            F32 => op!(&mut self.asm, ucomiss_a, first, second),
            _ => op!(&mut self.asm, ucomisd_a, first, second),
        }
    }

    /// The minimum or maximum. The processor's instructions give the second operand where one is NaN or both are zero, so these
    /// cases are told apart.
    fn extreme(&mut self, max: bool, class: FieldClass) {
        let (first, second) = self.pop2();
        let to = self.owned_xmm(first);
        let other = self.read_xmm(second);
        let (differ, nan, done) = (self.asm.label(), self.asm.label(), self.asm.label());
        self.compare_xmm(class, to, other);
        self.asm.jump_if(Condition::NotEqual, differ);
        self.asm.jump_if(Condition::Parity, nan);
        // Equal, so only their signs may differ.
        match max {
            true => op!(&mut self.asm, andps_a, to, other),
            false => op!(&mut self.asm, orps_a, to, other),
        }
        self.asm.jump(done);
        self.asm.bind(nan);
        // A sum with NaN is NaN, and quiet.
        match class {
            F32 => op!(&mut self.asm, addss_a, to, other),
            _ => op!(&mut self.asm, addsd_a, to, other),
        }
        self.asm.jump(done);
        self.asm.bind(differ);
        match (max, class) {
            (true, F32) => op!(&mut self.asm, maxss_a, to, other),
            (true, _) => op!(&mut self.asm, maxsd_a, to, other),
            (false, F32) => op!(&mut self.asm, minss_a, to, other),
            (false, _) => op!(&mut self.asm, minsd_a, to, other),
        }
        self.asm.bind(done);
        self.release_xmm(other);
        self.push_arithmetic(class, to);
    }

    fn compare_floats(&mut self, flags: Flags, class: FieldClass) {
        let (first, second) = self.pop2();
        self.compare_operands(flags, class, first, second);
    }

    /// `first < second` is `second > first`, which is false for NaN in one look at the flags.
    fn compare_swapped(&mut self, flags: Flags, class: FieldClass) {
        let (first, second) = self.pop2();
        self.compare_operands(flags, class, second, first);
    }

    fn compare_operands(&mut self, flags: Flags, class: FieldClass, first: Popped, second: Popped) {
        let xmm = self.read_xmm(first);
        let from = self.xmm_rm(second);
        match class {
            F32 => op!(&mut self.asm, ucomiss_a, xmm, from),
            _ => op!(&mut self.asm, ucomisd_a, xmm, from),
        }
        self.release_xmm(xmm);
        self.release_xmm_rm(from);
        self.push_flags(flags);
    }

    pub fn visit_f32_demote_f64(&mut self) {
        let operand = self.pop();
        let to = self.owned_xmm(operand);
        op!(&mut self.asm, cvtsd2ss_a, to, to);
        self.push_arithmetic(F32, to);
    }

    pub fn visit_f64_promote_f32(&mut self) {
        let operand = self.pop();
        let to = self.owned_xmm(operand);
        op!(&mut self.asm, cvtss2sd_a, to, to);
        self.push_arithmetic(F64, to);
    }

    fn reinterpret_as_integer(&mut self, from: FieldClass, to: FieldClass) {
        let operand = self.pop();
        match operand.place {
            Place::Constant(_) => self.push(to, operand.place),
            Place::Xmm(xmm) => {
                let gpr = self.take_gpr();
                match from {
                    F32 => op!(&mut self.asm, movd_b, gpr, xmm),
                    _ => op!(&mut self.asm, movq_b, gpr, xmm),
                }
                self.release_xmm(xmm);
                self.push_gpr(to, gpr);
            }
            _ => match self.home_xmm(operand) {
                Some(xmm) => {
                    let gpr = self.take_gpr();
                    match from {
                        F32 => op!(&mut self.asm, movd_b, gpr, xmm),
                        _ => op!(&mut self.asm, movq_b, gpr, xmm),
                    }
                    self.push_gpr(to, gpr);
                }
                None => {
                    let operand = Popped { class: to, ..operand };
                    let gpr = self.owned_gpr(operand);
                    self.push_gpr(to, gpr);
                }
            },
        }
    }

    fn reinterpret_as_float(&mut self, from: FieldClass, to: FieldClass) {
        let operand = self.pop();
        if let Place::Constant(_) = operand.place {
            return self.push(to, operand.place);
        }
        let gpr = self.read_gpr(operand);
        let xmm = self.take_xmm();
        match from {
            I32 => op!(&mut self.asm, movd_a, xmm, gpr),
            _ => op!(&mut self.asm, movq_a, xmm, gpr),
        }
        self.release_gpr(gpr);
        self.push_xmm(to, xmm);
    }

    fn convert(&mut self, (from, to): (FieldClass, FieldClass), signed: bool) {
        let operand = self.pop();
        let xmm = self.take_xmm();
        // The instructions below keep the other lanes, and would wait for them.
        op!(&mut self.asm, xorps_a, xmm, xmm);
        let gpr = self.owned_gpr(operand);
        if from == I64 && !signed {
            self.convert_unsigned(to, xmm, gpr);
        } else {
            // An unsigned number of 32 bits is a positive one of 64.
            let width = if from == I32 && signed { W32 } else { W64 };
            self.convert_signed(width, to, xmm, gpr);
        }
        self.release_gpr(gpr);
        self.push_xmm(to, xmm);
    }

    fn convert_signed(&mut self, width: Width, to: FieldClass, xmm: Xmm, gpr: Gpr) {
        let asm = &mut self.asm;
        match (width, to) {
            (W32, F32) => op!(asm, cvtsi2ssl_a, xmm, gpr),
            (W32, _) => op!(asm, cvtsi2sdl_a, xmm, gpr),
            (W64, F32) => op!(asm, cvtsi2ssq_a, xmm, gpr),
            (W64, _) => op!(asm, cvtsi2sdq_a, xmm, gpr),
        }
    }

    /// An unsigned number with its highest bit set is halved, keeping in its lowest bit whether anything was lost, and the result
    /// is doubled.
    fn convert_unsigned(&mut self, to: FieldClass, xmm: Xmm, gpr: Gpr) {
        let (large, done) = (self.asm.label(), self.asm.label());
        self.asm.test(W64, gpr);
        self.asm.jump_if(Condition::Negative, large);
        self.convert_signed(W64, to, xmm, gpr);
        self.asm.jump(done);
        self.asm.bind(large);
        self.asm.move_gpr(W64, SCRATCH, gpr);
        op!(&mut self.asm, shrq_mi, gpr, 1u8);
        self.asm.alu(Alu::And, W32, SCRATCH, Source::Immediate(1));
        self.asm.alu(Alu::Or, W64, gpr, Source::Gpr(SCRATCH));
        self.convert_signed(W64, to, xmm, gpr);
        match to {
            F32 => op!(&mut self.asm, addss_a, xmm, xmm),
            _ => op!(&mut self.asm, addsd_a, xmm, xmm),
        }
        self.asm.bind(done);
    }

    /// A float becomes an integer. If it does not fit, that traps or saturates.
    fn truncate(&mut self, (from, to): (FieldClass, FieldClass), signed: bool, traps: bool) {
        let operand = self.pop();
        let xmm = self.owned_xmm(operand);
        let gpr = self.take_gpr();
        let bounds = Bounds::of(from, to, signed);
        if signed && traps {
            self.truncate_or_trap(from, to, (xmm, gpr), bounds);
        } else if traps {
            self.check_range(from, xmm, bounds);
            self.truncate_unsigned(from, to, xmm, gpr);
        } else {
            self.saturate(from, (to, signed), (xmm, gpr), bounds);
        }
        self.release_xmm(xmm);
        self.push_gpr(to, gpr);
    }

    fn truncate_signed(&mut self, from: FieldClass, width: Width, xmm: Xmm, gpr: Gpr) {
        let asm = &mut self.asm;
        match (from, width) {
            (F32, W32) => op!(asm, cvttss2si_a, gpr, xmm),
            (F32, W64) => op!(asm, cvttss2si_aq, gpr, xmm),
            (_, W32) => op!(asm, cvttsd2si_a, gpr, xmm),
            (_, W64) => op!(asm, cvttsd2si_aq, gpr, xmm),
        }
    }

    /// What does not fit gives the lowest number. So only if that comes out the float is looked at.
    fn truncate_or_trap(&mut self, from: FieldClass, to: FieldClass, (xmm, gpr): (Xmm, Gpr), bounds: Bounds) {
        let width = Width::of(to);
        self.truncate_signed(from, width, xmm, gpr);
        let fits = self.asm.label();
        self.asm.alu(Alu::Cmp, width, gpr, Source::Immediate(1));
        self.asm.jump_if(Condition::NoOverflow, fits);
        self.check_range(from, xmm, bounds);
        self.asm.bind(fits);
    }

    /// Traps unless a float is inside of bounds.
    fn check_range(&mut self, class: FieldClass, xmm: Xmm, bounds: Bounds) {
        self.asm.set_xmm(class, SCRATCH_XMM, bounds.low);
        self.compare_xmm(class, xmm, SCRATCH_XMM);
        self.asm.trap_if(Condition::Parity, Trap::BadConversionToInteger);
        let below = match bounds.includes_low {
            true => Condition::Below,
            false => Condition::BelowOrEqual,
        };
        self.asm.trap_if(below, Trap::IntegerOverflow);
        self.asm.set_xmm(class, SCRATCH_XMM, bounds.high);
        self.compare_xmm(class, xmm, SCRATCH_XMM);
        self.asm.trap_if(Condition::AboveOrEqual, Trap::IntegerOverflow);
    }

    /// An unsigned integer of a float inside of its bounds.
    fn truncate_unsigned(&mut self, from: FieldClass, to: FieldClass, xmm: Xmm, gpr: Gpr) {
        if to == I32 {
            self.truncate_signed(from, W64, xmm, gpr);
            // The upper half of a small negative fraction's result is zero, as of all others.
            return self.asm.move_gpr(W32, gpr, gpr);
        }
        let (large, done) = (self.asm.label(), self.asm.label());
        let two_to_63 = power_of_two(from, 63);
        self.asm.set_xmm(from, SCRATCH_XMM, two_to_63);
        self.compare_xmm(from, xmm, SCRATCH_XMM);
        self.asm.jump_if(Condition::AboveOrEqual, large);
        self.truncate_signed(from, W64, xmm, gpr);
        self.asm.jump(done);
        self.asm.bind(large);
        match from {
            F32 => op!(&mut self.asm, subss_a, xmm, SCRATCH_XMM),
            _ => op!(&mut self.asm, subsd_a, xmm, SCRATCH_XMM),
        }
        self.truncate_signed(from, W64, xmm, gpr);
        self.asm.set_gpr(SCRATCH, 1 << 63);
        self.asm.alu(Alu::Xor, W64, gpr, Source::Gpr(SCRATCH));
        self.asm.bind(done);
    }

    /// An integer of a float, or 0 for NaN, or the lowest or highest integer for what is outside of the bounds.
    fn saturate(
        &mut self,
        from: FieldClass,
        (to, signed): (FieldClass, bool),
        (xmm, gpr): (Xmm, Gpr),
        bounds: Bounds,
    ) {
        let (high, low, done) = (self.asm.label(), self.asm.label(), self.asm.label());
        let width = Width::of(to);
        // Both bounds lead to where NaN goes, too: it is below everything.
        self.asm.set_xmm(from, SCRATCH_XMM, bounds.high);
        self.compare_xmm(from, SCRATCH_XMM, xmm);
        self.asm.jump_if(Condition::BelowOrEqual, high);
        self.asm.set_xmm(from, SCRATCH_XMM, bounds.low);
        self.compare_xmm(from, xmm, SCRATCH_XMM);
        let below = match bounds.includes_low {
            true => Condition::Below,
            false => Condition::BelowOrEqual,
        };
        self.asm.jump_if(below, low);
        match signed {
            true => self.truncate_signed(from, width, xmm, gpr),
            false => self.truncate_unsigned(from, to, xmm, gpr),
        }
        self.asm.jump(done);
        let (lowest, highest) = match (to, signed) {
            (I32, true) => (u64::from(i32::MIN as u32), i32::MAX as u64),
            (I32, false) => (0, u64::from(u32::MAX)),
            (_, true) => (i64::MIN as u64, i64::MAX as u64),
            (_, false) => (0, u64::MAX),
        };
        self.asm.bind(high);
        let nan = self.asm.label();
        self.asm.jump_if(Condition::Parity, nan);
        self.asm.set_gpr(gpr, highest);
        self.asm.jump(done);
        self.asm.bind(nan);
        self.asm.set_gpr(gpr, 0);
        self.asm.jump(done);
        self.asm.bind(low);
        self.asm.set_gpr(gpr, lowest);
        self.asm.bind(done);
    }
}

/// Which floats fit in an integer: those above `low` and below `high`.
#[derive(Clone, Copy)]
struct Bounds {
    low: u64,
    high: u64,
    /// Whether `low` itself fits.
    includes_low: bool,
}

impl Bounds {
    fn of(from: FieldClass, to: FieldClass, signed: bool) -> Bounds {
        let bits = if to == I32 { 32 } else { 64 };
        let minus = match from {
            F32 => 1 << 31,
            _ => 1 << 63,
        };
        let high = power_of_two(from, if signed { bits - 1 } else { bits });
        if !signed {
            return Bounds {
                low: power_of_two(from, 0) | minus,
                high,
                includes_low: false,
            };
        }
        if from == F64 && to == I32 {
            // Between the lowest number and the next lower one there are floats, which fit.
            return Bounds {
                low: (-2147483649.0_f64).to_bits(),
                high,
                includes_low: false,
            };
        }
        Bounds {
            low: high | minus,
            high,
            includes_low: true,
        }
    }
}

/// The bits of a power of two.
fn power_of_two(class: FieldClass, exponent: u32) -> u64 {
    match class {
        F32 => u64::from((127 + exponent) << 23),
        _ => u64::from(1023 + exponent) << 52,
    }
}
