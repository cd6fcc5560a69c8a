//! What the scalar numeric instructions compute (specification 3.0, §4.3.2–4.3.4, and the wide arithmetic
//! proposal), as pure functions: one row per instruction.
//!
//! Where the specification leaves the bits of a NaN open, these functions follow its deterministic profile: the NaN
//! is positive and canonical. Compiled code may give another one that the specification allows, so a test that
//! compares the two must compare NaNs as [`NumType::same`] does.

use crate::Trap;

/// A type of numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NumType {
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

impl NumType {
    /// Whether two values of the type, as bits, are the same: equal, or both a quiet NaN of a float type.
    pub fn same(self, a: u64, b: u64) -> bool {
        let quiet_nan = match self {
            NumType::I32 | NumType::I64 => return a == b,
            NumType::F32 => 0x7fc0_0000,
            NumType::F64 => 0x7ff8_0000_0000_0000,
        };
        a == b || (a & quiet_nan == quiet_nan && b & quiet_nan == quiet_nan)
    }
}

macro_rules! numeric_ops {
    ($($variant:ident $function:ident $name:literal $opcode:literal
        ($($param:ident: $type:ty),*) -> $result:ty $body:block)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            #[inline]
            pub fn $function($($param: $type),*) -> $result $body
        )*

        /// A scalar numeric instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum NumericOp {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl NumericOp {
            /// Every instruction, in the order of the opcodes within each kind.
            pub const ALL: &[NumericOp] = &[$(NumericOp::$variant),*];

            /// The name in the text format.
            pub fn name(self) -> &'static str {
                match self {
                    $(NumericOp::$variant => $name,)*
                }
            }

            /// The opcode; with its prefix in the upper byte if it has one.
            pub fn opcode(self) -> u16 {
                match self {
                    $(NumericOp::$variant => $opcode,)*
                }
            }

            /// The types of the operands.
            pub fn params(self) -> &'static [NumType] {
                match self {
                    $(NumericOp::$variant => &[$(<$type as Number>::TYPE),*],)*
                }
            }

            /// The types of the results.
            pub fn results(self) -> &'static [NumType] {
                match self {
                    $(NumericOp::$variant => <$result as Outcome>::TYPES,)*
                }
            }

            /// Computes the results from operands, both as bits. Operands that are missing count as 0, and so do
            /// the results beyond [`Self::results`].
            ///
            /// # Errors
            /// The trap, if the instruction traps.
            pub fn eval(self, operands: &[u64]) -> Result<[u64; 2], Trap> {
                let mut operands = operands.iter().copied();
                match self {
                    $(NumericOp::$variant => {
                        $(let $param = <$type as Number>::from_bits64(operands.next().unwrap_or(0));)*
                        $function($($param),*).into_results()
                    })*
                }
            }
        }
    };
}

