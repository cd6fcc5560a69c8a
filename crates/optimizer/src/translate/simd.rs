//! Vector instructions that compute: arithmetic, comparison, conversion, and their relaxed forms.
//!
//! Where a relaxed instruction may give one of several results, the one that this processor is fastest at is
//! taken, unless the engine asks for the deterministic profile.

use super::state::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{self, Endianness, InstBuilder, MemFlagsData, Value, types};

macro_rules! vector_unary {
    ($($visit:ident => $op:ident $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let value = self.pop_lanes(types::$lanes);
                let value = self.builder.ins().$op(value);
                self.push_vector(value);
            })*
        }
    };
}

macro_rules! vector_binary {
    ($($visit:ident => $op:ident $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let (first, second) = self.pop2_lanes(types::$lanes);
                let value = self.builder.ins().$op(first, second);
                self.push_vector(value);
            })*
        }
    };
}

macro_rules! vector_compare {
    ($($visit:ident => $op:ident $condition:expr, $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let (first, second) = self.pop2_lanes(types::$lanes);
                let value = self.builder.ins().$op($condition, first, second);
                self.push_vector(value);
            })*
        }
    };
}

macro_rules! vector_shift {
    ($($visit:ident => $op:ident $lanes:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let amount = self.pop();
                let value = self.pop_lanes(types::$lanes);
                let value = self.builder.ins().$op(value, amount);
                self.push_vector(value);
            })*
        }
    };
}

/// Instructions made of several, each by a method that takes lane types.
macro_rules! composed {
    ($($visit:ident => $method:ident($($arg:expr),*);)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                self.$method($($arg),*);
            })*
        }
    };
}

vector_unary! {
    visit_v128_not => bnot I8X16; visit_i8x16_popcnt => popcnt I8X16;
    visit_i8x16_abs => iabs I8X16; visit_i8x16_neg => ineg I8X16;
    visit_i16x8_abs => iabs I16X8; visit_i16x8_neg => ineg I16X8;
    visit_i32x4_abs => iabs I32X4; visit_i32x4_neg => ineg I32X4;
    visit_i64x2_abs => iabs I64X2; visit_i64x2_neg => ineg I64X2;
    visit_i16x8_extend_low_i8x16_s => swiden_low I8X16; visit_i16x8_extend_high_i8x16_s => swiden_high I8X16;
    visit_i16x8_extend_low_i8x16_u => uwiden_low I8X16; visit_i16x8_extend_high_i8x16_u => uwiden_high I8X16;
    visit_i32x4_extend_low_i16x8_s => swiden_low I16X8; visit_i32x4_extend_high_i16x8_s => swiden_high I16X8;
    visit_i32x4_extend_low_i16x8_u => uwiden_low I16X8; visit_i32x4_extend_high_i16x8_u => uwiden_high I16X8;
    visit_i64x2_extend_low_i32x4_s => swiden_low I32X4; visit_i64x2_extend_high_i32x4_s => swiden_high I32X4;
    visit_i64x2_extend_low_i32x4_u => uwiden_low I32X4; visit_i64x2_extend_high_i32x4_u => uwiden_high I32X4;
    visit_f32x4_ceil => ceil F32X4; visit_f32x4_floor => floor F32X4;
    visit_f32x4_trunc => trunc F32X4; visit_f32x4_nearest => nearest F32X4;
    visit_f32x4_abs => fabs F32X4; visit_f32x4_neg => fneg F32X4; visit_f32x4_sqrt => sqrt F32X4;
    visit_f64x2_ceil => ceil F64X2; visit_f64x2_floor => floor F64X2;
    visit_f64x2_trunc => trunc F64X2; visit_f64x2_nearest => nearest F64X2;
    visit_f64x2_abs => fabs F64X2; visit_f64x2_neg => fneg F64X2; visit_f64x2_sqrt => sqrt F64X2;
    visit_f32x4_demote_f64x2_zero => fvdemote F64X2; visit_f64x2_promote_low_f32x4 => fvpromote_low F32X4;
}

