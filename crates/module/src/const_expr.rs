//! Constant expressions (specification §3.4.13).

use crate::{FuncIdx, GlobalIdx, ModuleError, TypeIdx, convert};
use transom_types::{HeapType, RegisteredType};
use wasmparser::Operator;

/// An expression that instantiation evaluates: instructions of a stack machine that leave one value.
#[derive(Clone, PartialEq, Debug)]
pub struct ConstExpr {
    /// The instructions, without the final `end`.
    pub ops: Vec<ConstOp>,
}

/// An instruction of a constant expression.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ConstOp {
    /// `i32.const`
    I32Const(i32),
    /// `i64.const`
    I64Const(i64),
    /// `f32.const`, as bits
    F32Const(u32),
    /// `f64.const`, as bits
    F64Const(u64),
    /// `v128.const`, as bits
    V128Const(u128),
    /// `global.get`
    GlobalGet(GlobalIdx),
    /// `ref.null`
    RefNull(HeapType),
    /// `ref.func`
    RefFunc(FuncIdx),
    /// `i32.add`
    I32Add,
    /// `i32.sub`
    I32Sub,
    /// `i32.mul`
    I32Mul,
    /// `i64.add`
    I64Add,
    /// `i64.sub`
    I64Sub,
    /// `i64.mul`
    I64Mul,
    /// `struct.new`: takes one value per field
    StructNew(TypeIdx),
    /// `struct.new_default`
    StructNewDefault(TypeIdx),
    /// `array.new`: takes an element and a length
    ArrayNew(TypeIdx),
    /// `array.new_default`: takes a length
    ArrayNewDefault(TypeIdx),
    /// `array.new_fixed`: takes so many elements
    ArrayNewFixed(TypeIdx, u32),
    /// `ref.i31`
    RefI31,
    /// `any.convert_extern`
    AnyConvertExtern,
    /// `extern.convert_any`
    ExternConvertAny,
}

impl ConstExpr {
    /// Reads a constant expression that has been validated.
    pub(crate) fn read(
        types: &[RegisteredType],
        expr: &wasmparser::ConstExpr<'_>,
    ) -> Result<Self, ModuleError> {
        let mut ops = Vec::new();
        for item in expr.get_operators_reader().into_iter_with_offsets() {
            let (op, offset) = item?;
            if !matches!(op, Operator::End) {
                ops.push(const_op(types, &op, offset)?);
            }
        }
        Ok(ConstExpr { ops })
    }

    /// The functions that the expression makes references of.
    pub fn functions(&self) -> impl Iterator<Item = FuncIdx> {
        self.ops.iter().filter_map(|op| match op {
            ConstOp::RefFunc(func) => Some(*func),
            _ => None,
        })
    }

    /// The value, if it is an `i32.const` or `i64.const` alone; the former as an unsigned number.
    pub fn as_offset(&self) -> Option<u64> {
        match *self.ops {
            [ConstOp::I32Const(value)] => Some(u64::from(value.cast_unsigned())),
            [ConstOp::I64Const(value)] => Some(value.cast_unsigned()),
            _ => None,
        }
    }
}

fn const_op(types: &[RegisteredType], op: &Operator<'_>, offset: u64) -> Result<ConstOp, ModuleError> {
    Ok(match *op {
        Operator::I32Const { value } => ConstOp::I32Const(value),
        Operator::I64Const { value } => ConstOp::I64Const(value),
        Operator::F32Const { value } => ConstOp::F32Const(value.bits()),
        Operator::F64Const { value } => ConstOp::F64Const(value.bits()),
        Operator::V128Const { value } => ConstOp::V128Const(u128::from_le_bytes(*value.bytes())),
        Operator::GlobalGet { global_index } => ConstOp::GlobalGet(GlobalIdx::from_u32(global_index)),
        Operator::RefNull { hty } => ConstOp::RefNull(convert::in_types(types).heap_type(hty)?),
        Operator::RefFunc { function_index } => ConstOp::RefFunc(FuncIdx::from_u32(function_index)),
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        Operator::StructNew { struct_type_index } => ConstOp::StructNew(TypeIdx::from_u32(struct_type_index)),
        Operator::StructNewDefault { struct_type_index } => {
            ConstOp::StructNewDefault(TypeIdx::from_u32(struct_type_index))
        }
        Operator::ArrayNew { array_type_index } => ConstOp::ArrayNew(TypeIdx::from_u32(array_type_index)),
        Operator::ArrayNewDefault { array_type_index } => {
            ConstOp::ArrayNewDefault(TypeIdx::from_u32(array_type_index))
        }
        Operator::ArrayNewFixed {
            array_type_index,
            array_size,
        } => ConstOp::ArrayNewFixed(TypeIdx::from_u32(array_type_index), array_size),
        Operator::RefI31 => ConstOp::RefI31,
        Operator::AnyConvertExtern => ConstOp::AnyConvertExtern,
        Operator::ExternConvertAny => ConstOp::ExternConvertAny,
        _ => {
            return Err(ModuleError::unsupported(
                "this instruction in a constant expression",
                offset,
            ));
        }
    })
}