numeric_ops! {
    // Comparison.
    I32Eqz i32_eqz "i32.eqz" 0x45 (a: i32) -> bool { a == 0 }
    I32Eq i32_eq "i32.eq" 0x46 (a: i32, b: i32) -> bool { a == b }
    I32Ne i32_ne "i32.ne" 0x47 (a: i32, b: i32) -> bool { a != b }
    I32LtS i32_lt_s "i32.lt_s" 0x48 (a: i32, b: i32) -> bool { a < b }
    I32LtU i32_lt_u "i32.lt_u" 0x49 (a: i32, b: i32) -> bool { a.cast_unsigned() < b.cast_unsigned() }
    I32GtS i32_gt_s "i32.gt_s" 0x4a (a: i32, b: i32) -> bool { a > b }
    I32GtU i32_gt_u "i32.gt_u" 0x4b (a: i32, b: i32) -> bool { a.cast_unsigned() > b.cast_unsigned() }
    I32LeS i32_le_s "i32.le_s" 0x4c (a: i32, b: i32) -> bool { a <= b }
    I32LeU i32_le_u "i32.le_u" 0x4d (a: i32, b: i32) -> bool { a.cast_unsigned() <= b.cast_unsigned() }
    I32GeS i32_ge_s "i32.ge_s" 0x4e (a: i32, b: i32) -> bool { a >= b }
    I32GeU i32_ge_u "i32.ge_u" 0x4f (a: i32, b: i32) -> bool { a.cast_unsigned() >= b.cast_unsigned() }
    I64Eqz i64_eqz "i64.eqz" 0x50 (a: i64) -> bool { a == 0 }
    I64Eq i64_eq "i64.eq" 0x51 (a: i64, b: i64) -> bool { a == b }
    I64Ne i64_ne "i64.ne" 0x52 (a: i64, b: i64) -> bool { a != b }
    I64LtS i64_lt_s "i64.lt_s" 0x53 (a: i64, b: i64) -> bool { a < b }
    I64LtU i64_lt_u "i64.lt_u" 0x54 (a: i64, b: i64) -> bool { a.cast_unsigned() < b.cast_unsigned() }
    I64GtS i64_gt_s "i64.gt_s" 0x55 (a: i64, b: i64) -> bool { a > b }
    I64GtU i64_gt_u "i64.gt_u" 0x56 (a: i64, b: i64) -> bool { a.cast_unsigned() > b.cast_unsigned() }
    I64LeS i64_le_s "i64.le_s" 0x57 (a: i64, b: i64) -> bool { a <= b }
    I64LeU i64_le_u "i64.le_u" 0x58 (a: i64, b: i64) -> bool { a.cast_unsigned() <= b.cast_unsigned() }
    I64GeS i64_ge_s "i64.ge_s" 0x59 (a: i64, b: i64) -> bool { a >= b }
    I64GeU i64_ge_u "i64.ge_u" 0x5a (a: i64, b: i64) -> bool { a.cast_unsigned() >= b.cast_unsigned() }
    F32Eq f32_eq "f32.eq" 0x5b (a: f32, b: f32) -> bool { a == b }
    F32Ne f32_ne "f32.ne" 0x5c (a: f32, b: f32) -> bool { a != b }
    F32Lt f32_lt "f32.lt" 0x5d (a: f32, b: f32) -> bool { a < b }
    F32Gt f32_gt "f32.gt" 0x5e (a: f32, b: f32) -> bool { a > b }
    F32Le f32_le "f32.le" 0x5f (a: f32, b: f32) -> bool { a <= b }
    F32Ge f32_ge "f32.ge" 0x60 (a: f32, b: f32) -> bool { a >= b }
    F64Eq f64_eq "f64.eq" 0x61 (a: f64, b: f64) -> bool { a == b }
    F64Ne f64_ne "f64.ne" 0x62 (a: f64, b: f64) -> bool { a != b }
    F64Lt f64_lt "f64.lt" 0x63 (a: f64, b: f64) -> bool { a < b }
    F64Gt f64_gt "f64.gt" 0x64 (a: f64, b: f64) -> bool { a > b }
    F64Le f64_le "f64.le" 0x65 (a: f64, b: f64) -> bool { a <= b }
    F64Ge f64_ge "f64.ge" 0x66 (a: f64, b: f64) -> bool { a >= b }

    // Integer arithmetic.
    I32Clz i32_clz "i32.clz" 0x67 (a: i32) -> i32 { a.leading_zeros().cast_signed() }
    I32Ctz i32_ctz "i32.ctz" 0x68 (a: i32) -> i32 { a.trailing_zeros().cast_signed() }
    I32Popcnt i32_popcnt "i32.popcnt" 0x69 (a: i32) -> i32 { a.count_ones().cast_signed() }
    I32Add i32_add "i32.add" 0x6a (a: i32, b: i32) -> i32 { a.wrapping_add(b) }
    I32Sub i32_sub "i32.sub" 0x6b (a: i32, b: i32) -> i32 { a.wrapping_sub(b) }
    I32Mul i32_mul "i32.mul" 0x6c (a: i32, b: i32) -> i32 { a.wrapping_mul(b) }
    I32DivS i32_div_s "i32.div_s" 0x6d (a: i32, b: i32) -> Result<i32, Trap> { match b { 0 => Err(Trap::IntegerDivisionByZero), _ => a.checked_div(b).ok_or(Trap::IntegerOverflow) } }
    I32DivU i32_div_u "i32.div_u" 0x6e (a: i32, b: i32) -> Result<i32, Trap> { a.cast_unsigned().checked_div(b.cast_unsigned()).map(u32::cast_signed).ok_or(Trap::IntegerDivisionByZero) }
    I32RemS i32_rem_s "i32.rem_s" 0x6f (a: i32, b: i32) -> Result<i32, Trap> { match b { 0 => Err(Trap::IntegerDivisionByZero), _ => Ok(a.wrapping_rem(b)) } }
    I32RemU i32_rem_u "i32.rem_u" 0x70 (a: i32, b: i32) -> Result<i32, Trap> { a.cast_unsigned().checked_rem(b.cast_unsigned()).map(u32::cast_signed).ok_or(Trap::IntegerDivisionByZero) }
    I32And i32_and "i32.and" 0x71 (a: i32, b: i32) -> i32 { a & b }
    I32Or i32_or "i32.or" 0x72 (a: i32, b: i32) -> i32 { a | b }
    I32Xor i32_xor "i32.xor" 0x73 (a: i32, b: i32) -> i32 { a ^ b }
    I32Shl i32_shl "i32.shl" 0x74 (a: i32, b: i32) -> i32 { a.wrapping_shl(b.cast_unsigned()) }
    I32ShrS i32_shr_s "i32.shr_s" 0x75 (a: i32, b: i32) -> i32 { a.wrapping_shr(b.cast_unsigned()) }
    I32ShrU i32_shr_u "i32.shr_u" 0x76 (a: i32, b: i32) -> i32 { a.cast_unsigned().wrapping_shr(b.cast_unsigned()).cast_signed() }
    I32Rotl i32_rotl "i32.rotl" 0x77 (a: i32, b: i32) -> i32 { a.rotate_left(b.cast_unsigned() % i32::BITS) }
    I32Rotr i32_rotr "i32.rotr" 0x78 (a: i32, b: i32) -> i32 { a.rotate_right(b.cast_unsigned() % i32::BITS) }
    I64Clz i64_clz "i64.clz" 0x79 (a: i64) -> i64 { i64::from(a.leading_zeros()) }
    I64Ctz i64_ctz "i64.ctz" 0x7a (a: i64) -> i64 { i64::from(a.trailing_zeros()) }
    I64Popcnt i64_popcnt "i64.popcnt" 0x7b (a: i64) -> i64 { i64::from(a.count_ones()) }
    I64Add i64_add "i64.add" 0x7c (a: i64, b: i64) -> i64 { a.wrapping_add(b) }
    I64Sub i64_sub "i64.sub" 0x7d (a: i64, b: i64) -> i64 { a.wrapping_sub(b) }
    I64Mul i64_mul "i64.mul" 0x7e (a: i64, b: i64) -> i64 { a.wrapping_mul(b) }
    I64DivS i64_div_s "i64.div_s" 0x7f (a: i64, b: i64) -> Result<i64, Trap> { match b { 0 => Err(Trap::IntegerDivisionByZero), _ => a.checked_div(b).ok_or(Trap::IntegerOverflow) } }
    I64DivU i64_div_u "i64.div_u" 0x80 (a: i64, b: i64) -> Result<i64, Trap> { a.cast_unsigned().checked_div(b.cast_unsigned()).map(u64::cast_signed).ok_or(Trap::IntegerDivisionByZero) }
    I64RemS i64_rem_s "i64.rem_s" 0x81 (a: i64, b: i64) -> Result<i64, Trap> { match b { 0 => Err(Trap::IntegerDivisionByZero), _ => Ok(a.wrapping_rem(b)) } }
    I64RemU i64_rem_u "i64.rem_u" 0x82 (a: i64, b: i64) -> Result<i64, Trap> { a.cast_unsigned().checked_rem(b.cast_unsigned()).map(u64::cast_signed).ok_or(Trap::IntegerDivisionByZero) }
    I64And i64_and "i64.and" 0x83 (a: i64, b: i64) -> i64 { a & b }
    I64Or i64_or "i64.or" 0x84 (a: i64, b: i64) -> i64 { a | b }
    I64Xor i64_xor "i64.xor" 0x85 (a: i64, b: i64) -> i64 { a ^ b }
    I64Shl i64_shl "i64.shl" 0x86 (a: i64, b: i64) -> i64 { a.wrapping_shl(shift(b)) }
    I64ShrS i64_shr_s "i64.shr_s" 0x87 (a: i64, b: i64) -> i64 { a.wrapping_shr(shift(b)) }
    I64ShrU i64_shr_u "i64.shr_u" 0x88 (a: i64, b: i64) -> i64 { a.cast_unsigned().wrapping_shr(shift(b)).cast_signed() }
    I64Rotl i64_rotl "i64.rotl" 0x89 (a: i64, b: i64) -> i64 { a.rotate_left(shift(b) % i64::BITS) }
    I64Rotr i64_rotr "i64.rotr" 0x8a (a: i64, b: i64) -> i64 { a.rotate_right(shift(b) % i64::BITS) }

    // Floating-point arithmetic.
    F32Abs f32_abs "f32.abs" 0x8b (a: f32) -> f32 { a.abs() }
    F32Neg f32_neg "f32.neg" 0x8c (a: f32) -> f32 { -a }
    F32Ceil f32_ceil "f32.ceil" 0x8d (a: f32) -> f32 { a.ceil().canonical() }
    F32Floor f32_floor "f32.floor" 0x8e (a: f32) -> f32 { a.floor().canonical() }
    F32Trunc f32_trunc "f32.trunc" 0x8f (a: f32) -> f32 { a.trunc().canonical() }
    F32Nearest f32_nearest "f32.nearest" 0x90 (a: f32) -> f32 { a.round_ties_even().canonical() }
    F32Sqrt f32_sqrt "f32.sqrt" 0x91 (a: f32) -> f32 { a.sqrt().canonical() }
    F32Add f32_add "f32.add" 0x92 (a: f32, b: f32) -> f32 { (a + b).canonical() }
    F32Sub f32_sub "f32.sub" 0x93 (a: f32, b: f32) -> f32 { (a - b).canonical() }
    F32Mul f32_mul "f32.mul" 0x94 (a: f32, b: f32) -> f32 { (a * b).canonical() }
    F32Div f32_div "f32.div" 0x95 (a: f32, b: f32) -> f32 { (a / b).canonical() }
    F32Min f32_min "f32.min" 0x96 (a: f32, b: f32) -> f32 { a.wasm_min(b) }
    F32Max f32_max "f32.max" 0x97 (a: f32, b: f32) -> f32 { a.wasm_max(b) }
    F32Copysign f32_copysign "f32.copysign" 0x98 (a: f32, b: f32) -> f32 { a.copysign(b) }
    F64Abs f64_abs "f64.abs" 0x99 (a: f64) -> f64 { a.abs() }
    F64Neg f64_neg "f64.neg" 0x9a (a: f64) -> f64 { -a }
    F64Ceil f64_ceil "f64.ceil" 0x9b (a: f64) -> f64 { a.ceil().canonical() }
    F64Floor f64_floor "f64.floor" 0x9c (a: f64) -> f64 { a.floor().canonical() }
    F64Trunc f64_trunc "f64.trunc" 0x9d (a: f64) -> f64 { a.trunc().canonical() }
    F64Nearest f64_nearest "f64.nearest" 0x9e (a: f64) -> f64 { a.round_ties_even().canonical() }
    F64Sqrt f64_sqrt "f64.sqrt" 0x9f (a: f64) -> f64 { a.sqrt().canonical() }
    F64Add f64_add "f64.add" 0xa0 (a: f64, b: f64) -> f64 { (a + b).canonical() }
    F64Sub f64_sub "f64.sub" 0xa1 (a: f64, b: f64) -> f64 { (a - b).canonical() }
    F64Mul f64_mul "f64.mul" 0xa2 (a: f64, b: f64) -> f64 { (a * b).canonical() }
    F64Div f64_div "f64.div" 0xa3 (a: f64, b: f64) -> f64 { (a / b).canonical() }
    F64Min f64_min "f64.min" 0xa4 (a: f64, b: f64) -> f64 { a.wasm_min(b) }
    F64Max f64_max "f64.max" 0xa5 (a: f64, b: f64) -> f64 { a.wasm_max(b) }
    F64Copysign f64_copysign "f64.copysign" 0xa6 (a: f64, b: f64) -> f64 { a.copysign(b) }

    // Conversion.
    I32WrapI64 i32_wrap_i64 "i32.wrap_i64" 0xa7 (a: i64) -> i32 { a as i32 }
    I32TruncF32S i32_trunc_f32_s "i32.trunc_f32_s" 0xa8 (a: f32) -> Result<i32, Trap> { in_range(f64::from(a), I32_RANGE).map(|v| v as i32) }
    I32TruncF32U i32_trunc_f32_u "i32.trunc_f32_u" 0xa9 (a: f32) -> Result<i32, Trap> { in_range(f64::from(a), U32_RANGE).map(|v| (v as u32).cast_signed()) }
    I32TruncF64S i32_trunc_f64_s "i32.trunc_f64_s" 0xaa (a: f64) -> Result<i32, Trap> { in_range(a, I32_RANGE).map(|v| v as i32) }
    I32TruncF64U i32_trunc_f64_u "i32.trunc_f64_u" 0xab (a: f64) -> Result<i32, Trap> { in_range(a, U32_RANGE).map(|v| (v as u32).cast_signed()) }
    I64ExtendI32S i64_extend_i32_s "i64.extend_i32_s" 0xac (a: i32) -> i64 { i64::from(a) }
    I64ExtendI32U i64_extend_i32_u "i64.extend_i32_u" 0xad (a: i32) -> i64 { i64::from(a.cast_unsigned()) }
    I64TruncF32S i64_trunc_f32_s "i64.trunc_f32_s" 0xae (a: f32) -> Result<i64, Trap> { in_range(f64::from(a), I64_RANGE).map(|v| v as i64) }
    I64TruncF32U i64_trunc_f32_u "i64.trunc_f32_u" 0xaf (a: f32) -> Result<i64, Trap> { in_range(f64::from(a), U64_RANGE).map(|v| (v as u64).cast_signed()) }
    I64TruncF64S i64_trunc_f64_s "i64.trunc_f64_s" 0xb0 (a: f64) -> Result<i64, Trap> { in_range(a, I64_RANGE).map(|v| v as i64) }
    I64TruncF64U i64_trunc_f64_u "i64.trunc_f64_u" 0xb1 (a: f64) -> Result<i64, Trap> { in_range(a, U64_RANGE).map(|v| (v as u64).cast_signed()) }
    F32ConvertI32S f32_convert_i32_s "f32.convert_i32_s" 0xb2 (a: i32) -> f32 { a as f32 }
    F32ConvertI32U f32_convert_i32_u "f32.convert_i32_u" 0xb3 (a: i32) -> f32 { a.cast_unsigned() as f32 }
    F32ConvertI64S f32_convert_i64_s "f32.convert_i64_s" 0xb4 (a: i64) -> f32 { a as f32 }
    F32ConvertI64U f32_convert_i64_u "f32.convert_i64_u" 0xb5 (a: i64) -> f32 { a.cast_unsigned() as f32 }
    F32DemoteF64 f32_demote_f64 "f32.demote_f64" 0xb6 (a: f64) -> f32 { (a as f32).canonical() }
    F64ConvertI32S f64_convert_i32_s "f64.convert_i32_s" 0xb7 (a: i32) -> f64 { a as f64 }
    F64ConvertI32U f64_convert_i32_u "f64.convert_i32_u" 0xb8 (a: i32) -> f64 { a.cast_unsigned() as f64 }
    F64ConvertI64S f64_convert_i64_s "f64.convert_i64_s" 0xb9 (a: i64) -> f64 { a as f64 }
    F64ConvertI64U f64_convert_i64_u "f64.convert_i64_u" 0xba (a: i64) -> f64 { a.cast_unsigned() as f64 }
    F64PromoteF32 f64_promote_f32 "f64.promote_f32" 0xbb (a: f32) -> f64 { f64::from(a).canonical() }
    I32ReinterpretF32 i32_reinterpret_f32 "i32.reinterpret_f32" 0xbc (a: f32) -> i32 { a.to_bits().cast_signed() }
    I64ReinterpretF64 i64_reinterpret_f64 "i64.reinterpret_f64" 0xbd (a: f64) -> i64 { a.to_bits().cast_signed() }
    F32ReinterpretI32 f32_reinterpret_i32 "f32.reinterpret_i32" 0xbe (a: i32) -> f32 { f32::from_bits(a.cast_unsigned()) }
    F64ReinterpretI64 f64_reinterpret_i64 "f64.reinterpret_i64" 0xbf (a: i64) -> f64 { f64::from_bits(a.cast_unsigned()) }
    I32Extend8S i32_extend8_s "i32.extend8_s" 0xc0 (a: i32) -> i32 { i32::from(a as i8) }
    I32Extend16S i32_extend16_s "i32.extend16_s" 0xc1 (a: i32) -> i32 { i32::from(a as i16) }
    I64Extend8S i64_extend8_s "i64.extend8_s" 0xc2 (a: i64) -> i64 { i64::from(a as i8) }
    I64Extend16S i64_extend16_s "i64.extend16_s" 0xc3 (a: i64) -> i64 { i64::from(a as i16) }
    I64Extend32S i64_extend32_s "i64.extend32_s" 0xc4 (a: i64) -> i64 { i64::from(a as i32) }
    I32TruncSatF32S i32_trunc_sat_f32_s "i32.trunc_sat_f32_s" 0xfc00 (a: f32) -> i32 { a as i32 }
    I32TruncSatF32U i32_trunc_sat_f32_u "i32.trunc_sat_f32_u" 0xfc01 (a: f32) -> i32 { (a as u32).cast_signed() }
    I32TruncSatF64S i32_trunc_sat_f64_s "i32.trunc_sat_f64_s" 0xfc02 (a: f64) -> i32 { a as i32 }
    I32TruncSatF64U i32_trunc_sat_f64_u "i32.trunc_sat_f64_u" 0xfc03 (a: f64) -> i32 { (a as u32).cast_signed() }
    I64TruncSatF32S i64_trunc_sat_f32_s "i64.trunc_sat_f32_s" 0xfc04 (a: f32) -> i64 { a as i64 }
    I64TruncSatF32U i64_trunc_sat_f32_u "i64.trunc_sat_f32_u" 0xfc05 (a: f32) -> i64 { (a as u64).cast_signed() }
    I64TruncSatF64S i64_trunc_sat_f64_s "i64.trunc_sat_f64_s" 0xfc06 (a: f64) -> i64 { a as i64 }
    I64TruncSatF64U i64_trunc_sat_f64_u "i64.trunc_sat_f64_u" 0xfc07 (a: f64) -> i64 { (a as u64).cast_signed() }

    // Wide arithmetic: low halves come first.
    I64Add128 i64_add128 "i64.add128" 0xfc13 (a: i64, b: i64, c: i64, d: i64) -> (i64, i64) { halves(wide(a, b).wrapping_add(wide(c, d))) }
    I64Sub128 i64_sub128 "i64.sub128" 0xfc14 (a: i64, b: i64, c: i64, d: i64) -> (i64, i64) { halves(wide(a, b).wrapping_sub(wide(c, d))) }
    I64MulWideS i64_mul_wide_s "i64.mul_wide_s" 0xfc15 (a: i64, b: i64) -> (i64, i64) { halves(i128::from(a) * i128::from(b)) }
    I64MulWideU i64_mul_wide_u "i64.mul_wide_u" 0xfc16 (a: i64, b: i64) -> (i64, i64) { halves((u128::from(a.cast_unsigned()) * u128::from(b.cast_unsigned())).cast_signed()) }
}