vector_binary! {
    visit_v128_and => band I8X16; visit_v128_andnot => band_not I8X16;
    visit_v128_or => bor I8X16; visit_v128_xor => bxor I8X16;
    visit_i8x16_add => iadd I8X16; visit_i8x16_sub => isub I8X16;
    visit_i8x16_add_sat_s => sadd_sat I8X16; visit_i8x16_add_sat_u => uadd_sat I8X16;
    visit_i8x16_sub_sat_s => ssub_sat I8X16; visit_i8x16_sub_sat_u => usub_sat I8X16;
    visit_i8x16_min_s => smin I8X16; visit_i8x16_min_u => umin I8X16;
    visit_i8x16_max_s => smax I8X16; visit_i8x16_max_u => umax I8X16;
    visit_i8x16_avgr_u => avg_round I8X16;
    visit_i16x8_add => iadd I16X8; visit_i16x8_sub => isub I16X8; visit_i16x8_mul => imul I16X8;
    visit_i16x8_add_sat_s => sadd_sat I16X8; visit_i16x8_add_sat_u => uadd_sat I16X8;
    visit_i16x8_sub_sat_s => ssub_sat I16X8; visit_i16x8_sub_sat_u => usub_sat I16X8;
    visit_i16x8_min_s => smin I16X8; visit_i16x8_min_u => umin I16X8;
    visit_i16x8_max_s => smax I16X8; visit_i16x8_max_u => umax I16X8;
    visit_i16x8_avgr_u => avg_round I16X8; visit_i16x8_q15mulr_sat_s => sqmul_round_sat I16X8;
    visit_i32x4_add => iadd I32X4; visit_i32x4_sub => isub I32X4; visit_i32x4_mul => imul I32X4;
    visit_i32x4_min_s => smin I32X4; visit_i32x4_min_u => umin I32X4;
    visit_i32x4_max_s => smax I32X4; visit_i32x4_max_u => umax I32X4;
    visit_i64x2_add => iadd I64X2; visit_i64x2_sub => isub I64X2; visit_i64x2_mul => imul I64X2;
    visit_i8x16_narrow_i16x8_s => snarrow I16X8; visit_i8x16_narrow_i16x8_u => unarrow I16X8;
    visit_i16x8_narrow_i32x4_s => snarrow I32X4; visit_i16x8_narrow_i32x4_u => unarrow I32X4;
    visit_f32x4_add => fadd F32X4; visit_f32x4_sub => fsub F32X4;
    visit_f32x4_mul => fmul F32X4; visit_f32x4_div => fdiv F32X4;
    visit_f32x4_min => fmin F32X4; visit_f32x4_max => fmax F32X4;
    visit_f64x2_add => fadd F64X2; visit_f64x2_sub => fsub F64X2;
    visit_f64x2_mul => fmul F64X2; visit_f64x2_div => fdiv F64X2;
    visit_f64x2_min => fmin F64X2; visit_f64x2_max => fmax F64X2;
    visit_i8x16_swizzle => swizzle I8X16;
}

