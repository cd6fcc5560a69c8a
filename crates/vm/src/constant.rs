//! Constant expressions (specification §3.4.13), evaluated.

use crate::heap::{self, Locked};
use crate::ids::InstanceId;
use crate::store::{Host, Store};
use transom_code::{field_class, struct_layout};
use transom_layout::object::i31;
use transom_module::{ConstExpr, ConstOp, TypeIdx};
use transom_types::RegisteredType;

/// The bytes of the value of an expression of an instance's module. Its imports and the globals before the
/// expression have been initialised.
pub fn evaluate(host: &mut dyn Host, instance: InstanceId, expression: &ConstExpr) -> anyhow::Result<u128> {
    // The values on the stack are nobody's yet.
    let locked = Locked::new(host);
    evaluate_locked(&mut *locked.0, instance, expression)
}

fn evaluate_locked(
    host: &mut dyn Host,
    instance: InstanceId,
    expression: &ConstExpr,
) -> anyhow::Result<u128> {
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
            ConstOp::StructNew(ty) => new_struct(host, instance, ty, Some(&mut stack))?,
            ConstOp::StructNewDefault(ty) => new_struct(host, instance, ty, None)?,
            ConstOp::ArrayNew(ty) => {
                let length = pop(&mut stack) as u32;
                let value = stack.pop().expect("validation has checked the operand stack");
                new_array(host, instance, ty, (length, &[value]))?
            }
            ConstOp::ArrayNewDefault(ty) => {
                let length = pop(&mut stack) as u32;
                new_array(host, instance, ty, (length, &[]))?
            }
            ConstOp::ArrayNewFixed(ty, length) => {
                let values = stack.split_off(stack.len() - length as usize);
                new_fixed_array(host, instance, ty, &values)?
            }
            ConstOp::RefI31 => u128::from(i31(pop(&mut stack) as u32)),
            // Host references are the same bits on both sides.
            ConstOp::AnyConvertExtern | ConstOp::ExternConvertAny => u128::from(pop(&mut stack)),
        };
        stack.push(value);
    }
    Ok(stack
        .pop()
        .expect("validation has checked that an expression leaves a value"))
}

/// A type of an instance's module, and its type word.
fn object_type(host: &mut dyn Host, instance: InstanceId, ty: TypeIdx) -> (RegisteredType, u32) {
    let store = host.store();
    let ty = store.instance(instance).module().module().ty(ty).clone();
    let word = store.objects_mut().type_word(&ty);
    (ty, word.expect("instantiation has defined the module's types"))
}

/// A structure of values from the stack, or of zeros.
fn new_struct(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    stack: Option<&mut Vec<u128>>,
) -> anyhow::Result<u128> {
    let (ty, word) = object_type(host, instance, ty);
    let fields = ty.sub_type().composite.as_struct();
    let fields = fields.expect("validation has found a structure type");
    let registry = host.store().engine().registry();
    let layout = struct_layout(registry, fields);
    let classes: Vec<_> = fields
        .iter()
        .map(|field| field_class(registry, field.storage))
        .collect();
    let object = heap::allocate(host, word, u64::from(layout.size))?;
    let values = match stack {
        Some(stack) => stack.split_off(stack.len() - fields.len()),
        None => vec![0; fields.len()],
    };
    let heap = host.store().objects_mut().heap_mut();
    for ((class, &offset), value) in classes.iter().zip(&layout.offsets).zip(values) {
        heap.write(object, offset, class.size(), value);
    }
    Ok(u128::from(object))
}

/// An array of one value, or of zeros.
fn new_array(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    (length, value): (u32, &[u128]),
) -> anyhow::Result<u128> {
    let (_, word) = object_type(host, instance, ty);
    let array = heap::allocate_array(host, word, length)?;
    let heap = host.store().objects_mut().heap_mut();
    for &value in value {
        heap.fill_elements(array, 0, length, value);
    }
    Ok(u128::from(array))
}

fn new_fixed_array(
    host: &mut dyn Host,
    instance: InstanceId,
    ty: TypeIdx,
    values: &[u128],
) -> anyhow::Result<u128> {
    let array = new_array(host, instance, ty, (values.len() as u32, &[]))?;
    let heap = host.store().objects_mut().heap_mut();
    for (index, &value) in values.iter().enumerate() {
        heap.fill_elements(array as u32, index as u32, 1, value);
    }
    Ok(array)
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
