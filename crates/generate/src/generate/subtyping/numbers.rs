//! Values that are numbers, many of them facts about references. Floating-point arithmetic is left out that could make a NaN,
//! whose bits engines may choose.

use super::bodies::Body;
use super::types::{abstract_heap, reference};
use wasm_encoder::{AbstractHeapType, InstructionSink, RefType, ValType};

type Emit = fn(&mut InstructionSink<'_>);

macro_rules! instructions {
    ($($name:ident)*) => { [$(|emit| { emit.$name(); }),*] };
}

const UNARY_I32: [Emit; 6] = instructions!(i32_clz i32_ctz i32_popcnt i32_eqz i32_extend8_s i32_extend16_s);
const BINARY_I32: [Emit; 15] = instructions!(
    i32_add i32_sub i32_mul i32_and i32_or i32_xor i32_shl i32_shr_s i32_shr_u i32_rotl i32_rotr
    i32_eq i32_lt_s i32_lt_u i32_ge_s
);
const BINARY_I64: [Emit; 11] = instructions!(
    i64_add i64_sub i64_mul i64_and i64_or i64_xor i64_shl i64_shr_s i64_shr_u i64_rotl i64_rotr
);
const UNARY_F32: [Emit; 2] = instructions!(f32_abs f32_neg);
const UNARY_F64: [Emit; 2] = instructions!(f64_abs f64_neg);

impl Body<'_> {
    /// A number, in any way.
    pub fn number(&mut self, ty: ValType, depth: u32) {
        match self.random.below(10) {
            0..2 => self.field(ty, depth),
            2..4 => self.call_for(ty, depth),
            4 => self.either(ty, depth),
            5 => self.leaf(ty),
            _ => match ty {
                ValType::I32 => self.int32(depth),
                ValType::I64 => self.int64(depth),
                ValType::F32 => self.float(ty, [ValType::I64, ValType::I32], depth),
                _ => self.float(ty, [ValType::I32, ValType::I64], depth),
            },
        }
    }

    fn operate(&mut self, instructions: &[Emit], operands: &[ValType], depth: u32) {
        for operand in operands {
            self.value(*operand, depth - 1);
        }
        let instruction = self.random.choose(instructions);
        instruction(&mut self.emit());
    }

    fn int32(&mut self, depth: u32) {
        use ValType::{F64, I32, I64};
        match self.random.below(12) {
            0..2 => self.operate(&UNARY_I32, &[I32], depth),
            2..5 => self.operate(&BINARY_I32, &[I32, I32], depth),
            5 => self.operate(&instructions!(i32_wrap_i64), &[I64], depth),
            6 => self.operate(&instructions!(f64_lt f64_eq f64_ge), &[F64, F64], depth),
            7 => {
                let eq = ValType::Ref(RefType::EQREF);
                self.operate(&instructions!(ref_eq), &[eq, eq], depth);
            }
            8 => {
                let i31 = reference(abstract_heap(AbstractHeapType::I31), false);
                self.operate(&instructions!(i31_get_s i31_get_u), &[ValType::Ref(i31)], depth);
            }
            9 => {
                let array = reference(abstract_heap(AbstractHeapType::Array), false);
                self.operate(&instructions!(array_len), &[ValType::Ref(array)], depth);
            }
            10 => {
                let ty = self.some_reference();
                self.operate(&instructions!(ref_is_null), &[ValType::Ref(ty)], depth);
            }
            _ => self.tested(depth),
        }
    }

    /// A type that some global has.
    fn some_reference(&mut self) -> RefType {
        let references = self
            .world
            .globals
            .iter()
            .filter_map(|global| match global.val_type {
                ValType::Ref(ty) => Some(ty),
                _ => None,
            });
        let references: Vec<RefType> = references.collect();
        self.random.choose(&references)
    }

    /// Whether a value of one type is of another.
    fn tested(&mut self, depth: u32) {
        let target = self.some_reference();
        let target = target.nullable(self.random.chance(40));
        let source = self.source(target.heap_type);
        self.value(ValType::Ref(source), depth - 1);
        self.test(target);
    }

    fn int64(&mut self, depth: u32) {
        use ValType::{F32, F64, I32, I64};
        match self.random.below(6) {
            0..3 => self.operate(&BINARY_I64, &[I64, I64], depth),
            3 => self.operate(&instructions!(i64_extend_i32_s i64_extend_i32_u), &[I32], depth),
            4 => self.operate(
                &instructions!(i64_trunc_sat_f32_s i64_trunc_sat_f32_u),
                &[F32],
                depth,
            ),
            _ => self.operate(&instructions!(i64_reinterpret_f64), &[F64], depth),
        }
    }

    fn float(&mut self, ty: ValType, integers: [ValType; 2], depth: u32) {
        let from = self.random.choose(&integers);
        let is_f32 = ty == ValType::F32;
        match (self.random.below(3), from) {
            (0, _) if is_f32 => self.operate(&UNARY_F32, &[ty], depth),
            (0, _) => self.operate(&UNARY_F64, &[ty], depth),
            (1, _) if is_f32 => self.operate(&instructions!(f32_copysign), &[ty, ty], depth),
            (1, _) => self.operate(&instructions!(f64_copysign), &[ty, ty], depth),
            (_, ValType::I32) if is_f32 => self.operate(&instructions!(f32_convert_i32_s), &[from], depth),
            (_, ValType::I32) => self.operate(&instructions!(f64_convert_i32_u), &[from], depth),
            _ if is_f32 => self.operate(&instructions!(f32_convert_i64_u), &[from], depth),
            _ => self.operate(&instructions!(f64_convert_i64_s), &[from], depth),
        }
    }
}
