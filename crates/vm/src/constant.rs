//! Constant expressions (specification §3.4.13), evaluated.

use crate::instance::{InstanceId, InstantiateError};
use crate::{Host, Store};
use transom_module::{ConstExpr, ConstOp};

/// The bytes of the value of an expression of an instance's module. Its imports and the globals before the
/// expression have been initialised.
pub(crate) fn evaluate(
    host: &mut dyn Host,
    instance: InstanceId,
    expression: &ConstExpr,
) -> Result<u128, InstantiateError> {
    let mut stack: Vec<u128> = Vec::with_capacity(2);
    for op in &expression.ops {
        let value = match *op {
            ConstOp::I32Const(value) => u128::from(value as u32),
            ConstOp::I64Const(value) => u128::from(value as u64),
            ConstOp::F32Const(bits) => u128::from(bits),
            ConstOp::F64Const(bits) => u128::from(bits),
            ConstOp::V128Const(bits) => bits,
            ConstOp::RefNull(_) => 0,
            ConstOp::GlobalGet(global) => {
                let store = host.store();
                let id = store.instance(instance).global(global);
                u128::from_le_bytes(store.global(id).get())
            }
            ConstOp::RefFunc(function) => {
                let store: &Store = host.store();
                store.instance(instance).function(function).address() as u128
            }
            ConstOp::I32Add => binary32(&mut stack, u32::wrapping_add),
            ConstOp::I32Sub => binary32(&mut stack, u32::wrapping_sub),
            ConstOp::I32Mul => binary32(&mut stack, u32::wrapping_mul),
            ConstOp::I64Add => binary64(&mut stack, u64::wrapping_add),
            ConstOp::I64Sub => binary64(&mut stack, u64::wrapping_sub),
            ConstOp::I64Mul => binary64(&mut stack, u64::wrapping_mul),
            ConstOp::StructNew(_)
            | ConstOp::StructNewDefault(_)
            | ConstOp::ArrayNew(_)
            | ConstOp::ArrayNewDefault(_)
            | ConstOp::ArrayNewFixed(..)
            | ConstOp::RefI31
            | ConstOp::AnyConvertExtern
            | ConstOp::ExternConvertAny => return Err(InstantiateError::Unsupported("gc")),
        };
        stack.push(value);
    }
    Ok(stack
        .pop()
        .expect("validation has checked that an expression leaves a value"))
}

fn pop(stack: &mut Vec<u128>) -> u64 {
    stack.pop().expect("validation has checked the operand stack") as u64
}

fn binary32(stack: &mut Vec<u128>, op: fn(u32, u32) -> u32) -> u128 {
    let (second, first) = (pop(stack), pop(stack));
    u128::from(op(first as u32, second as u32))
}

fn binary64(stack: &mut Vec<u128>, op: fn(u64, u64) -> u64) -> u128 {
    let (second, first) = (pop(stack), pop(stack));
    u128::from(op(first, second))
}
