//! Garbage in bits that are undefined, as a test that nothing relies on them: see [`Tunables::dirt`].
//!
//! Where functions meet, a value of 32 bits lies in a register or slot of 64. If garbage is to be there, the signature of the side that
//! passes the value says 64 bits, which changes no place, and the garbage is a part of what is passed. The side that takes the value
//! is compiled as ever: its code is what is tested. Without garbage, nothing here does anything.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_frontend::FunctionBuilder;
use transom_code::Tunables;

/// Whether there is garbage, and which.
#[derive(Clone, Copy)]
pub struct Dirt<'a>(pub &'a Tunables);

/// What a signature is for, which says who passes values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// A function: it passes results.
    Callee,
    /// Calls of it: they pass arguments.
    Caller,
    /// Tail calls of it: they pass arguments, and results must look like those of the function that they are in.
    TailCaller,
}

impl Dirt<'_> {
    /// The side that a signature differs for.
    pub fn side(self, side: Side) -> Side {
        match self.0.dirty_upper_halves {
            true => side,
            false => Side::Caller,
        }
    }

    /// The type with which a parameter stands in a signature.
    pub fn param(self, side: Side, ty: Type) -> Type {
        match side {
            Side::Callee => ty,
            Side::Caller | Side::TailCaller => self.carrier(ty),
        }
    }

    /// The type with which a result stands in a signature.
    pub fn result(self, side: Side, ty: Type) -> Type {
        match side {
            Side::Caller => ty,
            Side::Callee | Side::TailCaller => self.carrier(ty),
        }
    }

    /// The type of what is passed for a value of a type.
    pub fn carrier(self, ty: Type) -> Type {
        match ty {
            types::I32 if self.0.dirty_upper_halves => types::I64,
            types::F32 if self.0.dirty_upper_halves => types::F64,
            _ => ty,
        }
    }

    /// What is passed for a value: the same, with garbage above it.
    pub fn add(self, builder: &mut FunctionBuilder<'_>, value: Value) -> Value {
        let ty = builder.func.dfg.value_type(value);
        if self.carrier(ty) == ty {
            return value;
        }
        let flags = MemFlagsData::new();
        let bits = match ty {
            types::F32 => builder.ins().bitcast(types::I32, flags, value),
            _ => value,
        };
        let dirt = u64::from(self.0.dirt(value.as_u32())) << 32;
        let dirt = builder.ins().iconst(types::I64, dirt as i64);
        let bits = builder.ins().uextend(types::I64, bits);
        let bits = builder.ins().bor(bits, dirt);
        match ty {
            types::F32 => builder.ins().bitcast(types::F64, flags, bits),
            _ => bits,
        }
    }
}