impl NumericOp {
    /// The instruction of this name.
    pub fn from_name(name: &str) -> Option<NumericOp> {
        NumericOp::ALL.iter().copied().find(|op| op.name() == name)
    }
}

/// A number as bits in the low part of a word.
trait Number {
    const TYPE: NumType;
    fn from_bits64(bits: u64) -> Self;
    fn to_bits64(self) -> u64;
}

impl Number for i32 {
    const TYPE: NumType = NumType::I32;

    fn from_bits64(bits: u64) -> Self {
        bits as i32
    }

    fn to_bits64(self) -> u64 {
        u64::from(self.cast_unsigned())
    }
}

impl Number for i64 {
    const TYPE: NumType = NumType::I64;

    fn from_bits64(bits: u64) -> Self {
        bits.cast_signed()
    }

    fn to_bits64(self) -> u64 {
        self.cast_unsigned()
    }
}

impl Number for f32 {
    const TYPE: NumType = NumType::F32;

    fn from_bits64(bits: u64) -> Self {
        f32::from_bits(bits as u32)
    }

    fn to_bits64(self) -> u64 {
        u64::from(self.to_bits())
    }
}

impl Number for f64 {
    const TYPE: NumType = NumType::F64;

    fn from_bits64(bits: u64) -> Self {
        f64::from_bits(bits)
    }

