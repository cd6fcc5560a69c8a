//! Vector instructions on integers, and on all bits.
//!
//! The instructions of the processor write their first operand. Vectors in memory need not be aligned, which these instructions want,
//! so both operands are in registers; constants are aligned.

use crate::assembler::{Condition, Gpr, Memory, Width, Xmm};
use crate::emitter::{Emitter, Flags, SCRATCH_XMM};
use crate::op;
use crate::state::{Place, Popped};
use transom_layout::object::FieldClass::{I32, V128};

/// Lanes of integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lanes {
    I8,
    I16,
    I32,
    I64,
}

/// Instructions whose first operand takes the result. If the order of operands does not matter, either may be the first.
macro_rules! binary {
    ($($visit:ident => $inst:ident $commutes:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let (to, from) = self.pop2_vectors($commutes);
                op!(&mut self.asm, $inst, to, from);
                self.release_xmm(from);
                self.push_xmm(V128, to);
            })*
        }
    };
}

/// The same with the operands exchanged.
macro_rules! swapped {
    ($($visit:ident => $inst:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let (to, from) = self.pop2_swapped();
                op!(&mut self.asm, $inst, to, from);
                self.release_xmm(from);
                self.push_xmm(V128, to);
            })*
        }
    };
}

/// Instructions on one vector.
macro_rules! unary {
    ($($visit:ident => $inst:ident $(, $number:expr)?;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let to = self.pop_vector();
                op!(&mut self.asm, $inst, to, to $(, $number)?);
                self.push_xmm(V128, to);
            })*
        }
    };
}

/// Comparisons whose outcome is inverted.
macro_rules! inverted {
    ($($visit:ident => $pop:ident($($arg:expr)?) $inst:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let (to, from) = self.$pop($($arg)?);
                op!(&mut self.asm, $inst, to, from);
                self.release_xmm(from);
                self.invert(to);
                self.push_xmm(V128, to);
            })*
        }
    };
}

/// Unsigned comparisons: the maximum or minimum of both is the first, or is not.
macro_rules! unsigned {
    ($($visit:ident => $extreme:ident $equal:ident $inverted:literal;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let (to, from) = self.pop2_vectors(false);
                op!(&mut self.asm, movaps_a, SCRATCH_XMM, to);
                op!(&mut self.asm, $extreme, to, from);
                op!(&mut self.asm, $equal, to, SCRATCH_XMM);
                self.release_xmm(from);
                if $inverted {
                    self.invert(to);
                }
                self.push_xmm(V128, to);
            })*
        }
    };
}

/// Instructions made of several, each by a method.
macro_rules! composed {
    ($($visit:ident => $method:ident($($arg:expr),*);)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                self.$method($($arg),*);
            })*
        }
    };
}