vector_compare! {
    visit_i8x16_eq => icmp IntCC::Equal, I8X16; visit_i8x16_ne => icmp IntCC::NotEqual, I8X16;
    visit_i8x16_lt_s => icmp IntCC::SignedLessThan, I8X16; visit_i8x16_lt_u => icmp IntCC::UnsignedLessThan, I8X16;
    visit_i8x16_gt_s => icmp IntCC::SignedGreaterThan, I8X16;
    visit_i8x16_gt_u => icmp IntCC::UnsignedGreaterThan, I8X16;
    visit_i8x16_le_s => icmp IntCC::SignedLessThanOrEqual, I8X16;
    visit_i8x16_le_u => icmp IntCC::UnsignedLessThanOrEqual, I8X16;
    visit_i8x16_ge_s => icmp IntCC::SignedGreaterThanOrEqual, I8X16;
    visit_i8x16_ge_u => icmp IntCC::UnsignedGreaterThanOrEqual, I8X16;
    visit_i16x8_eq => icmp IntCC::Equal, I16X8; visit_i16x8_ne => icmp IntCC::NotEqual, I16X8;
    visit_i16x8_lt_s => icmp IntCC::SignedLessThan, I16X8; visit_i16x8_lt_u => icmp IntCC::UnsignedLessThan, I16X8;
    visit_i16x8_gt_s => icmp IntCC::SignedGreaterThan, I16X8;
    visit_i16x8_gt_u => icmp IntCC::UnsignedGreaterThan, I16X8;
    visit_i16x8_le_s => icmp IntCC::SignedLessThanOrEqual, I16X8;
    visit_i16x8_le_u => icmp IntCC::UnsignedLessThanOrEqual, I16X8;
    visit_i16x8_ge_s => icmp IntCC::SignedGreaterThanOrEqual, I16X8;
    visit_i16x8_ge_u => icmp IntCC::UnsignedGreaterThanOrEqual, I16X8;
    visit_i32x4_eq => icmp IntCC::Equal, I32X4; visit_i32x4_ne => icmp IntCC::NotEqual, I32X4;
    visit_i32x4_lt_s => icmp IntCC::SignedLessThan, I32X4; visit_i32x4_lt_u => icmp IntCC::UnsignedLessThan, I32X4;
    visit_i32x4_gt_s => icmp IntCC::SignedGreaterThan, I32X4;
    visit_i32x4_gt_u => icmp IntCC::UnsignedGreaterThan, I32X4;
    visit_i32x4_le_s => icmp IntCC::SignedLessThanOrEqual, I32X4;
    visit_i32x4_le_u => icmp IntCC::UnsignedLessThanOrEqual, I32X4;
    visit_i32x4_ge_s => icmp IntCC::SignedGreaterThanOrEqual, I32X4;
    visit_i32x4_ge_u => icmp IntCC::UnsignedGreaterThanOrEqual, I32X4;
    visit_i64x2_eq => icmp IntCC::Equal, I64X2; visit_i64x2_ne => icmp IntCC::NotEqual, I64X2;
    visit_i64x2_lt_s => icmp IntCC::SignedLessThan, I64X2; visit_i64x2_gt_s => icmp IntCC::SignedGreaterThan, I64X2;
    visit_i64x2_le_s => icmp IntCC::SignedLessThanOrEqual, I64X2;
    visit_i64x2_ge_s => icmp IntCC::SignedGreaterThanOrEqual, I64X2;
    visit_f32x4_eq => fcmp FloatCC::Equal, F32X4; visit_f32x4_ne => fcmp FloatCC::NotEqual, F32X4;
    visit_f32x4_lt => fcmp FloatCC::LessThan, F32X4; visit_f32x4_gt => fcmp FloatCC::GreaterThan, F32X4;
    visit_f32x4_le => fcmp FloatCC::LessThanOrEqual, F32X4; visit_f32x4_ge => fcmp FloatCC::GreaterThanOrEqual, F32X4;
    visit_f64x2_eq => fcmp FloatCC::Equal, F64X2; visit_f64x2_ne => fcmp FloatCC::NotEqual, F64X2;
    visit_f64x2_lt => fcmp FloatCC::LessThan, F64X2; visit_f64x2_gt => fcmp FloatCC::GreaterThan, F64X2;
    visit_f64x2_le => fcmp FloatCC::LessThanOrEqual, F64X2; visit_f64x2_ge => fcmp FloatCC::GreaterThanOrEqual, F64X2;
}

vector_shift! {
    visit_i8x16_shl => ishl I8X16; visit_i8x16_shr_s => sshr I8X16; visit_i8x16_shr_u => ushr I8X16;
    visit_i16x8_shl => ishl I16X8; visit_i16x8_shr_s => sshr I16X8; visit_i16x8_shr_u => ushr I16X8;
    visit_i32x4_shl => ishl I32X4; visit_i32x4_shr_s => sshr I32X4; visit_i32x4_shr_u => ushr I32X4;
    visit_i64x2_shl => ishl I64X2; visit_i64x2_shr_s => sshr I64X2; visit_i64x2_shr_u => ushr I64X2;
}