    fn to_bits64(self) -> u64 {
        self.to_bits()
    }
}

/// What an instruction leaves: a number, a truth value, two halves, or perhaps a trap.
trait Outcome {
    const TYPES: &'static [NumType];
    fn into_results(self) -> Result<[u64; 2], Trap>;
}

impl<T: Number> Outcome for T {
    const TYPES: &'static [NumType] = &[T::TYPE];

    fn into_results(self) -> Result<[u64; 2], Trap> {
        Ok([self.to_bits64(), 0])
    }
}

impl Outcome for bool {
    const TYPES: &'static [NumType] = &[NumType::I32];

    fn into_results(self) -> Result<[u64; 2], Trap> {
        Ok([u64::from(self), 0])
    }
}

impl Outcome for (i64, i64) {
    const TYPES: &'static [NumType] = &[NumType::I64, NumType::I64];

    fn into_results(self) -> Result<[u64; 2], Trap> {
        Ok([self.0.to_bits64(), self.1.to_bits64()])
    }
}

impl<T: Number> Outcome for Result<T, Trap> {
    const TYPES: &'static [NumType] = &[T::TYPE];

    fn into_results(self) -> Result<[u64; 2], Trap> {
        self.and_then(T::into_results)
    }
}

/// What Rust's floats do otherwise.
trait Float: Sized {
    /// The number, or the positive canonical NaN.
    fn canonical(self) -> Self;
    /// The lesser one, with -0 below 0; NaN if either is.
    fn wasm_min(self, other: Self) -> Self;
    /// The greater one, with 0 above -0; NaN if either is.
    fn wasm_max(self, other: Self) -> Self;
}

