//! Numeric instructions on scalars, and wide arithmetic.

use super::state::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32 as ClifIeee32, Ieee64 as ClifIeee64};
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, Value, types};
use transom_module::wasmparser::{Ieee32, Ieee64};

macro_rules! unary {
    ($($visit:ident => $op:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let value = self.pop();
                let value = self.builder.ins().$op(value);
                self.push(value);
            })*
        }
    };
}

macro_rules! binary {
    ($($visit:ident => $op:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let (first, second) = self.pop2();
                let value = self.builder.ins().$op(first, second);
                self.push(value);
            })*
        }
    };
}

macro_rules! convert {
    ($($visit:ident => $op:ident $ty:ident;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let value = self.pop();
                let value = self.builder.ins().$op(types::$ty, value);
                self.push(value);
            })*
        }
    };
}

macro_rules! compare {
    ($($visit:ident => $op:ident $condition:expr;)*) => {
        impl Translator<'_> {
            $(pub fn $visit(&mut self) {
                let (first, second) = self.pop2();
                let value = self.builder.ins().$op($condition, first, second);
                let value = self.builder.ins().uextend(types::I32, value);
                self.push(value);
            })*
        }
    };
}

unary! {
    visit_i32_clz => clz; visit_i32_popcnt => popcnt;
    visit_i64_clz => clz; visit_i64_ctz => ctz; visit_i64_popcnt => popcnt;
    visit_f32_abs => fabs; visit_f32_neg => fneg; visit_f32_sqrt => sqrt;
    visit_f32_ceil => ceil; visit_f32_floor => floor; visit_f32_trunc => trunc; visit_f32_nearest => nearest;
    visit_f64_abs => fabs; visit_f64_neg => fneg; visit_f64_sqrt => sqrt;
    visit_f64_ceil => ceil; visit_f64_floor => floor; visit_f64_trunc => trunc; visit_f64_nearest => nearest;
}

binary! {
    visit_i32_add => iadd; visit_i32_sub => isub; visit_i32_mul => imul;
    visit_i32_div_s => sdiv; visit_i32_div_u => udiv; visit_i32_rem_s => srem; visit_i32_rem_u => urem;
    visit_i32_and => band; visit_i32_or => bor; visit_i32_xor => bxor;
    visit_i32_shl => ishl; visit_i32_shr_s => sshr; visit_i32_shr_u => ushr;
    visit_i32_rotl => rotl; visit_i32_rotr => rotr;
    visit_i64_add => iadd; visit_i64_sub => isub; visit_i64_mul => imul;
    visit_i64_div_s => sdiv; visit_i64_div_u => udiv; visit_i64_rem_s => srem; visit_i64_rem_u => urem;
    visit_i64_and => band; visit_i64_or => bor; visit_i64_xor => bxor;
    visit_i64_shl => ishl; visit_i64_shr_s => sshr; visit_i64_shr_u => ushr;
    visit_i64_rotl => rotl; visit_i64_rotr => rotr;
    visit_f32_add => fadd; visit_f32_sub => fsub; visit_f32_mul => fmul; visit_f32_div => fdiv;
    visit_f32_min => fmin; visit_f32_max => fmax; visit_f32_copysign => fcopysign;
    visit_f64_add => fadd; visit_f64_sub => fsub; visit_f64_mul => fmul; visit_f64_div => fdiv;
    visit_f64_min => fmin; visit_f64_max => fmax; visit_f64_copysign => fcopysign;
}

