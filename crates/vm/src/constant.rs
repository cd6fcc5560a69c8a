//! Constant expressions (specification §3.4.13), evaluated.

use crate::crossing::objects;
use crate::heap::Locked;
use crate::ids::InstanceId;
use crate::store::{Host, Store};
use crate::value::Value;
use transom_code::heap_class;
use transom_layout::object::i31;
use transom_module::{ConstExpr, ConstOp, TypeIdx};
use transom_types::RegisteredType;

/// The value of an expression of an instance's module. Its imports and the globals before the
/// expression have been initialised.
pub fn evaluate(
    host: &mut dyn Host,
    instance: InstanceId,
    expression: &ConstExpr,
) -> transom_error::Result<Value> {
    // The values on the stack are nobody's yet.
    let locked = Locked::new(host);
    evaluate_locked(&mut *locked.0, instance, expression)
}

fn evaluate_locked(
    host: &mut dyn Host,
    instance: InstanceId,
    expression: &ConstExpr,
) -> transom_error::Result<Value> {
    let mut stack: Vec<Value> = Vec::with_capacity(2);
    for op in &expression.ops {
        let value = match *op {
            ConstOp::I32Const(value) => Value::Number(u128::from(value as u32)),
            ConstOp::I64Const(value) => Value::Number(u128::from(value as u64)),
            ConstOp::F32Const(bits) => Value::Number(u128::from(bits)),
            ConstOp::F64Const(bits) => Value::Number(u128::from(bits)),
            ConstOp::V128Const(bits) => Value::Number(bits),
            ConstOp::RefNull(heap) => Value::zero(heap_class(host.store().engine().registry(), heap)),
            ConstOp::GlobalGet(global) => {
                let store = host.store();
                let id = store.instance(instance).global(global);
                store.global_value(id)
            }
            ConstOp::RefFunc(function) => {
                let store: &Store = host.store();
                Value::Function(Some(store.instance(instance).function(function)))
            }
            ConstOp::I32Add => binary32(&mut stack, u32::wrapping_add),
            ConstOp::I32Sub => binary32(&mut stack, u32::wrapping_sub),
            ConstOp::I32Mul => binary32(&mut stack, u32::wrapping_mul),
            ConstOp::I64Add => binary64(&mut stack, u64::wrapping_add),
            ConstOp::I64Sub => binary64(&mut stack, u64::wrapping_sub),
            ConstOp::I64Mul => binary64(&mut stack, u64::wrapping_mul),
            ConstOp::StructNew(ty) => new_struct(host, instance, ty, Some(&mut stack))?,
            ConstOp::StructNewDefault(ty) => new_struct(host, instance, ty, None)?,
            ConstOp::ArrayNew(ty) => {
                let length = pop(&mut stack) as u32;
                let value = stack.pop().expect("validation has checked the operand stack");
                new_array(host, instance, ty, (length, Some(value)))?
            }
            ConstOp::ArrayNewDefault(ty) => {
                let length = pop(&mut stack) as u32;
                new_array(host, instance, ty, (length, None))?
            }
            ConstOp::ArrayNewFixed(ty, length) => {
                let values = stack.split_off(stack.len() - length as usize);
                new_fixed_array(host, instance, ty, &values)?
            }
            ConstOp::RefI31 => Value::Object(i31(pop(&mut stack) as u32)),
            // Host references are the same bits on both sides.
            ConstOp::AnyConvertExtern | ConstOp::ExternConvertAny => Value::Object(pop(&mut stack) as u32),
        };
        stack.push(value);
    }
    Ok(stack
        .pop()
        .expect("validation has checked that an expression leaves a value"))
}

/// A type of an instance's module.
fn object_type(host: &mut dyn Host, instance: InstanceId, ty: TypeIdx) -> RegisteredType {
    host.store().instance(instance).module().module().ty(ty).clone()
}

/// A structure of values from the stack, or of zeros.
fn new_struct(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    stack: Option<&mut Vec<Value>>,
) -> transom_error::Result<Value> {
    let ty = object_type(host, instance, ty);
    let object = objects::new_struct(host, &ty)?;
    if let Some(stack) = stack {
        let fields = ty.sub_type().composite.as_struct();
        let count = fields.expect("validation has found a structure type").len();
        let values = stack.split_off(stack.len() - count);
        host.store().set_fields(object, 0, &values);
    }
    Ok(Value::Object(object))
}

/// An array of one value, or of zeros.
fn new_array(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    (length, value): (u32, Option<Value>),
) -> transom_error::Result<Value> {
    let ty = object_type(host, instance, ty);
    let array = objects::new_array(host, &ty, length)?;
    if let Some(value) = value {
        host.store().fill_array(array, 0, length, value);
    }
    Ok(Value::Object(array))
}

fn new_fixed_array(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    values: &[Value],
) -> transom_error::Result<Value> {
    let ty = object_type(host, instance, ty);
    let array = objects::new_array(host, &ty, values.len() as u32)?;
    host.store().set_fields(array, 0, values);
    Ok(Value::Object(array))
}

fn pop(stack: &mut Vec<Value>) -> u64 {
    let value = stack.pop().expect("validation has checked the operand stack");
    value.bits() as u64
}

fn binary32(stack: &mut Vec<Value>, op: fn(u32, u32) -> u32) -> Value {
    let (second, first) = (pop(stack), pop(stack));
    Value::Number(u128::from(op(first as u32, second as u32)))
}

fn binary64(stack: &mut Vec<Value>, op: fn(u64, u64) -> u64) -> Value {
    let (second, first) = (pop(stack), pop(stack));
    Value::Number(u128::from(op(first, second)))
}
