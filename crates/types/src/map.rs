//! Rewriting the references to defined types inside a type, and nothing else of it.
//!
//! Each shape has one fallible mapping; everything that needs another kind of reference (from a module's
//! indices to a rec group, from a rec group to the registry) goes through it, so a new place where a type can
//! mention another is added here once.

use crate::{CompositeType, FieldType, FuncType, HeapType, RefType, StorageType, SubType, ValType};
use core::convert::Infallible;

impl<R: Copy> HeapType<R> {
    /// Maps the reference to a defined type, if it is one.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<HeapType<S>, E> {
        Ok(match *self {
            HeapType::Func => HeapType::Func,
            HeapType::NoFunc => HeapType::NoFunc,
            HeapType::Extern => HeapType::Extern,
            HeapType::NoExtern => HeapType::NoExtern,
            HeapType::Any => HeapType::Any,
            HeapType::Eq => HeapType::Eq,
            HeapType::I31 => HeapType::I31,
            HeapType::Struct => HeapType::Struct,
            HeapType::Array => HeapType::Array,
            HeapType::None => HeapType::None,
            HeapType::Exn => HeapType::Exn,
            HeapType::NoExn => HeapType::NoExn,
            HeapType::Concrete(r) => HeapType::Concrete(f(r)?),
        })
    }
}

impl<R: Copy> RefType<R> {
    /// Maps the reference to a defined type inside.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<RefType<S>, E> {
        Ok(RefType {
            nullable: self.nullable,
            heap: self.heap.try_map(f)?,
        })
    }
}

impl<R: Copy> ValType<R> {
    /// Maps the reference to a defined type inside.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<ValType<S>, E> {
        Ok(match self {
            ValType::I32 => ValType::I32,
            ValType::I64 => ValType::I64,
            ValType::F32 => ValType::F32,
            ValType::F64 => ValType::F64,
            ValType::V128 => ValType::V128,
            ValType::Ref(r) => ValType::Ref(r.try_map(f)?),
        })
    }
}

impl<R: Copy> FuncType<R> {
    /// Maps all references to defined types inside, parameters first.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<FuncType<S>, E> {
        Ok(FuncType {
            params: self
                .params
                .iter()
                .map(|t| t.try_map(f))
                .collect::<Result<_, E>>()?,
            results: self
                .results
                .iter()
                .map(|t| t.try_map(f))
                .collect::<Result<_, E>>()?,
        })
    }
}

impl<R: Copy> FieldType<R> {
    /// Maps the reference to a defined type inside.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<FieldType<S>, E> {
        let storage = match &self.storage {
            StorageType::I8 => StorageType::I8,
            StorageType::I16 => StorageType::I16,
            StorageType::Val(v) => StorageType::Val(v.try_map(f)?),
        };
        Ok(FieldType {
            storage,
            mutable: self.mutable,
        })
    }
}

impl<R: Copy> CompositeType<R> {
    /// Maps all references to defined types inside, in order.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<CompositeType<S>, E> {
        Ok(match self {
            CompositeType::Func(func) => CompositeType::Func(func.try_map(f)?),
            CompositeType::Struct(fields) => {
                CompositeType::Struct(fields.iter().map(|t| t.try_map(f)).collect::<Result<_, E>>()?)
            }
            CompositeType::Array(element) => CompositeType::Array(element.try_map(f)?),
        })
    }
}

impl<R: Copy> SubType<R> {
    /// Maps all references to defined types inside, the supertype first.
    ///
    /// # Errors
    /// Whatever `f` returns.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(R) -> Result<S, E>) -> Result<SubType<S>, E> {
        Ok(SubType {
            is_final: self.is_final,
            supertype: self.supertype.map(&mut *f).transpose()?,
            composite: self.composite.try_map(f)?,
        })
    }

    /// [`Self::try_map`] with a mapping that always succeeds.
    pub fn map<S>(&self, mut f: impl FnMut(R) -> S) -> SubType<S> {
        match self.try_map::<S, Infallible>(&mut |r| Ok(f(r))) {
            Ok(mapped) => mapped,
        }
    }

    /// Calls `f` with every reference to a defined type, the supertype first.
    pub fn for_each_ref(&self, f: impl FnMut(R)) {
        self.map(f);
    }
}

#[cfg(test)]
mod tests;