composed! {
    visit_v128_any_true => any_true();
    visit_i8x16_all_true => all_true(types::I8X16); visit_i8x16_bitmask => bitmask(types::I8X16);
    visit_i16x8_all_true => all_true(types::I16X8); visit_i16x8_bitmask => bitmask(types::I16X8);
    visit_i32x4_all_true => all_true(types::I32X4); visit_i32x4_bitmask => bitmask(types::I32X4);
    visit_i64x2_all_true => all_true(types::I64X2); visit_i64x2_bitmask => bitmask(types::I64X2);
    visit_i16x8_extadd_pairwise_i8x16_s => add_pairwise(types::I8X16, true);
    visit_i16x8_extadd_pairwise_i8x16_u => add_pairwise(types::I8X16, false);
    visit_i32x4_extadd_pairwise_i16x8_s => add_pairwise(types::I16X8, true);
    visit_i32x4_extadd_pairwise_i16x8_u => add_pairwise(types::I16X8, false);
    visit_i16x8_extmul_low_i8x16_s => multiply_wide(types::I8X16, true, false);
    visit_i16x8_extmul_high_i8x16_s => multiply_wide(types::I8X16, true, true);
    visit_i16x8_extmul_low_i8x16_u => multiply_wide(types::I8X16, false, false);
    visit_i16x8_extmul_high_i8x16_u => multiply_wide(types::I8X16, false, true);
    visit_i32x4_extmul_low_i16x8_s => multiply_wide(types::I16X8, true, false);
    visit_i32x4_extmul_high_i16x8_s => multiply_wide(types::I16X8, true, true);
    visit_i32x4_extmul_low_i16x8_u => multiply_wide(types::I16X8, false, false);
    visit_i32x4_extmul_high_i16x8_u => multiply_wide(types::I16X8, false, true);
    visit_i64x2_extmul_low_i32x4_s => multiply_wide(types::I32X4, true, false);
    visit_i64x2_extmul_high_i32x4_s => multiply_wide(types::I32X4, true, true);
    visit_i64x2_extmul_low_i32x4_u => multiply_wide(types::I32X4, false, false);
    visit_i64x2_extmul_high_i32x4_u => multiply_wide(types::I32X4, false, true);
    visit_f32x4_pmin => pseudo_min(types::F32X4); visit_f32x4_pmax => pseudo_max(types::F32X4);
    visit_f64x2_pmin => pseudo_min(types::F64X2); visit_f64x2_pmax => pseudo_max(types::F64X2);
    visit_f32x4_relaxed_min => relaxed_min(types::F32X4); visit_f32x4_relaxed_max => relaxed_max(types::F32X4);
    visit_f64x2_relaxed_min => relaxed_min(types::F64X2); visit_f64x2_relaxed_max => relaxed_max(types::F64X2);
    visit_f32x4_relaxed_madd => relaxed_madd(types::F32X4, false);
    visit_f32x4_relaxed_nmadd => relaxed_madd(types::F32X4, true);
    visit_f64x2_relaxed_madd => relaxed_madd(types::F64X2, false);
    visit_f64x2_relaxed_nmadd => relaxed_madd(types::F64X2, true);
    visit_i8x16_relaxed_laneselect => visit_v128_bitselect();
    visit_i16x8_relaxed_laneselect => visit_v128_bitselect();
    visit_i32x4_relaxed_laneselect => visit_v128_bitselect();
    visit_i64x2_relaxed_laneselect => visit_v128_bitselect();
    visit_i32x4_relaxed_trunc_f32x4_u => visit_i32x4_trunc_sat_f32x4_u();
    visit_i32x4_relaxed_trunc_f64x2_s_zero => visit_i32x4_trunc_sat_f64x2_s_zero();
    visit_i32x4_relaxed_trunc_f64x2_u_zero => visit_i32x4_trunc_sat_f64x2_u_zero();
}

