//! How functions are called: the one place that turns a [`Shape`] into Cranelift signatures.
//!
//! A WebAssembly function takes its context, then its parameters, in Cranelift's `Tail` convention, which
//! returns up to eight integers and eight floats in registers. When a function has more results than fit, all
//! of them are stored to an array of `VmValue` whose address is passed after the context; a tail call passes
//! its own on, since caller and callee have the same results.

use crate::dirt::{Dirt, Side};
use cranelift_codegen::ir::{self, AbiParam, Signature, types};
use cranelift_codegen::isa::CallConv;
use transom_code::{MachineClass, Shape};
use transom_layout::object::FieldClass;

/// The Cranelift type of a machine class.
pub fn clif_type(class: MachineClass) -> ir::Type {
    match class {
        MachineClass::I32 => types::I32,
        MachineClass::I64 => types::I64,
        MachineClass::F32 => types::F32,
        MachineClass::F64 => types::F64,
        MachineClass::V128 => types::I8X16,
    }
}

/// The Cranelift type of values of a class.
pub fn field_type(class: FieldClass) -> ir::Type {
    clif_type(MachineClass::of_class(class))
}

/// The signature of WebAssembly functions of a shape.
pub fn wasm_signature(shape: &Shape, side: Side, dirt: Dirt<'_>) -> Signature {
    let param = |&class: &MachineClass| AbiParam::new(dirt.param(side, clif_type(class)));
    let result = |&class: &MachineClass| AbiParam::new(dirt.result(side, clif_type(class)));
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.push(AbiParam::new(types::I64));
    let in_memory = shape.results_in_memory();
    if in_memory {
        signature.params.push(AbiParam::new(types::I64));
    }
    signature.params.extend(shape.params.iter().map(param));
    if !in_memory {
        signature.returns.extend(shape.results.iter().map(result));
    }
    signature
}

/// The signature of the function that polls call: no arguments, and every register is kept.
pub fn poll_signature() -> Signature {
    Signature::new(CallConv::PreserveAll)
}

/// A signature of the system's calling convention.
pub fn system_signature(params: &[ir::Type], results: &[ir::Type]) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    signature
        .params
        .extend(params.iter().map(|&ty| AbiParam::new(ty)));
    signature
        .returns
        .extend(results.iter().map(|&ty| AbiParam::new(ty)));
    signature
}
