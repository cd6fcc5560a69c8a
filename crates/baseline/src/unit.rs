//! What all functions of a module have in common.

use crate::abi::Signature;
use crate::state::Classes;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use transom_code::{Shape, Tunables};
use transom_layout::VmOffsets;
use transom_layout::object::FieldClass;
use transom_module::{Module, wasmparser};
use transom_types::TypeRegistry;

/// What the processor has beyond what Transom requires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Features {
    pub bmi1: bool,
    pub bmi2: bool,
    pub lzcnt: bool,
    pub fma: bool,
}

impl Features {
    /// Those of this processor.
    pub fn host() -> Features {
        Features {
            bmi1: std::arch::is_x86_feature_detected!("bmi1"),
            bmi2: std::arch::is_x86_feature_detected!("bmi2"),
            lzcnt: std::arch::is_x86_feature_detected!("lzcnt"),
            fma: std::arch::is_x86_feature_detected!("fma") && std::arch::is_x86_feature_detected!("avx"),
        }
    }
}

/// A function type, as calls and blocks see it.
#[derive(Debug)]
pub struct Type {
    pub signature: Signature,
    pub params: Classes,
    pub results: Classes,
}

/// What all functions of a module have in common.
pub struct Unit<'a> {
    /// Where the module's types are interned.
    pub registry: &'a TypeRegistry,
    /// The module.
    pub module: &'a Module,
    /// The layout of its instance contexts.
    pub offsets: &'a VmOffsets,
    /// Choices built into the code.
    pub tunables: &'a Tunables,
    pub features: Features,
    /// No values.
    pub no_classes: Classes,
    /// The function types that were met, by type index.
    pub types: RefCell<HashMap<u32, Rc<Type>>>,
}

impl Unit<'_> {
    /// The function type with an index.
    pub fn function_type(&self, index: u32) -> Rc<Type> {
        let mut types = self.types.borrow_mut();
        let ty = types.entry(index).or_insert_with(|| {
            let ty = self.module.types[index as usize].as_func();
            Rc::new(self.type_of(ty.expect("validation has found a function type")))
        });
        ty.clone()
    }

    fn type_of(&self, ty: &transom_types::FuncType) -> Type {
        Type {
            signature: Signature::of(&Shape::of(self.registry, ty)),
            params: self.value_classes(&ty.params),
            results: self.value_classes(&ty.results),
        }
    }

    /// The class of a value type as the module's bytes write it.
    pub fn value_class(&self, ty: wasmparser::ValType) -> FieldClass {
        match ty {
            wasmparser::ValType::I32 => FieldClass::I32,
            wasmparser::ValType::I64 => FieldClass::I64,
            wasmparser::ValType::F32 => FieldClass::F32,
            wasmparser::ValType::F64 => FieldClass::F64,
            wasmparser::ValType::V128 => FieldClass::V128,
            wasmparser::ValType::Ref(reference) => self.heap_class(reference.heap_type()),
        }
    }

    /// The classes of value types.
    pub fn value_classes(&self, types: &[transom_types::ValType]) -> Classes {
        let class = |&ty| transom_code::value_class(self.registry, ty);
        types.iter().map(class).collect()
    }

    /// The class of references to a heap type.
    pub fn heap_class(&self, heap: wasmparser::HeapType) -> FieldClass {
        use wasmparser::{AbstractHeapType, HeapType};
        let function = match heap {
            HeapType::Abstract { ty, .. } => matches!(ty, AbstractHeapType::Func | AbstractHeapType::NoFunc),
            HeapType::Concrete(index) | HeapType::Exact(index) => {
                let index = index
                    .as_module_index()
                    .expect("bodies refer to types by module index");
                self.module.types[index as usize].as_func().is_some()
            }
        };
        match function {
            true => FieldClass::Function,
            false => FieldClass::Object,
        }
    }
}