convert! {
    visit_i32_wrap_i64 => ireduce I32;
    visit_i64_extend_i32_s => sextend I64; visit_i64_extend_i32_u => uextend I64;
    visit_i32_trunc_f32_s => fcvt_to_sint I32; visit_i32_trunc_f32_u => fcvt_to_uint I32;
    visit_i32_trunc_f64_s => fcvt_to_sint I32; visit_i32_trunc_f64_u => fcvt_to_uint I32;
    visit_i64_trunc_f32_s => fcvt_to_sint I64; visit_i64_trunc_f32_u => fcvt_to_uint I64;
    visit_i64_trunc_f64_s => fcvt_to_sint I64; visit_i64_trunc_f64_u => fcvt_to_uint I64;
    visit_i32_trunc_sat_f32_s => fcvt_to_sint_sat I32; visit_i32_trunc_sat_f32_u => fcvt_to_uint_sat I32;
    visit_i32_trunc_sat_f64_s => fcvt_to_sint_sat I32; visit_i32_trunc_sat_f64_u => fcvt_to_uint_sat I32;
    visit_i64_trunc_sat_f32_s => fcvt_to_sint_sat I64; visit_i64_trunc_sat_f32_u => fcvt_to_uint_sat I64;
    visit_i64_trunc_sat_f64_s => fcvt_to_sint_sat I64; visit_i64_trunc_sat_f64_u => fcvt_to_uint_sat I64;
    visit_f32_convert_i32_s => fcvt_from_sint F32; visit_f32_convert_i32_u => fcvt_from_uint F32;
    visit_f32_convert_i64_s => fcvt_from_sint F32; visit_f32_convert_i64_u => fcvt_from_uint F32;
    visit_f64_convert_i32_s => fcvt_from_sint F64; visit_f64_convert_i32_u => fcvt_from_uint F64;
    visit_f64_convert_i64_s => fcvt_from_sint F64; visit_f64_convert_i64_u => fcvt_from_uint F64;
    visit_f32_demote_f64 => fdemote F32; visit_f64_promote_f32 => fpromote F64;
}

compare! {
    visit_i32_eq => icmp IntCC::Equal; visit_i32_ne => icmp IntCC::NotEqual;
    visit_i32_lt_s => icmp IntCC::SignedLessThan; visit_i32_lt_u => icmp IntCC::UnsignedLessThan;
    visit_i32_gt_s => icmp IntCC::SignedGreaterThan; visit_i32_gt_u => icmp IntCC::UnsignedGreaterThan;
    visit_i32_le_s => icmp IntCC::SignedLessThanOrEqual; visit_i32_le_u => icmp IntCC::UnsignedLessThanOrEqual;
    visit_i32_ge_s => icmp IntCC::SignedGreaterThanOrEqual; visit_i32_ge_u => icmp IntCC::UnsignedGreaterThanOrEqual;
    visit_i64_eq => icmp IntCC::Equal; visit_i64_ne => icmp IntCC::NotEqual;
    visit_i64_lt_s => icmp IntCC::SignedLessThan; visit_i64_lt_u => icmp IntCC::UnsignedLessThan;
    visit_i64_gt_s => icmp IntCC::SignedGreaterThan; visit_i64_gt_u => icmp IntCC::UnsignedGreaterThan;
    visit_i64_le_s => icmp IntCC::SignedLessThanOrEqual; visit_i64_le_u => icmp IntCC::UnsignedLessThanOrEqual;
    visit_i64_ge_s => icmp IntCC::SignedGreaterThanOrEqual; visit_i64_ge_u => icmp IntCC::UnsignedGreaterThanOrEqual;
    visit_f32_eq => fcmp FloatCC::Equal; visit_f32_ne => fcmp FloatCC::NotEqual;
    visit_f32_lt => fcmp FloatCC::LessThan; visit_f32_gt => fcmp FloatCC::GreaterThan;
    visit_f32_le => fcmp FloatCC::LessThanOrEqual; visit_f32_ge => fcmp FloatCC::GreaterThanOrEqual;
    visit_f64_eq => fcmp FloatCC::Equal; visit_f64_ne => fcmp FloatCC::NotEqual;
    visit_f64_lt => fcmp FloatCC::LessThan; visit_f64_gt => fcmp FloatCC::GreaterThan;
    visit_f64_le => fcmp FloatCC::LessThanOrEqual; visit_f64_ge => fcmp FloatCC::GreaterThanOrEqual;
}