binary! {
    visit_v128_and => pand_a true; visit_v128_or => por_a true; visit_v128_xor => pxor_a true;
    visit_i8x16_add => paddb_a true; visit_i8x16_sub => psubb_a false;
    visit_i8x16_add_sat_s => paddsb_a true; visit_i8x16_add_sat_u => paddusb_a true;
    visit_i8x16_sub_sat_s => psubsb_a false; visit_i8x16_sub_sat_u => psubusb_a false;
    visit_i8x16_min_s => pminsb_a true; visit_i8x16_min_u => pminub_a true;
    visit_i8x16_max_s => pmaxsb_a true; visit_i8x16_max_u => pmaxub_a true;
    visit_i8x16_avgr_u => pavgb_a true;
    visit_i16x8_add => paddw_a true; visit_i16x8_sub => psubw_a false; visit_i16x8_mul => pmullw_a true;
    visit_i16x8_add_sat_s => paddsw_a true; visit_i16x8_add_sat_u => paddusw_a true;
    visit_i16x8_sub_sat_s => psubsw_a false; visit_i16x8_sub_sat_u => psubusw_a false;
    visit_i16x8_min_s => pminsw_a true; visit_i16x8_min_u => pminuw_a true;
    visit_i16x8_max_s => pmaxsw_a true; visit_i16x8_max_u => pmaxuw_a true;
    visit_i16x8_avgr_u => pavgw_a true;
    visit_i32x4_add => paddd_a true; visit_i32x4_sub => psubd_a false; visit_i32x4_mul => pmulld_a true;
    visit_i32x4_min_s => pminsd_a true; visit_i32x4_min_u => pminud_a true;
    visit_i32x4_max_s => pmaxsd_a true; visit_i32x4_max_u => pmaxud_a true;
    visit_i32x4_dot_i16x8_s => pmaddwd_a true;
    visit_i64x2_add => paddq_a true; visit_i64x2_sub => psubq_a false;
    visit_i8x16_narrow_i16x8_s => packsswb_a false; visit_i8x16_narrow_i16x8_u => packuswb_a false;
    visit_i16x8_narrow_i32x4_s => packssdw_a false; visit_i16x8_narrow_i32x4_u => packusdw_a false;
    visit_i8x16_eq => pcmpeqb_a true; visit_i16x8_eq => pcmpeqw_a true;
    visit_i32x4_eq => pcmpeqd_a true; visit_i64x2_eq => pcmpeqq_a true;
    visit_i8x16_gt_s => pcmpgtb_a false; visit_i16x8_gt_s => pcmpgtw_a false;
    visit_i32x4_gt_s => pcmpgtd_a false; visit_i64x2_gt_s => pcmpgtq_a false;
}

swapped! {
    visit_v128_andnot => pandn_a;
    visit_i8x16_lt_s => pcmpgtb_a; visit_i16x8_lt_s => pcmpgtw_a;
    visit_i32x4_lt_s => pcmpgtd_a; visit_i64x2_lt_s => pcmpgtq_a;
}

inverted! {
    visit_i8x16_ne => pop2_vectors(true) pcmpeqb_a; visit_i16x8_ne => pop2_vectors(true) pcmpeqw_a;
    visit_i32x4_ne => pop2_vectors(true) pcmpeqd_a; visit_i64x2_ne => pop2_vectors(true) pcmpeqq_a;
    visit_i8x16_le_s => pop2_vectors(false) pcmpgtb_a; visit_i16x8_le_s => pop2_vectors(false) pcmpgtw_a;
    visit_i32x4_le_s => pop2_vectors(false) pcmpgtd_a; visit_i64x2_le_s => pop2_vectors(false) pcmpgtq_a;
    visit_i8x16_ge_s => pop2_swapped() pcmpgtb_a; visit_i16x8_ge_s => pop2_swapped() pcmpgtw_a;
    visit_i32x4_ge_s => pop2_swapped() pcmpgtd_a; visit_i64x2_ge_s => pop2_swapped() pcmpgtq_a;
}

unsigned! {
    visit_i8x16_ge_u => pmaxub_a pcmpeqb_a false; visit_i8x16_lt_u => pmaxub_a pcmpeqb_a true;
    visit_i8x16_le_u => pminub_a pcmpeqb_a false; visit_i8x16_gt_u => pminub_a pcmpeqb_a true;
    visit_i16x8_ge_u => pmaxuw_a pcmpeqw_a false; visit_i16x8_lt_u => pmaxuw_a pcmpeqw_a true;
    visit_i16x8_le_u => pminuw_a pcmpeqw_a false; visit_i16x8_gt_u => pminuw_a pcmpeqw_a true;
    visit_i32x4_ge_u => pmaxud_a pcmpeqd_a false; visit_i32x4_lt_u => pmaxud_a pcmpeqd_a true;
    visit_i32x4_le_u => pminud_a pcmpeqd_a false; visit_i32x4_gt_u => pminud_a pcmpeqd_a true;
}

