//! Vector instructions on floats, and conversions.

use crate::assembler::Xmm;
use crate::emitter::{Emitter, SCRATCH_XMM};
use crate::op;
use transom_layout::object::FieldClass::V128;

/// Lanes of floats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Floats {
    F32,
    F64,
}

use Floats::{F32, F64};

/// Arithmetic, whose result may be NaN.
macro_rules! arithmetic {
    ($($visit:ident => $inst:ident $lanes:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let (to, from) = self.pop2_vectors(false);
                op!(&mut self.asm, $inst, to, from);
                self.release_xmm(from);
                self.push_floats($lanes, to);
            })*
        }
    };
}

/// Instructions on one vector, whose result may be NaN.
macro_rules! unary {
    ($($visit:ident => $inst:ident $($mode:literal)? $lanes:ident;)*) => {
        impl Emitter<'_> {
            $(pub fn $visit(&mut self) {
                let to = self.pop_vector();
                op!(&mut self.asm, $inst, to, to $(, $mode)?);
                self.push_floats($lanes, to);
            })*
        }
    };
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

arithmetic! {
    visit_f32x4_add => addps_a F32; visit_f64x2_add => addpd_a F64;
    visit_f32x4_sub => subps_a F32; visit_f64x2_sub => subpd_a F64;
    visit_f32x4_mul => mulps_a F32; visit_f64x2_mul => mulpd_a F64;
    visit_f32x4_div => divps_a F32; visit_f64x2_div => divpd_a F64;
}

unary! {
    visit_f32x4_sqrt => sqrtps_a F32; visit_f64x2_sqrt => sqrtpd_a F64;
    visit_f32x4_ceil => roundps_rmi 10u8 F32; visit_f64x2_ceil => roundpd_rmi 10u8 F64;
    visit_f32x4_floor => roundps_rmi 9u8 F32; visit_f64x2_floor => roundpd_rmi 9u8 F64;
    visit_f32x4_trunc => roundps_rmi 11u8 F32; visit_f64x2_trunc => roundpd_rmi 11u8 F64;
    visit_f32x4_nearest => roundps_rmi 8u8 F32; visit_f64x2_nearest => roundpd_rmi 8u8 F64;
    visit_f32x4_demote_f64x2_zero => cvtpd2ps_a F32; visit_f64x2_promote_low_f32x4 => cvtps2pd_a F64;
}

rows! {
    visit_f32x4_abs => vector_sign(F32, true); visit_f64x2_abs => vector_sign(F64, true);
    visit_f32x4_neg => vector_sign(F32, false); visit_f64x2_neg => vector_sign(F64, false);
    visit_f32x4_eq => compare_lanes(F32, 0, false); visit_f64x2_eq => compare_lanes(F64, 0, false);
    visit_f32x4_ne => compare_lanes(F32, 4, false); visit_f64x2_ne => compare_lanes(F64, 4, false);
    visit_f32x4_lt => compare_lanes(F32, 1, false); visit_f64x2_lt => compare_lanes(F64, 1, false);
    visit_f32x4_le => compare_lanes(F32, 2, false); visit_f64x2_le => compare_lanes(F64, 2, false);
    visit_f32x4_gt => compare_lanes(F32, 1, true); visit_f64x2_gt => compare_lanes(F64, 1, true);
    visit_f32x4_ge => compare_lanes(F32, 2, true); visit_f64x2_ge => compare_lanes(F64, 2, true);
    visit_f32x4_min => vector_min(F32); visit_f64x2_min => vector_min(F64);
    visit_f32x4_max => vector_max(F32); visit_f64x2_max => vector_max(F64);
    visit_f32x4_pmin => pseudo_min(F32); visit_f64x2_pmin => pseudo_min(F64);
    visit_f32x4_pmax => pseudo_max(F32); visit_f64x2_pmax => pseudo_max(F64);
    visit_f32x4_relaxed_min => relaxed_min(F32); visit_f64x2_relaxed_min => relaxed_min(F64);
    visit_f32x4_relaxed_max => relaxed_max(F32); visit_f64x2_relaxed_max => relaxed_max(F64);
    visit_f32x4_relaxed_madd => relaxed_madd(F32, false); visit_f32x4_relaxed_nmadd => relaxed_madd(F32, true);
    visit_f64x2_relaxed_madd => relaxed_madd(F64, false); visit_f64x2_relaxed_nmadd => relaxed_madd(F64, true);
    visit_i32x4_relaxed_trunc_f32x4_u => visit_i32x4_trunc_sat_f32x4_u();
    visit_i32x4_relaxed_trunc_f64x2_s_zero => visit_i32x4_trunc_sat_f64x2_s_zero();
    visit_i32x4_relaxed_trunc_f64x2_u_zero => visit_i32x4_trunc_sat_f64x2_u_zero();
}