impl Translator<'_> {
    pub fn visit_i32_const(&mut self, value: i32) {
        let value = self.builder.ins().iconst(types::I32, i64::from(value as u32));
        self.push(value);
    }

    pub fn visit_i64_const(&mut self, value: i64) {
        let value = self.builder.ins().iconst(types::I64, value);
        self.push(value);
    }

    pub fn visit_f32_const(&mut self, value: Ieee32) {
        let value = self.builder.ins().f32const(ClifIeee32::with_bits(value.bits()));
        self.push(value);
    }

    pub fn visit_f64_const(&mut self, value: Ieee64) {
        let value = self.builder.ins().f64const(ClifIeee64::with_bits(value.bits()));
        self.push(value);
    }

    pub fn visit_i32_ctz(&mut self) {
        // Tests of comparisons and of bisection look for this bug; code that is not optimised is free of it.
        #[cfg(feature = "planted-bug")]
        if self.env.unit.tunables.planted_bug && self.env.unit.is_optimized() {
            return self.visit_i32_clz();
        }
        let value = self.pop();
        let value = self.builder.ins().ctz(value);
        self.push(value);
    }

    pub fn visit_i32_eqz(&mut self) {
        self.eqz();
    }

    pub fn visit_i64_eqz(&mut self) {
        self.eqz();
    }

    fn eqz(&mut self) {
        let value = self.pop();
        let value = self.builder.ins().icmp_imm_s(IntCC::Equal, value, 0);
        let value = self.builder.ins().uextend(types::I32, value);
        self.push(value);
    }

    pub fn visit_i32_reinterpret_f32(&mut self) {
        self.reinterpret(types::I32);
    }

    pub fn visit_i64_reinterpret_f64(&mut self) {
        self.reinterpret(types::I64);
    }

    pub fn visit_f32_reinterpret_i32(&mut self) {
        self.reinterpret(types::F32);
    }

    pub fn visit_f64_reinterpret_i64(&mut self) {
        self.reinterpret(types::F64);
    }

    fn reinterpret(&mut self, ty: ir::Type) {
        let value = self.pop();
        let value = self.builder.ins().bitcast(ty, MemFlagsData::new(), value);
        self.push(value);
    }

    pub fn visit_i32_extend8_s(&mut self) {
        self.extend(types::I8, types::I32);
    }

    pub fn visit_i32_extend16_s(&mut self) {
        self.extend(types::I16, types::I32);
    }

    pub fn visit_i64_extend8_s(&mut self) {
        self.extend(types::I8, types::I64);
    }

    pub fn visit_i64_extend16_s(&mut self) {
        self.extend(types::I16, types::I64);
    }

    pub fn visit_i64_extend32_s(&mut self) {
        self.extend(types::I32, types::I64);
    }

    fn extend(&mut self, from: ir::Type, to: ir::Type) {
        let value = self.pop();
        let value = self.builder.ins().ireduce(from, value);
        let value = self.builder.ins().sextend(to, value);
        self.push(value);
    }

    /// Pops a 128-bit integer that lies on the stack as its low and high half.
    fn pop_wide(&mut self) -> Value {
        let (low, high) = self.pop2();
        self.builder.ins().iconcat(low, high)
    }

    fn push_wide(&mut self, value: Value) {
        let (low, high) = self.builder.ins().isplit(value);
        self.stack.extend([low, high]);
    }

    pub fn visit_i64_add128(&mut self) {
        let second = self.pop_wide();
        let first = self.pop_wide();
        let sum = self.builder.ins().iadd(first, second);
        self.push_wide(sum);
    }

    pub fn visit_i64_sub128(&mut self) {
        let second = self.pop_wide();
        let first = self.pop_wide();
        let difference = self.builder.ins().isub(first, second);
        self.push_wide(difference);
    }

    pub fn visit_i64_mul_wide_s(&mut self) {
        let (first, second) = self.pop2();
        let [first, second] = [first, second].map(|half| self.builder.ins().sextend(types::I128, half));
        let product = self.builder.ins().imul(first, second);
        self.push_wide(product);
    }

    pub fn visit_i64_mul_wide_u(&mut self) {
        let (first, second) = self.pop2();
        let [first, second] = [first, second].map(|half| self.builder.ins().uextend(types::I128, half));
        let product = self.builder.ins().imul(first, second);
        self.push_wide(product);
    }
}