unary! {
    visit_i8x16_abs => pabsb_a; visit_i16x8_abs => pabsw_a; visit_i32x4_abs => pabsd_a;
    visit_i16x8_extend_low_i8x16_s => pmovsxbw_a; visit_i16x8_extend_low_i8x16_u => pmovzxbw_a;
    visit_i32x4_extend_low_i16x8_s => pmovsxwd_a; visit_i32x4_extend_low_i16x8_u => pmovzxwd_a;
    visit_i64x2_extend_low_i32x4_s => pmovsxdq_a; visit_i64x2_extend_low_i32x4_u => pmovzxdq_a;
}

composed! {
    visit_v128_not => complement();
    visit_i8x16_neg => negate(Lanes::I8); visit_i16x8_neg => negate(Lanes::I16);
    visit_i32x4_neg => negate(Lanes::I32); visit_i64x2_neg => negate(Lanes::I64);
    visit_i16x8_extend_high_i8x16_s => extend_high(Lanes::I8, true);
    visit_i16x8_extend_high_i8x16_u => extend_high(Lanes::I8, false);
    visit_i32x4_extend_high_i16x8_s => extend_high(Lanes::I16, true);
    visit_i32x4_extend_high_i16x8_u => extend_high(Lanes::I16, false);
    visit_i64x2_extend_high_i32x4_s => extend_high(Lanes::I32, true);
    visit_i64x2_extend_high_i32x4_u => extend_high(Lanes::I32, false);
    visit_i8x16_all_true => all_true(Lanes::I8); visit_i16x8_all_true => all_true(Lanes::I16);
    visit_i32x4_all_true => all_true(Lanes::I32); visit_i64x2_all_true => all_true(Lanes::I64);
    visit_i8x16_bitmask => bitmask(Lanes::I8); visit_i16x8_bitmask => bitmask(Lanes::I16);
    visit_i32x4_bitmask => bitmask(Lanes::I32); visit_i64x2_bitmask => bitmask(Lanes::I64);
    visit_i16x8_extmul_low_i8x16_s => multiply_wide(Lanes::I8, true, false);
    visit_i16x8_extmul_high_i8x16_s => multiply_wide(Lanes::I8, true, true);
    visit_i16x8_extmul_low_i8x16_u => multiply_wide(Lanes::I8, false, false);
    visit_i16x8_extmul_high_i8x16_u => multiply_wide(Lanes::I8, false, true);
    visit_i32x4_extmul_low_i16x8_s => multiply_wide(Lanes::I16, true, false);
    visit_i32x4_extmul_high_i16x8_s => multiply_wide(Lanes::I16, true, true);
    visit_i32x4_extmul_low_i16x8_u => multiply_wide(Lanes::I16, false, false);
    visit_i32x4_extmul_high_i16x8_u => multiply_wide(Lanes::I16, false, true);
    visit_i64x2_extmul_low_i32x4_s => multiply_wide(Lanes::I32, true, false);
    visit_i64x2_extmul_high_i32x4_s => multiply_wide(Lanes::I32, true, true);
    visit_i64x2_extmul_low_i32x4_u => multiply_wide(Lanes::I32, false, false);
    visit_i64x2_extmul_high_i32x4_u => multiply_wide(Lanes::I32, false, true);
    visit_i8x16_relaxed_laneselect => visit_v128_bitselect();
    visit_i16x8_relaxed_laneselect => visit_v128_bitselect();
    visit_i32x4_relaxed_laneselect => visit_v128_bitselect();
    visit_i64x2_relaxed_laneselect => visit_v128_bitselect();
}

