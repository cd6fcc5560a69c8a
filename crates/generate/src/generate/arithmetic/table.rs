//! The instructions of arithmetic, with what they take and give.

use wasm_encoder::{InstructionSink, MemArg, MemArgTarget, ValType};

type Emit = fn(&mut InstructionSink<'_>);
type EmitWithLocal = fn(&mut InstructionSink<'_>, u32);

/// An instruction.
#[derive(Clone, Copy)]
pub struct Operation {
    pub emit: Emit,
    pub operands: &'static [ValType],
    pub result: Option<ValType>,
    /// Whether the last operand must not be zero.
    pub divides: bool,
    /// Whether the first operand is an address.
    pub accesses: bool,
    /// The floats in which there may be a NaN that is not the canonical one.
    pub lanes: Lanes,
}

/// Which floats a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    None,
    F32,
    F64,
    F32x4,
    F64x2,
}

/// How NaNs in the value on the stack become the canonical one, by way of a local.
pub const CANONICAL: &[(Lanes, EmitWithLocal)] = &[
    (Lanes::F32, |emit, local| {
        emit.local_tee(local)
            .f32_const(f32::NAN.into())
            .local_get(local)
            .local_get(local)
            .f32_eq()
            .select();
    }),
    (Lanes::F64, |emit, local| {
        emit.local_tee(local)
            .f64_const(f64::NAN.into())
            .local_get(local)
            .local_get(local)
            .f64_eq()
            .select();
    }),
    (Lanes::F32x4, |emit, local| {
        emit.local_tee(local)
            .f32_const(f32::NAN.into())
            .f32x4_splat()
            .local_get(local)
            .local_get(local)
            .f32x4_eq()
            .v128_bitselect();
    }),
    (Lanes::F64x2, |emit, local| {
        emit.local_tee(local)
            .f64_const(f64::NAN.into())
            .f64x2_splat()
            .local_get(local)
            .local_get(local)
            .f64x2_eq()
            .v128_bitselect();
    }),
];

const fn operation(emit: Emit, operands: &'static [ValType], result: Option<ValType>) -> Operation {
    Operation {
        emit,
        operands,
        result,
        divides: false,
        accesses: false,
        lanes: Lanes::None,
    }
}

impl Operation {
    const fn exact(self) -> Operation {
        self
    }

    const fn divides(mut self) -> Operation {
        self.divides = true;
        self
    }

    const fn accesses(mut self) -> Operation {
        self.accesses = true;
        self
    }

    const fn nan(mut self, lanes: Lanes) -> Operation {
        self.lanes = lanes;
        self
    }
}

/// An access a little behind its address, which need not be aligned.
const PLACE: MemArg = MemArg {
    offset: 3,
    align: 0,
    target: MemArgTarget::Memory(0),
    ordering: None,
};

/// Rows of instructions that take the same and give the same: what they take, what they give, what is special about
/// them, what their methods are given.
macro_rules! rows {
    ($($operands:tt -> $result:ident . $special:ident $arguments:tt $given:tt: $($name:ident)*;)*) => {
        &[$($(row!($name $operands $result $special $arguments $given)),*),*]
    };
}

macro_rules! row {
    ($name:ident ($($operand:ident)*) $result:ident $special:ident ($($argument:expr)?) ($($given:expr)?)) => {
        operation(
            |emit| { emit.$name($($given)?); },
            &[$(ValType::$operand),*],
            result!($result),
        )
        .$special($($argument)?)
    };
}

macro_rules! result {
    (Nothing) => {
        None
    };
    ($result:ident) => {
        Some(ValType::$result)
    };
}

/// What gives a value.
pub const INSTRUCTIONS: &[Operation] = rows! {
    (I32 I32) -> I32.exact()(): i32_add i32_sub i32_mul i32_and i32_or i32_xor i32_shl i32_shr_s i32_shr_u i32_rotl i32_rotr
        i32_eq i32_ne i32_lt_s i32_lt_u i32_gt_s i32_gt_u i32_le_s i32_le_u i32_ge_s i32_ge_u;
    (I32 I32) -> I32.divides()(): i32_div_s i32_div_u i32_rem_s i32_rem_u;
    (I32) -> I32.exact()(): i32_clz i32_ctz i32_popcnt i32_eqz i32_extend8_s i32_extend16_s;
    (I64 I64) -> I64.exact()(): i64_add i64_sub i64_mul i64_and i64_or i64_xor i64_shl i64_shr_s i64_shr_u i64_rotl i64_rotr;
    (I64 I64) -> I64.divides()(): i64_div_s i64_div_u i64_rem_s i64_rem_u;
    (I64 I64) -> I32.exact()(): i64_eq i64_ne i64_lt_s i64_lt_u i64_gt_s i64_gt_u i64_le_s i64_le_u i64_ge_s i64_ge_u;
    (I64) -> I64.exact()(): i64_clz i64_ctz i64_popcnt i64_extend8_s i64_extend16_s i64_extend32_s;
    (F32 F32) -> F32.nan(Lanes::F32)(): f32_add f32_sub f32_mul f32_div f32_min f32_max;
    (F32 F32) -> F32.exact()(): f32_copysign;
    (F32) -> F32.nan(Lanes::F32)(): f32_sqrt f32_ceil f32_floor f32_trunc f32_nearest;
    (F32) -> F32.exact()(): f32_abs f32_neg;
    (F32 F32) -> I32.exact()(): f32_eq f32_ne f32_lt f32_gt f32_le f32_ge;
    (F64 F64) -> F64.nan(Lanes::F64)(): f64_add f64_sub f64_mul f64_div f64_min f64_max;
    (F64 F64) -> F64.exact()(): f64_copysign;
    (F64) -> F64.nan(Lanes::F64)(): f64_sqrt f64_ceil f64_floor f64_trunc f64_nearest;
    (F64) -> F64.exact()(): f64_abs f64_neg;
    (F64 F64) -> I32.exact()(): f64_eq f64_ne f64_lt f64_gt f64_le f64_ge;
    (I32) -> I64.exact()(): i64_extend_i32_s i64_extend_i32_u;
    (I64) -> I32.exact()(): i32_wrap_i64;
    (F32) -> I32.exact()(): i32_trunc_sat_f32_s i32_trunc_sat_f32_u i32_reinterpret_f32;
    (F64) -> I32.exact()(): i32_trunc_sat_f64_s i32_trunc_sat_f64_u;
    (F32) -> I64.exact()(): i64_trunc_sat_f32_s i64_trunc_sat_f32_u;
    (F64) -> I64.exact()(): i64_trunc_sat_f64_s i64_trunc_sat_f64_u i64_reinterpret_f64;
    (I32) -> F32.exact()(): f32_convert_i32_s f32_convert_i32_u;
    (I64) -> F32.exact()(): f32_convert_i64_s f32_convert_i64_u;
    (I32) -> F64.exact()(): f64_convert_i32_s f64_convert_i32_u;
    (I64) -> F64.exact()(): f64_convert_i64_s f64_convert_i64_u;
    (I32) -> F32.nan(Lanes::F32)(): f32_reinterpret_i32;
    (I64) -> F64.nan(Lanes::F64)(): f64_reinterpret_i64;
    (F64) -> F32.nan(Lanes::F32)(): f32_demote_f64;
    (F32) -> F64.nan(Lanes::F64)(): f64_promote_f32;
    (I32 I32 I32) -> I32.exact()(): select;
    (I64 I64 I32) -> I64.exact()(): select;
    (F32 F32 I32) -> F32.exact()(): select;
    (F64 F64 I32) -> F64.exact()(): select;
    (V128 V128 I32) -> V128.exact()(): select;
    (I32) -> I32.accesses()(PLACE): i32_load i32_load8_s i32_load8_u i32_load16_s i32_load16_u;
    (I32) -> I64.accesses()(PLACE): i64_load i64_load8_s i64_load8_u i64_load16_s i64_load16_u i64_load32_s i64_load32_u;
    (I32) -> V128.accesses()(PLACE): v128_load v128_load8x8_s v128_load16x4_u v128_load32_splat v128_load64_zero;
    () -> I32.exact()(0): memory_size;
    (V128 V128) -> V128.exact()(): v128_and v128_or v128_xor v128_andnot i8x16_swizzle
        i8x16_add i8x16_sub i8x16_add_sat_s i8x16_add_sat_u i8x16_sub_sat_s i8x16_sub_sat_u i8x16_min_s i8x16_min_u i8x16_max_s
        i8x16_max_u i8x16_avgr_u i8x16_eq i8x16_lt_s i8x16_gt_u i8x16_narrow_i16x8_s i8x16_narrow_i16x8_u
        i16x8_add i16x8_sub i16x8_mul i16x8_add_sat_s i16x8_sub_sat_u i16x8_min_s i16x8_max_u i16x8_avgr_u i16x8_q15mulr_sat_s
        i16x8_narrow_i32x4_s i16x8_narrow_i32x4_u i16x8_extmul_low_i8x16_s i16x8_extmul_high_i8x16_u i16x8_ge_s i16x8_le_u
        i32x4_add i32x4_sub i32x4_mul i32x4_min_u i32x4_max_s i32x4_dot_i16x8_s i32x4_extmul_low_i16x8_u i32x4_lt_u i32x4_gt_s
        i64x2_add i64x2_sub i64x2_mul i64x2_extmul_high_i32x4_s i64x2_eq i64x2_lt_s i64x2_ge_s f32x4_lt f32x4_ge f64x2_eq f64x2_le;
    (V128 V128) -> V128.nan(Lanes::F32x4)(): f32x4_add f32x4_sub f32x4_mul f32x4_div f32x4_min f32x4_max f32x4_pmin f32x4_pmax;
    (V128 V128) -> V128.nan(Lanes::F64x2)(): f64x2_add f64x2_sub f64x2_mul f64x2_div f64x2_min f64x2_max f64x2_pmin f64x2_pmax;
    (V128) -> V128.exact()(): v128_not i8x16_abs i8x16_neg i8x16_popcnt i16x8_abs i16x8_extend_low_i8x16_s i32x4_neg i64x2_abs
        i16x8_extadd_pairwise_i8x16_u i32x4_extadd_pairwise_i16x8_s i32x4_extend_high_i16x8_u i32x4_trunc_sat_f32x4_s
        i32x4_trunc_sat_f32x4_u i32x4_trunc_sat_f64x2_s_zero i32x4_trunc_sat_f64x2_u_zero f32x4_convert_i32x4_s
        f32x4_convert_i32x4_u f64x2_convert_low_i32x4_s f64x2_convert_low_i32x4_u;
    (V128) -> V128.nan(Lanes::F32x4)(): f32x4_sqrt f32x4_ceil f32x4_floor f32x4_nearest f32x4_demote_f64x2_zero;
    (V128) -> V128.nan(Lanes::F64x2)(): f64x2_sqrt f64x2_trunc f64x2_nearest f64x2_promote_low_f32x4;
    (V128 I32) -> V128.exact()(): i8x16_shl i8x16_shr_s i8x16_shr_u i16x8_shl i16x8_shr_s i32x4_shr_u i64x2_shl i64x2_shr_s;
    (V128 V128 V128) -> V128.exact()(): v128_bitselect;
    (V128 V128) -> V128.exact()([0, 17, 2, 31, 4, 21, 6, 23, 8, 25, 10, 10, 12, 29, 14, 1]): i8x16_shuffle;
    (V128) -> I32.exact()(): v128_any_true i8x16_all_true i32x4_all_true i8x16_bitmask i16x8_bitmask i64x2_bitmask;
    (V128) -> I32.exact()(3): i8x16_extract_lane_s i8x16_extract_lane_u i16x8_extract_lane_s i32x4_extract_lane;
    (V128) -> I64.exact()(1): i64x2_extract_lane;
    (V128) -> F32.nan(Lanes::F32)(2): f32x4_extract_lane;
    (V128) -> F64.nan(Lanes::F64)(1): f64x2_extract_lane;
    (I32) -> V128.exact()(): i8x16_splat i16x8_splat i32x4_splat;
    (I64) -> V128.exact()(): i64x2_splat;
    (F32) -> V128.exact()(): f32x4_splat;
    (F64) -> V128.exact()(): f64x2_splat;
    (V128 I32) -> V128.exact()(2): i8x16_replace_lane i16x8_replace_lane i32x4_replace_lane;
    (V128 F64) -> V128.exact()(0): f64x2_replace_lane;
};

/// What changes the memory and gives nothing.
pub const STORES: &[Operation] = rows! {
    (I32 I32) -> Nothing.accesses()(PLACE): i32_store i32_store8 i32_store16;
    (I32 I64) -> Nothing.accesses()(PLACE): i64_store i64_store8 i64_store16 i64_store32;
    (I32 F32) -> Nothing.accesses()(PLACE): f32_store;
    (I32 F64) -> Nothing.accesses()(PLACE): f64_store;
    (I32 V128) -> Nothing.accesses()(PLACE): v128_store;
};