impl Emitter<'_> {
    /// Pushes the result of arithmetic, in which NaN is canonical if the engine asks for that.
    fn push_floats(&mut self, lanes: Floats, to: Xmm) {
        if self.unit.tunables.canonical_nans {
            let nan = match lanes {
                F32 => self.twice(0x7fc0_0000_7fc0_0000),
                F64 => self.twice(0x7ff8_0000_0000_0000),
            };
            let other = self.take_xmm();
            op!(&mut self.asm, movaps_a, SCRATCH_XMM, to);
            // Ordered lanes, then those that are not.
            match lanes {
                F32 => op!(&mut self.asm, cmpps_a, SCRATCH_XMM, SCRATCH_XMM, 7u8),
                F64 => op!(&mut self.asm, cmppd_a, SCRATCH_XMM, SCRATCH_XMM, 7u8),
            }
            op!(&mut self.asm, andps_a, to, SCRATCH_XMM);
            op!(&mut self.asm, movaps_a, other, nan);
            op!(&mut self.asm, andnps_a, SCRATCH_XMM, other);
            op!(&mut self.asm, orps_a, to, SCRATCH_XMM);
            self.release_xmm(other);
        }
        self.push_xmm(V128, to);
    }

    fn vector_sign(&mut self, lanes: Floats, clear: bool) {
        let to = self.pop_vector();
        let signs = match lanes {
            F32 => 0x8000_0000_8000_0000,
            F64 => 0x8000_0000_0000_0000,
        };
        if clear {
            let mask = self.twice(!signs);
            op!(&mut self.asm, andps_a, to, mask);
        } else {
            let mask = self.twice(signs);
            op!(&mut self.asm, xorps_a, to, mask);
        }
        self.push_xmm(V128, to);
    }

    fn set_lanes(&mut self, lanes: Floats, to: Xmm, from: Xmm, predicate: u8) {
        match lanes {
            F32 => op!(&mut self.asm, cmpps_a, to, from, predicate),
            F64 => op!(&mut self.asm, cmppd_a, to, from, predicate),
        }
    }

    fn compare_lanes(&mut self, lanes: Floats, predicate: u8, swap: bool) {
        let (to, from) = match swap {
            true => self.pop2_swapped(),
            false => self.pop2_vectors(false),
        };
        self.set_lanes(lanes, to, from, predicate);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    fn processor_min(&mut self, lanes: Floats, to: Xmm, from: Xmm) {
        match lanes {
            F32 => op!(&mut self.asm, minps_a, to, from),
            F64 => op!(&mut self.asm, minpd_a, to, from),
        }
    }

    fn processor_max(&mut self, lanes: Floats, to: Xmm, from: Xmm) {
        match lanes {
            F32 => op!(&mut self.asm, maxps_a, to, from),
            F64 => op!(&mut self.asm, maxpd_a, to, from),
        }
    }

    /// What is left of a NaN's bits is its quiet form: in lanes that are NaN, the mask clears all bits below.
    fn quieten(&mut self, lanes: Floats, value: Xmm, mask: Xmm) {
        match lanes {
            F32 => op!(&mut self.asm, psrld_b, mask, 10u8),
            F64 => op!(&mut self.asm, psrlq_b, mask, 13u8),
        }
        op!(&mut self.asm, andnps_a, mask, value);
    }

    /// The processor gives the second operand where one is NaN or both are zero. So both orders are tried, and joined: the sign of
    /// a zero, and all bits of NaN, are in one of them.
    fn vector_min(&mut self, lanes: Floats) {
        let (first, second) = self.pop2();
        let (first, second) = (self.owned_xmm(first), self.owned_xmm(second));
        op!(&mut self.asm, movaps_a, SCRATCH_XMM, first);
        self.processor_min(lanes, SCRATCH_XMM, second);
        self.processor_min(lanes, second, first);
        op!(&mut self.asm, orps_a, SCRATCH_XMM, second);
        self.set_lanes(lanes, second, SCRATCH_XMM, 3);
        op!(&mut self.asm, orps_a, SCRATCH_XMM, second);
        self.quieten(lanes, SCRATCH_XMM, second);
        self.release_xmm(first);
        self.push_floats(lanes, second);
    }

    /// The same, but where both orders differ, the difference is subtracted, which leaves the positive zero.
    fn vector_max(&mut self, lanes: Floats) {
        let (first, second) = self.pop2();
        let (first, second) = (self.owned_xmm(first), self.owned_xmm(second));
        op!(&mut self.asm, movaps_a, SCRATCH_XMM, first);
        self.processor_max(lanes, SCRATCH_XMM, second);
        self.processor_max(lanes, second, first);
        op!(&mut self.asm, xorps_a, second, SCRATCH_XMM);
        op!(&mut self.asm, orps_a, SCRATCH_XMM, second);
        match lanes {
            F32 => op!(&mut self.asm, subps_a, SCRATCH_XMM, second),
            F64 => op!(&mut self.asm, subpd_a, SCRATCH_XMM, second),
        }
        self.set_lanes(lanes, second, SCRATCH_XMM, 3);
        self.quieten(lanes, SCRATCH_XMM, second);
        self.release_xmm(first);
        self.push_floats(lanes, second);
    }

    /// `second < first ? second : first`, lane by lane, which NaN leaves at `first`.
    fn pseudo_min(&mut self, lanes: Floats) {
        let (to, from) = self.pop2_swapped();
        self.processor_min(lanes, to, from);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    /// `first < second ? second : first`, lane by lane.
    fn pseudo_max(&mut self, lanes: Floats) {
        let (to, from) = self.pop2_swapped();
        self.processor_max(lanes, to, from);
        self.release_xmm(from);
        self.push_xmm(V128, to);
    }

    fn relaxed_min(&mut self, lanes: Floats) {
        match self.relaxed() {
            true => self.pseudo_min(lanes),
            false => self.vector_min(lanes),
        }
    }

    fn relaxed_max(&mut self, lanes: Floats) {
        match self.relaxed() {
            true => self.pseudo_max(lanes),
            false => self.vector_max(lanes),
        }
    }

    /// `first * second + addend`, or with the product negated; rounded once where the processor can.
    fn relaxed_madd(&mut self, lanes: Floats, negate: bool) {
        let addend = self.pop();
        let (first, second) = self.pop2();
        let to = self.owned_xmm(first);
        let second = self.read_xmm(second);
        let addend = self.read_xmm(addend);
        let asm = &mut self.asm;
        if !self.unit.tunables.deterministic_relaxed_simd && self.unit.features.fma {
            match (lanes, negate) {
                (F32, false) => op!(asm, vfmadd213ps_a, to, second, addend),
                (F64, false) => op!(asm, vfmadd213pd_a, to, second, addend),
                (F32, true) => op!(asm, vfnmadd213ps_a, to, second, addend),
                (F64, true) => op!(asm, vfnmadd213pd_a, to, second, addend),
            }
        } else {
            match lanes {
                F32 => op!(asm, mulps_a, to, second),
                F64 => op!(asm, mulpd_a, to, second),
            }
            if negate {
                let signs = match lanes {
                    F32 => self.twice(0x8000_0000_8000_0000),
                    F64 => self.twice(0x8000_0000_0000_0000),
                };
                op!(&mut self.asm, xorps_a, to, signs);
            }
            match lanes {
                F32 => op!(&mut self.asm, addps_a, to, addend),
                F64 => op!(&mut self.asm, addpd_a, to, addend),
            }
        }
        self.release_xmm(second);
        self.release_xmm(addend);
        self.push_floats(lanes, to);
    }

    pub fn visit_f32x4_convert_i32x4_s(&mut self) {
        let to = self.pop_vector();
        op!(&mut self.asm, cvtdq2ps_a, to, to);
        self.push_xmm(V128, to);
    }

    /// The lower 16 bits are exact, and so is the upper half of them all, halved. Their sum is rounded once.
    pub fn visit_f32x4_convert_i32x4_u(&mut self) {
        let to = self.pop_vector();
        let low = SCRATCH_XMM;
        let mask = self.twice(0x0000_ffff_0000_ffff);
        let asm = &mut self.asm;
        op!(asm, movaps_a, low, to);
        op!(asm, andps_a, low, mask);
        op!(asm, psubd_a, to, low);
        op!(asm, cvtdq2ps_a, low, low);
        op!(asm, psrld_b, to, 1u8);
        op!(asm, cvtdq2ps_a, to, to);
        op!(asm, addps_a, to, to);
        op!(asm, addps_a, to, low);
        self.push_xmm(V128, to);
    }

    pub fn visit_f64x2_convert_low_i32x4_s(&mut self) {
        let to = self.pop_vector();
        op!(&mut self.asm, cvtdq2pd_a, to, to);
        self.push_xmm(V128, to);
    }

    /// An integer below the bits of 2 to the power of 52 makes a float, from which that power is subtracted.
    pub fn visit_f64x2_convert_low_i32x4_u(&mut self) {
        let to = self.pop_vector();
        let upper = self.twice(0x4330_0000_4330_0000);
        let power = self.twice(0x4330_0000_0000_0000);
        op!(&mut self.asm, unpcklps_a, to, upper);
        op!(&mut self.asm, subpd_a, to, power);
        self.push_xmm(V128, to);
    }

    /// NaN becomes zero before, and what is too large, which gives the lowest number, the highest one behind.
    pub fn visit_i32x4_trunc_sat_f32x4_s(&mut self) {
        let to = self.pop_vector();
        let limit = self.twice(0x4f00_0000_4f00_0000);
        let asm = &mut self.asm;
        op!(asm, movaps_a, SCRATCH_XMM, to);
        op!(asm, cmpps_a, SCRATCH_XMM, SCRATCH_XMM, 0u8);
        op!(asm, andps_a, to, SCRATCH_XMM);
        op!(asm, movaps_a, SCRATCH_XMM, limit);
        op!(asm, cmpps_a, SCRATCH_XMM, to, 2u8);
        op!(asm, cvttps2dq_a, to, to);
        op!(asm, pxor_a, to, SCRATCH_XMM);
        self.push_xmm(V128, to);
    }

    pub fn visit_i32x4_relaxed_trunc_f32x4_s(&mut self) {
        if !self.relaxed() {
            return self.visit_i32x4_trunc_sat_f32x4_s();
        }
        let to = self.pop_vector();
        op!(&mut self.asm, cvttps2dq_a, to, to);
        self.push_xmm(V128, to);
    }

    /// What is 2 to the power of 31 or more gives the lowest number, to which the rest is added.
    pub fn visit_i32x4_trunc_sat_f32x4_u(&mut self) {
        let to = self.pop_vector();
        let rest = self.take_xmm();
        let limit = self.twice(0x4f00_0000_4f00_0000);
        let zero = SCRATCH_XMM;
        let asm = &mut self.asm;
        op!(asm, xorps_a, zero, zero);
        // NaN becomes zero, too: the second operand counts.
        op!(asm, maxps_a, to, zero);
        op!(asm, movaps_a, rest, to);
        op!(asm, subps_a, rest, limit);
        // Where the rest is too large as well, all its bits but the highest are set.
        op!(asm, movaps_a, SCRATCH_XMM, limit);
        op!(asm, cmpps_a, SCRATCH_XMM, rest, 2u8);
        op!(asm, cvttps2dq_a, rest, rest);
        op!(asm, pxor_a, rest, SCRATCH_XMM);
        op!(asm, pxor_a, zero, zero);
        op!(asm, pmaxsd_a, rest, zero);
        op!(asm, cvttps2dq_a, to, to);
        op!(asm, paddd_a, to, rest);
        self.release_xmm(rest);
        self.push_xmm(V128, to);
    }

    /// The highest number limits what is converted, and takes the place of NaN as zero.
    pub fn visit_i32x4_trunc_sat_f64x2_s_zero(&mut self) {
        let to = self.pop_vector();
        let highest = self.twice(f64::from(i32::MAX).to_bits());
        let asm = &mut self.asm;
        op!(asm, movaps_a, SCRATCH_XMM, to);
        op!(asm, cmppd_a, SCRATCH_XMM, SCRATCH_XMM, 0u8);
        op!(asm, andps_a, SCRATCH_XMM, highest);
        op!(asm, minpd_a, to, SCRATCH_XMM);
        op!(asm, cvttpd2dq_a, to, to);
        self.push_xmm(V128, to);
    }

    /// A whole number that is added to 2 to the power of 52 is in the lower bits of the sum.
    pub fn visit_i32x4_trunc_sat_f64x2_u_zero(&mut self) {
        let to = self.pop_vector();
        let highest = self.twice(f64::from(u32::MAX).to_bits());
        let power = self.twice(0x4330_0000_0000_0000);
        let zero = SCRATCH_XMM;
        let asm = &mut self.asm;
        op!(asm, xorps_a, zero, zero);
        op!(asm, maxpd_a, to, zero);
        op!(asm, minpd_a, to, highest);
        op!(asm, roundpd_rmi, to, to, 11u8);
        op!(asm, addpd_a, to, power);
        op!(asm, shufps_a, to, zero, 0x88u8);
        self.push_xmm(V128, to);
    }
}