impl Emitter<'_> {
    /// Pops a vector into a register that may be changed.
    pub fn pop_vector(&mut self) -> Xmm {
        let operand = self.pop();
        self.owned_xmm(operand)
    }

    /// Pops two vectors: the first in a register that may be changed, the second in one that is only read. If it does not matter,
    /// the first may be the second.
    pub fn pop2_vectors(&mut self, commutes: bool) -> (Xmm, Xmm) {
        let (mut first, mut second) = self.pop2();
        if commutes && matches!(second.place, Place::Xmm(_)) && !matches!(first.place, Place::Xmm(_)) {
            (first, second) = (second, first);
        }
        (self.owned_xmm(first), self.read_xmm(second))
    }

    /// Pops two vectors: the second in a register that may be changed, then the first in one that is only read.
    pub fn pop2_swapped(&mut self) -> (Xmm, Xmm) {
        let (first, second) = self.pop2();
        (self.owned_xmm(second), self.read_xmm(first))
    }

    /// A constant of eight bytes, twice.
    pub fn twice(&mut self, bits: u64) -> Memory {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&bits.to_le_bytes());
        bytes[8..].copy_from_slice(&bits.to_le_bytes());
        self.asm.constant(&bytes)
    }

    /// Inverts all bits.
    pub fn invert(&mut self, to: Xmm) {
        let ones = self.twice(u64::MAX);
        op!(&mut self.asm, pxor_a, to, ones);
    }

    /// Sets all bits to zero.
    pub fn clear(&mut self, to: Xmm) {
        op!(&mut self.asm, pxor_a, to, to);
    }

    fn complement(&mut self) {
        let to = self.pop_vector();
        self.invert(to);
        self.push_xmm(V128, to);
    }

    fn negate(&mut self, lanes: Lanes) {
        let operand = self.pop();
        let from = self.read_xmm(operand);
        let to = self.take_xmm();
        self.clear(to);
        match lanes {
            Lanes::I8 => op!(&mut self.asm, psubb_a, to, from),
            Lanes::I16 => op!(&mut self.asm, psubw_a, to, from),
            Lanes::I32 => op!(&mut self.asm, psubd_a, to, from),
            Lanes::I64 => op!(&mut self.asm, psubq_a, to, from),
        }
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    /// The sign of each lane inverts it and is subtracted.
    pub fn visit_i64x2_abs(&mut self) {
        let to = self.pop_vector();
        let sign = SCRATCH_XMM;
        self.clear(sign);
        op!(&mut self.asm, pcmpgtq_a, sign, to);
        op!(&mut self.asm, pxor_a, to, sign);
        op!(&mut self.asm, psubq_a, to, sign);
        self.push_xmm(V128, to);
    }

    /// Products of the lower halves, and those of crossed halves, which count for the upper half of the result.
    pub fn visit_i64x2_mul(&mut self) {
        let (to, from) = self.pop2_vectors(true);
        let high = self.take_xmm();
        let asm = &mut self.asm;
        op!(asm, movaps_a, high, to);
        op!(asm, psrlq_b, high, 32u8);
        op!(asm, pmuludq_a, high, from);
        op!(asm, movaps_a, SCRATCH_XMM, from);
        op!(asm, psrlq_b, SCRATCH_XMM, 32u8);
        op!(asm, pmuludq_a, SCRATCH_XMM, to);
        op!(asm, paddq_a, high, SCRATCH_XMM);
        op!(asm, psllq_b, high, 32u8);
        op!(asm, pmuludq_a, to, from);
        op!(asm, paddq_a, to, high);
        self.release_xmm(high);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    fn extend_high(&mut self, lanes: Lanes, signed: bool) {
        let to = self.pop_vector();
        op!(&mut self.asm, pshufd_a, to, to, 0xeeu8);
        self.extend_low(lanes, signed, to);
        self.push_xmm(V128, to);
    }

    fn extend_low(&mut self, lanes: Lanes, signed: bool, to: Xmm) {
        let asm = &mut self.asm;
        match (lanes, signed) {
            (Lanes::I8, true) => op!(asm, pmovsxbw_a, to, to),
            (Lanes::I8, false) => op!(asm, pmovzxbw_a, to, to),
            (Lanes::I16, true) => op!(asm, pmovsxwd_a, to, to),
            (Lanes::I16, false) => op!(asm, pmovzxwd_a, to, to),
            (_, true) => op!(asm, pmovsxdq_a, to, to),
            (_, false) => op!(asm, pmovzxdq_a, to, to),
        }
    }

    fn multiply_wide(&mut self, lanes: Lanes, signed: bool, high: bool) {
        let (first, second) = self.pop2();
        let (to, other) = (self.owned_xmm(first), self.owned_xmm(second));
        if lanes == Lanes::I32 {
            // Each lane goes to the lower half of a wide one.
            let order = if high { 0xfa } else { 0x50_u8 };
            op!(&mut self.asm, pshufd_a, to, to, order);
            op!(&mut self.asm, pshufd_a, other, other, order);
            match signed {
                true => op!(&mut self.asm, pmuldq_a, to, other),
                false => op!(&mut self.asm, pmuludq_a, to, other),
            }
        } else {
            for xmm in [to, other] {
                if high {
                    op!(&mut self.asm, pshufd_a, xmm, xmm, 0xeeu8);
                }
                self.extend_low(lanes, signed, xmm);
            }
            match lanes {
                Lanes::I8 => op!(&mut self.asm, pmullw_a, to, other),
                _ => op!(&mut self.asm, pmulld_a, to, other),
            }
        }
        self.release_xmm(other);
        self.push_xmm(V128, to);
    }

    /// Sums of neighbours: products with ones, whose sums the processor makes of unsigned and signed bytes.
    pub fn visit_i16x8_extadd_pairwise_i8x16_s(&mut self) {
        let operand = self.pop();
        let from = self.read_xmm(operand);
        let to = self.take_xmm();
        let ones = self.twice(0x0101_0101_0101_0101);
        op!(&mut self.asm, movaps_a, to, ones);
        op!(&mut self.asm, pmaddubsw_a, to, from);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    pub fn visit_i16x8_extadd_pairwise_i8x16_u(&mut self) {
        let to = self.pop_vector();
        let ones = self.twice(0x0101_0101_0101_0101);
        op!(&mut self.asm, pmaddubsw_a, to, ones);
        self.push_xmm(V128, to);
    }

    pub fn visit_i32x4_extadd_pairwise_i16x8_s(&mut self) {
        let to = self.pop_vector();
        self.add_pairs(to);
        self.push_xmm(V128, to);
    }

    /// Sums of neighbouring lanes of 16 bits.
    pub fn add_pairs(&mut self, to: Xmm) {
        let ones = self.twice(0x0001_0001_0001_0001);
        op!(&mut self.asm, pmaddwd_a, to, ones);
    }

    pub fn visit_i32x4_extadd_pairwise_i16x8_u(&mut self) {
        let to = self.pop_vector();
        let mask = self.twice(0x0000_ffff_0000_ffff);
        op!(&mut self.asm, movaps_a, SCRATCH_XMM, to);
        op!(&mut self.asm, psrld_b, SCRATCH_XMM, 16u8);
        op!(&mut self.asm, pand_a, to, mask);
        op!(&mut self.asm, paddd_a, to, SCRATCH_XMM);
        self.push_xmm(V128, to);
    }

    /// Each half of a byte is looked up in a table of sixteen counts.
    pub fn visit_i8x16_popcnt(&mut self) {
        let to = self.pop_vector();
        let sums = self.take_xmm();
        let low = self.twice(0x0f0f_0f0f_0f0f_0f0f);
        let mut counts = [0; 16];
        for (index, count) in counts.iter_mut().enumerate() {
            *count = index.count_ones() as u8;
        }
        let counts = self.asm.constant(&counts);
        let asm = &mut self.asm;
        op!(asm, movaps_a, SCRATCH_XMM, to);
        op!(asm, psrlw_b, SCRATCH_XMM, 4u8);
        op!(asm, pand_a, SCRATCH_XMM, low);
        op!(asm, pand_a, to, low);
        op!(asm, movaps_a, sums, counts);
        op!(asm, pshufb_a, sums, SCRATCH_XMM);
        op!(asm, movaps_a, SCRATCH_XMM, counts);
        op!(asm, pshufb_a, SCRATCH_XMM, to);
        op!(asm, paddb_a, sums, SCRATCH_XMM);
        self.release_xmm(to);
        self.push_xmm(V128, sums);
    }

    /// Rounded products overflow for one pair of operands only, which gives the lowest number instead of the highest.
    pub fn visit_i16x8_q15mulr_sat_s(&mut self) {
        let (to, from) = self.pop2_vectors(true);
        let lowest = self.twice(0x8000_8000_8000_8000);
        op!(&mut self.asm, pmulhrsw_a, to, from);
        op!(&mut self.asm, movaps_a, SCRATCH_XMM, to);
        op!(&mut self.asm, pcmpeqw_a, SCRATCH_XMM, lowest);
        op!(&mut self.asm, pxor_a, to, SCRATCH_XMM);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    pub fn visit_i16x8_relaxed_q15mulr_s(&mut self) {
        if !self.relaxed() {
            return self.visit_i16x8_q15mulr_sat_s();
        }
        let (to, from) = self.pop2_vectors(true);
        op!(&mut self.asm, pmulhrsw_a, to, from);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    /// Whether relaxed instructions may give what the processor is fastest at.
    pub fn relaxed(&self) -> bool {
        !self.unit.tunables.deterministic_relaxed_simd
    }

    pub fn visit_v128_bitselect(&mut self) {
        let operand = self.pop();
        let mask = self.owned_xmm(operand);
        let (first, second) = self.pop2();
        let first = self.owned_xmm(first);
        let second = self.read_xmm(second);
        op!(&mut self.asm, pand_a, first, mask);
        op!(&mut self.asm, pandn_a, mask, second);
        op!(&mut self.asm, por_a, first, mask);
        self.release_xmm(mask);
        self.release_xmm(second);
        self.push_xmm(V128, first);
    }

    pub fn visit_v128_any_true(&mut self) {
        let operand = self.pop();
        let value = self.read_xmm(operand);
        op!(&mut self.asm, ptest_rm, value, value);
        self.release_xmm(value);
        self.push_vector_flags(Flags::If(Condition::NotEqual));
    }

    fn all_true(&mut self, lanes: Lanes) {
        let operand = self.pop();
        let value = self.read_xmm(operand);
        let zeros = SCRATCH_XMM;
        self.clear(zeros);
        match lanes {
            Lanes::I8 => op!(&mut self.asm, pcmpeqb_a, zeros, value),
            Lanes::I16 => op!(&mut self.asm, pcmpeqw_a, zeros, value),
            Lanes::I32 => op!(&mut self.asm, pcmpeqd_a, zeros, value),
            Lanes::I64 => op!(&mut self.asm, pcmpeqq_a, zeros, value),
        }
        op!(&mut self.asm, ptest_rm, zeros, zeros);
        self.release_xmm(value);
        self.push_vector_flags(Flags::If(Condition::Equal));
    }

    /// Pushes what the flags say. Vector instructions have several bytes, so what follows is not looked at.
    fn push_vector_flags(&mut self, flags: Flags) {
        let gpr = self.take_gpr();
        self.set_to_flags(flags, gpr);
        self.push_gpr(I32, gpr);
    }

    fn bitmask(&mut self, lanes: Lanes) {
        let operand = self.pop();
        let value = self.read_xmm(operand);
        let to = self.take_gpr();
        match lanes {
            Lanes::I8 => op!(&mut self.asm, pmovmskb_rm, to, value),
            Lanes::I16 => {
                // Narrowing keeps signs. The upper half is the lower one's again.
                op!(&mut self.asm, movaps_a, SCRATCH_XMM, value);
                op!(&mut self.asm, packsswb_a, SCRATCH_XMM, SCRATCH_XMM);
                op!(&mut self.asm, pmovmskb_rm, to, SCRATCH_XMM);
                op!(&mut self.asm, movzbl_rm, to, to);
            }
            Lanes::I32 => op!(&mut self.asm, movmskps_rm, to, value),
            Lanes::I64 => op!(&mut self.asm, movmskpd_rm, to, value),
        }
        self.release_xmm(value);
        self.push_gpr(I32, to);
    }

    /// An index beyond the lanes gives zero: adding to it with saturation sets its highest bit.
    pub fn visit_i8x16_swizzle(&mut self) {
        let (value, indices) = self.pop2();
        let indices = self.owned_xmm(indices);
        let value = self.owned_xmm(value);
        let offset = self.twice(0x7070_7070_7070_7070);
        op!(&mut self.asm, paddusb_a, indices, offset);
        op!(&mut self.asm, pshufb_a, value, indices);
        self.release_xmm(indices);
        self.push_xmm(V128, value);
    }

    pub fn visit_i8x16_relaxed_swizzle(&mut self) {
        if !self.relaxed() {
            return self.visit_i8x16_swizzle();
        }
        let (value, indices) = self.pop2_vectors(false);
        op!(&mut self.asm, pshufb_a, value, indices);
        self.release_xmm(indices);
        self.push_xmm(V128, value);
    }

    pub fn visit_i16x8_relaxed_dot_i8x16_i7x16_s(&mut self) {
        let sums = self.relaxed_dot();
        self.push_xmm(V128, sums);
    }

    pub fn visit_i32x4_relaxed_dot_i8x16_i7x16_add_s(&mut self) {
        let operand = self.pop();
        let addend = self.read_xmm(operand);
        let sums = self.relaxed_dot();
        self.add_pairs(sums);
        op!(&mut self.asm, paddd_a, sums, addend);
        self.release_xmm(addend);
        self.push_xmm(V128, sums);
    }

    /// Products of bytes, of which neighbours are added.
    fn relaxed_dot(&mut self) -> Xmm {
        if self.relaxed() {
            // The second operand is taken as unsigned: the one that has seven bits.
            let (to, from) = self.pop2_swapped();
            op!(&mut self.asm, pmaddubsw_a, to, from);
            self.release_xmm(from);
            return to;
        }
        let (first, second) = self.pop2();
        let (first, second) = (self.owned_xmm(first), self.owned_xmm(second));
        let low = self.take_xmm();
        let asm = &mut self.asm;
        op!(asm, pmovsxbw_a, low, first);
        op!(asm, pmovsxbw_a, SCRATCH_XMM, second);
        op!(asm, pmullw_a, low, SCRATCH_XMM);
        for xmm in [first, second] {
            op!(asm, pshufd_a, xmm, xmm, 0xeeu8);
            op!(asm, pmovsxbw_a, xmm, xmm);
        }
        op!(asm, pmullw_a, first, second);
        op!(asm, phaddw_a, low, first);
        self.release_xmm(first);
        self.release_xmm(second);
        low
    }
}

/// How the lanes of a vector are shifted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VectorShift {
    Left,
    Signed,
    Unsigned,
}

composed! {
    visit_i8x16_shl => shift_bytes(VectorShift::Left); visit_i8x16_shr_s => shift_bytes(VectorShift::Signed);
    visit_i8x16_shr_u => shift_bytes(VectorShift::Unsigned);
    visit_i16x8_shl => shift_lanes(Lanes::I16, VectorShift::Left);
    visit_i16x8_shr_s => shift_lanes(Lanes::I16, VectorShift::Signed);
    visit_i16x8_shr_u => shift_lanes(Lanes::I16, VectorShift::Unsigned);
    visit_i32x4_shl => shift_lanes(Lanes::I32, VectorShift::Left);
    visit_i32x4_shr_s => shift_lanes(Lanes::I32, VectorShift::Signed);
    visit_i32x4_shr_u => shift_lanes(Lanes::I32, VectorShift::Unsigned);
    visit_i64x2_shl => shift_lanes(Lanes::I64, VectorShift::Left);
    visit_i64x2_shr_s => shift_lanes(Lanes::I64, VectorShift::Signed);
    visit_i64x2_shr_u => shift_lanes(Lanes::I64, VectorShift::Unsigned);
}

impl Emitter<'_> {
    /// Puts an amount, modulo the bits of a lane, and `more` into a register for vectors.
    fn shift_amount(&mut self, operand: Popped, bits: i32, more: i32) -> Xmm {
        use crate::assembler::{Alu, Source};
        let gpr = self.owned_gpr(operand);
        self.asm
            .alu(Alu::And, Width::W32, gpr, Source::Immediate(bits - 1));
        if more > 0 {
            self.asm.alu(Alu::Add, Width::W32, gpr, Source::Immediate(more));
        }
        let amount = self.take_xmm();
        op!(&mut self.asm, movd_a, amount, gpr);
        self.release_gpr(gpr);
        amount
    }

    fn shift_lanes(&mut self, lanes: Lanes, shift: VectorShift) {
        let (value, amount) = self.pop2();
        let to = self.owned_xmm(value);
        let bits = match lanes {
            Lanes::I8 => 8,
            Lanes::I16 => 16,
            Lanes::I32 => 32,
            Lanes::I64 => 64,
        };
        let amount = self.shift_amount(amount, bits, 0);
        let asm = &mut self.asm;
        match (lanes, shift) {
            (Lanes::I8 | Lanes::I16, VectorShift::Left) => op!(asm, psllw_a, to, amount),
            (Lanes::I8 | Lanes::I16, VectorShift::Signed) => op!(asm, psraw_a, to, amount),
            (Lanes::I8 | Lanes::I16, VectorShift::Unsigned) => op!(asm, psrlw_a, to, amount),
            (Lanes::I32, VectorShift::Left) => op!(asm, pslld_a, to, amount),
            (Lanes::I32, VectorShift::Signed) => op!(asm, psrad_a, to, amount),
            (Lanes::I32, VectorShift::Unsigned) => op!(asm, psrld_a, to, amount),
            (Lanes::I64, VectorShift::Left) => op!(asm, psllq_a, to, amount),
            (Lanes::I64, VectorShift::Unsigned) => op!(asm, psrlq_a, to, amount),
            (Lanes::I64, VectorShift::Signed) => {
                // The sign, shifted as well, is spread over all bits above it.
                let sign = self.twice(1 << 63);
                op!(&mut self.asm, movaps_a, SCRATCH_XMM, sign);
                op!(&mut self.asm, psrlq_a, SCRATCH_XMM, amount);
                op!(&mut self.asm, psrlq_a, to, amount);
                op!(&mut self.asm, pxor_a, to, SCRATCH_XMM);
                op!(&mut self.asm, psubq_a, to, SCRATCH_XMM);
            }
        }
        self.release_xmm(amount);
        self.push_xmm(V128, to);
    }

    /// Bytes are shifted as lanes of 16 bits: below their own bits for a shift to the left, above them for the others.
    fn shift_bytes(&mut self, shift: VectorShift) {
        let (value, amount) = self.pop2();
        let low = self.owned_xmm(value);
        let high = self.take_xmm();
        let more = if shift == VectorShift::Left { 0 } else { 8 };
        let amount = self.shift_amount(amount, 8, more);
        let bytes = self.twice(0x00ff_00ff_00ff_00ff);
        let asm = &mut self.asm;
        op!(asm, movaps_a, high, low);
        op!(asm, punpckhbw_a, high, high);
        op!(asm, punpcklbw_a, low, low);
        for xmm in [low, high] {
            match shift {
                VectorShift::Left => {
                    op!(asm, psllw_a, xmm, amount);
                    op!(asm, pand_a, xmm, bytes);
                }
                VectorShift::Signed => op!(asm, psraw_a, xmm, amount),
                VectorShift::Unsigned => op!(asm, psrlw_a, xmm, amount),
            }
        }
        match shift {
            VectorShift::Signed => op!(asm, packsswb_a, low, high),
            _ => op!(asm, packuswb_a, low, high),
        }
        self.release_xmm(amount);
        self.release_xmm(high);
        self.push_xmm(V128, low);
    }

    /// A register, as the operand of instructions that read one.
    pub fn vector_gpr(&mut self) -> Gpr {
        let operand = self.pop();
        self.read_gpr(operand)
    }
}
