//! The shape of a function: all that calling it needs to know.
//!
//! Adapters are keyed by shape, not by type. Types that can meet by subtyping differ only in their
//! references, and every reference of one hierarchy is the same machine word; so types that can meet have one
//! shape, and an adapter for one serves the other.

use crate::{heap_class, value_class};
use std::fmt::{self, Display, Formatter};
use transom_layout::object::FieldClass;
use transom_types::{FuncType, HeapType, TypeRegistry, ValType};

/// What a value is to the machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MachineClass {
    /// 32-bit integer, or a reference to something that is not a function.
    I32,
    /// 64-bit integer, or a reference to a function.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
}

impl MachineClass {
    /// Bytes that a value takes in memory.
    pub fn size(self) -> u32 {
        match self {
            MachineClass::I32 | MachineClass::F32 => 4,
            MachineClass::I64 | MachineClass::F64 => 8,
            MachineClass::V128 => 16,
        }
    }

    /// Whether a value is passed in a register for integers.
    pub fn is_int(self) -> bool {
        matches!(self, MachineClass::I32 | MachineClass::I64)
    }
}

/// The machine classes of a function's parameters and results.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shape {
    /// Classes of the parameters.
    pub params: Box<[MachineClass]>,
    /// Classes of the results.
    pub results: Box<[MachineClass]>,
}

impl MachineClass {
    /// The class of a value type; the registry tells references to functions from others.
    pub fn of(registry: &TypeRegistry, ty: ValType) -> MachineClass {
        MachineClass::of_class(value_class(registry, ty))
    }

    /// The class of references to a heap type.
    pub fn of_heap(registry: &TypeRegistry, heap: HeapType) -> MachineClass {
        MachineClass::of_class(heap_class(registry, heap))
    }

    /// What values of a class are to a call.
    pub fn of_class(class: FieldClass) -> MachineClass {
        match class {
            FieldClass::I8 | FieldClass::I16 | FieldClass::I32 | FieldClass::Object => MachineClass::I32,
            FieldClass::I64 | FieldClass::Function => MachineClass::I64,
            FieldClass::F32 => MachineClass::F32,
            FieldClass::F64 => MachineClass::F64,
            FieldClass::V128 => MachineClass::V128,
        }
    }
}

/// Registers of each kind, for integers and for floats, that results are returned in.
pub const RESULT_REGISTERS: usize = 8;

impl Shape {
    /// Whether a function stores its results to memory: they do not fit in registers.
    pub fn results_in_memory(&self) -> bool {
        let ints = self.results.iter().filter(|class| class.is_int()).count();
        ints > RESULT_REGISTERS || self.results.len() - ints > RESULT_REGISTERS
    }

    /// The shape of functions of a type.
    pub fn of(registry: &TypeRegistry, ty: &FuncType) -> Shape {
        let classes = |types: &[ValType]| types.iter().map(|&ty| MachineClass::of(registry, ty)).collect();
        Shape {
            params: classes(&ty.params),
            results: classes(&ty.results),
        }
    }
}

impl Display for MachineClass {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MachineClass::I32 => "i32",
            MachineClass::I64 => "i64",
            MachineClass::F32 => "f32",
            MachineClass::F64 => "f64",
            MachineClass::V128 => "v128",
        })
    }
}

/// As `(i32, f64) -> (i32)`.
impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_classes(f, &self.params)?;
        f.write_str(" -> ")?;
        write_classes(f, &self.results)
    }
}

fn write_classes(f: &mut Formatter<'_>, classes: &[MachineClass]) -> fmt::Result {
    f.write_str("(")?;
    for (index, class) in classes.iter().enumerate() {
        let separator = if index > 0 { ", " } else { "" };
        write!(f, "{separator}{class}")?;
    }
    f.write_str(")")
}

#[cfg(test)]
mod tests;