impl Translator<'_> {
    /// A vector with lanes of another type and the same bytes.
    pub fn cast_lanes(&mut self, value: Value, lanes: ir::Type) -> Value {
        if self.builder.func.dfg.value_type(value) == lanes {
            return value;
        }
        let flags = MemFlagsData::new().with_endianness(Endianness::Little);
        self.builder.ins().bitcast(lanes, flags, value)
    }

    pub fn pop_lanes(&mut self, lanes: ir::Type) -> Value {
        let value = self.pop();
        self.cast_lanes(value, lanes)
    }

    fn pop2_lanes(&mut self, lanes: ir::Type) -> (Value, Value) {
        let second = self.pop_lanes(lanes);
        (self.pop_lanes(lanes), second)
    }

    /// Pushes a vector as sixteen bytes.
    pub fn push_vector(&mut self, value: Value) {
        let value = self.cast_lanes(value, types::I8X16);
        self.push(value);
    }

    fn relaxed(&self) -> bool {
        !self.env.unit.tunables.deterministic_relaxed_simd
    }

    fn any_true(&mut self) {
        let value = self.pop();
        let any = self.builder.ins().vany_true(value);
        let any = self.builder.ins().uextend(types::I32, any);
        self.push(any);
    }

    fn all_true(&mut self, lanes: ir::Type) {
        let value = self.pop_lanes(lanes);
        let all = self.builder.ins().vall_true(value);
        let all = self.builder.ins().uextend(types::I32, all);
        self.push(all);
    }

    fn bitmask(&mut self, lanes: ir::Type) {
        let value = self.pop_lanes(lanes);
        let mask = self.builder.ins().vhigh_bits(types::I32, value);
        self.push(mask);
    }

    pub fn visit_v128_bitselect(&mut self) {
        let mask = self.pop();
        let (first, second) = self.pop2();
        let value = self.builder.ins().bitselect(mask, first, second);
        self.push(value);
    }

    /// Both halves of a vector's lanes, each lane twice as wide.
    fn widen_halves(&mut self, value: Value, signed: bool) -> (Value, Value) {
        let builder = &mut self.builder;
        if signed {
            (builder.ins().swiden_low(value), builder.ins().swiden_high(value))
        } else {
            (builder.ins().uwiden_low(value), builder.ins().uwiden_high(value))
        }
    }

    fn add_pairwise(&mut self, lanes: ir::Type, signed: bool) {
        let value = self.pop_lanes(lanes);
        let (low, high) = self.widen_halves(value, signed);
        let sums = self.builder.ins().iadd_pairwise(low, high);
        self.push_vector(sums);
    }

    fn multiply_wide(&mut self, lanes: ir::Type, signed: bool, high: bool) {
        let (first, second) = self.pop2_lanes(lanes);
        let [first, second] = [first, second].map(|value| match (signed, high) {
            (true, false) => self.builder.ins().swiden_low(value),
            (true, true) => self.builder.ins().swiden_high(value),
            (false, false) => self.builder.ins().uwiden_low(value),
            (false, true) => self.builder.ins().uwiden_high(value),
        });
        let product = self.builder.ins().imul(first, second);
        self.push_vector(product);
    }

    /// Products of all lanes, each sum of two neighbours twice as wide.
    fn dot(&mut self, first: Value, second: Value) -> Value {
        let (first_low, first_high) = self.widen_halves(first, true);
        let (second_low, second_high) = self.widen_halves(second, true);
        let low = self.builder.ins().imul(first_low, second_low);
        let high = self.builder.ins().imul(first_high, second_high);
        self.builder.ins().iadd_pairwise(low, high)
    }

    pub fn visit_i32x4_dot_i16x8_s(&mut self) {
        let (first, second) = self.pop2_lanes(types::I16X8);
        let sums = self.dot(first, second);
        self.push_vector(sums);
    }

    /// `second < first ? second : first`, lane by lane, which NaN leaves at `first`.
    fn pseudo_min(&mut self, lanes: ir::Type) {
        let (first, second) = self.pop2_lanes(lanes);
        let less = self.builder.ins().fcmp(FloatCC::LessThan, second, first);
        self.select_lanes(less, second, first, lanes);
    }

    /// `first < second ? second : first`, lane by lane.
    fn pseudo_max(&mut self, lanes: ir::Type) {
        let (first, second) = self.pop2_lanes(lanes);
        let less = self.builder.ins().fcmp(FloatCC::LessThan, first, second);
        self.select_lanes(less, second, first, lanes);
    }

    fn select_lanes(&mut self, mask: Value, first: Value, second: Value, lanes: ir::Type) {
        let mask = self.cast_lanes(mask, lanes);
        let value = self.builder.ins().bitselect(mask, first, second);
        self.push_vector(value);
    }

    fn relaxed_min(&mut self, lanes: ir::Type) {
        if self.relaxed() {
            return self.pseudo_min(lanes);
        }
        let (first, second) = self.pop2_lanes(lanes);
        let value = self.builder.ins().fmin(first, second);
        self.push_vector(value);
    }

    fn relaxed_max(&mut self, lanes: ir::Type) {
        if self.relaxed() {
            return self.pseudo_max(lanes);
        }
        let (first, second) = self.pop2_lanes(lanes);
        let value = self.builder.ins().fmax(first, second);
        self.push_vector(value);
    }

    /// `first * second + addend`, or with the product negated; rounded once where the processor can.
    fn relaxed_madd(&mut self, lanes: ir::Type, negate: bool) {
        let addend = self.pop_lanes(lanes);
        let (first, second) = self.pop2_lanes(lanes);
        let first = if negate {
            self.builder.ins().fneg(first)
        } else {
            first
        };
        let fused = self
            .env
            .unit
            .isa
            .isa_flags()
            .iter()
            .any(|f| f.name == "has_fma" && f.as_bool() == Some(true));
        let value = if self.relaxed() && fused {
            self.builder.ins().fma(first, second, addend)
        } else {
            let product = self.builder.ins().fmul(first, second);
            self.builder.ins().fadd(product, addend)
        };
        self.push_vector(value);
    }

    pub fn visit_i8x16_relaxed_swizzle(&mut self) {
        let (value, indices) = self.pop2();
        let value = if self.relaxed() {
            self.builder.ins().x86_pshufb(value, indices)
        } else {
            self.builder.ins().swizzle(value, indices)
        };
        self.push(value);
    }

    pub fn visit_i16x8_relaxed_q15mulr_s(&mut self) {
        let (first, second) = self.pop2_lanes(types::I16X8);
        let value = if self.relaxed() {
            self.builder.ins().x86_pmulhrsw(first, second)
        } else {
            self.builder.ins().sqmul_round_sat(first, second)
        };
        self.push_vector(value);
    }

    fn relaxed_dot(&mut self, first: Value, second: Value) -> Value {
        if self.relaxed() {
            // The second operand is taken as unsigned: the one that has seven bits.
            self.builder.ins().x86_pmaddubsw(first, second)
        } else {
            self.dot(first, second)
        }
    }

    pub fn visit_i16x8_relaxed_dot_i8x16_i7x16_s(&mut self) {
        let (first, second) = self.pop2();
        let sums = self.relaxed_dot(first, second);
        self.push_vector(sums);
    }

    pub fn visit_i32x4_relaxed_dot_i8x16_i7x16_add_s(&mut self) {
        let addend = self.pop_lanes(types::I32X4);
        let (first, second) = self.pop2();
        let sums = self.relaxed_dot(first, second);
        let (low, high) = self.widen_halves(sums, true);
        let sums = self.builder.ins().iadd_pairwise(low, high);
        let value = self.builder.ins().iadd(sums, addend);
        self.push_vector(value);
    }

    pub fn visit_f32x4_convert_i32x4_s(&mut self) {
        let value = self.pop_lanes(types::I32X4);
        let value = self.builder.ins().fcvt_from_sint(types::F32X4, value);
        self.push_vector(value);
    }

    pub fn visit_f32x4_convert_i32x4_u(&mut self) {
        let value = self.pop_lanes(types::I32X4);
        let value = self.builder.ins().fcvt_from_uint(types::F32X4, value);
        self.push_vector(value);
    }

    pub fn visit_f64x2_convert_low_i32x4_s(&mut self) {
        let value = self.pop_lanes(types::I32X4);
        let value = self.builder.ins().swiden_low(value);
        let value = self.builder.ins().fcvt_from_sint(types::F64X2, value);
        self.push_vector(value);
    }

    pub fn visit_f64x2_convert_low_i32x4_u(&mut self) {
        let value = self.pop_lanes(types::I32X4);
        let value = self.builder.ins().uwiden_low(value);
        let value = self.builder.ins().fcvt_from_uint(types::F64X2, value);
        self.push_vector(value);
    }

    pub fn visit_i32x4_trunc_sat_f32x4_s(&mut self) {
        let value = self.pop_lanes(types::F32X4);
        let value = self.builder.ins().fcvt_to_sint_sat(types::I32X4, value);
        self.push_vector(value);
    }

    pub fn visit_i32x4_trunc_sat_f32x4_u(&mut self) {
        let value = self.pop_lanes(types::F32X4);
        let value = self.builder.ins().fcvt_to_uint_sat(types::I32X4, value);
        self.push_vector(value);
    }

    pub fn visit_i32x4_relaxed_trunc_f32x4_s(&mut self) {
        if !self.relaxed() {
            return self.visit_i32x4_trunc_sat_f32x4_s();
        }
        let value = self.pop_lanes(types::F32X4);
        let value = self.builder.ins().x86_cvtt2dq(types::I32X4, value);
        self.push_vector(value);
    }

    pub fn visit_i32x4_trunc_sat_f64x2_s_zero(&mut self) {
        let value = self.pop_lanes(types::F64X2);
        let value = self.builder.ins().fcvt_to_sint_sat(types::I64X2, value);
        let zero = self.zero_lanes(types::I64X2);
        let value = self.builder.ins().snarrow(value, zero);
        self.push_vector(value);
    }

    pub fn visit_i32x4_trunc_sat_f64x2_u_zero(&mut self) {
        let value = self.pop_lanes(types::F64X2);
        let value = self.builder.ins().fcvt_to_uint_sat(types::I64X2, value);
        let zero = self.zero_lanes(types::I64X2);
        let value = self.builder.ins().uunarrow(value, zero);
        self.push_vector(value);
    }

    fn zero_lanes(&mut self, lanes: ir::Type) -> Value {
        let zeros = self.builder.func.dfg.constants.insert([0; 16].as_slice().into());
        self.builder.ins().vconst(lanes, zeros)
    }
}