macro_rules! float {
    ($float:ident, $canonical_nan:literal) => {
        impl Float for $float {
            fn canonical(self) -> Self {
                // On the bits: between floats, an optimiser may take one NaN for another.
                let bits = self.to_bits();
                let is_nan = bits << 1 > $float::INFINITY.to_bits() << 1;
                $float::from_bits(if is_nan { $canonical_nan } else { bits })
            }

            fn wasm_min(self, other: Self) -> Self {
                if self.is_nan() || other.is_nan() {
                    return $float::from_bits($canonical_nan);
                }
                // Equal numbers differ in the sign of zero at most.
                if self == other {
                    $float::from_bits(self.to_bits() | other.to_bits())
                } else {
                    self.min(other)
                }
            }

            fn wasm_max(self, other: Self) -> Self {
                if self.is_nan() || other.is_nan() {
                    return $float::from_bits($canonical_nan);
                }
                if self == other {
                    $float::from_bits(self.to_bits() & other.to_bits())
                } else {
                    self.max(other)
                }
            }
        }
    };
}

float!(f32, 0x7fc0_0000);
float!(f64, 0x7ff8_0000_0000_0000);

/// The least integer of a type, and the one after the greatest: both are exact as floats.
type Range = (f64, f64);

const I32_RANGE: Range = (-2_147_483_648.0, 2_147_483_648.0);
const U32_RANGE: Range = (0.0, 4_294_967_296.0);
const I64_RANGE: Range = (-9_223_372_036_854_775_808.0, 9_223_372_036_854_775_808.0);
const U64_RANGE: Range = (0.0, 18_446_744_073_709_551_616.0);

/// The integral part of a float, if it is in the range.
fn in_range(value: f64, (least, end): Range) -> Result<f64, Trap> {
    let integral = value.trunc();
    if value.is_nan() {
        Err(Trap::BadConversionToInteger)
    } else if least <= integral && integral < end {
        Ok(integral)
    } else {
        Err(Trap::IntegerOverflow)
    }
}

/// How far a 64-bit shift goes; only the low bits count.
fn shift(by: i64) -> u32 {
    by as u32
}

fn wide(low: i64, high: i64) -> i128 {
    (i128::from(high) << 64) | i128::from(low.cast_unsigned())
}

fn halves(value: i128) -> (i64, i64) {
    (value as i64, (value >> 64) as i64)
}

#[cfg(test)]
mod tests;
