//! What all functions of a module have in common.

use crate::abi::Signature;
use crate::state::Classes;
use std::cell::RefCell;
use std::sync::Arc;
use transom_code::{Shape, Tunables};
use transom_layout::VmOffsets;
use transom_layout::object::FieldClass;
use transom_module::{Module, ModuleId, wasmparser};
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

/// Function types that were met, and lists of classes that many blocks have. Kept from one function to the next.
#[derive(Debug)]
pub struct Types {
    /// Whose types they are.
    module: Option<ModuleId>,
    /// By type index.
    types: Vec<Option<Arc<Type>>>,
    /// No values.
    none: Classes,
    /// One value, by class.
    one: Vec<(FieldClass, Classes)>,
}

impl Default for Types {
    fn default() -> Types {
        Types {
            module: None,
            types: Vec::new(),
            none: [].into(),
            one: Vec::new(),
        }
    }
}

impl Types {
    /// Functions of a module follow.
    pub fn begin(&mut self, module: ModuleId) {
        if self.module != Some(module) {
            self.module = Some(module);
            self.types.clear();
        }
    }
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
    /// The function types that were met.
    pub types: RefCell<Types>,
}

impl Unit<'_> {
    /// The function type with an index.
    pub fn function_type(&self, index: u32) -> Arc<Type> {
        let index = index as usize;
        let types = &mut *self.types.borrow_mut();
        if index >= types.types.len() {
            types.types.resize(index + 1, None);
        }
        let known = types.types[index].get_or_insert_with(|| {
            let ty = self.module.types[index].as_func();
            Arc::new(self.type_of(ty.expect("validation has found a function type")))
        });
        known.clone()
    }

    /// No values.
    pub fn no_classes(&self) -> Classes {
        self.types.borrow().none.clone()
    }

    /// One value of a class.
    pub fn one_class(&self, class: FieldClass) -> Classes {
        let types = &mut *self.types.borrow_mut();
        if let Some((_, known)) = types.one.iter().find(|(known, _)| *known == class) {
            return known.clone();
        }
        let classes: Classes = [class].into();
        types.one.push((class, classes.clone()));
        classes
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
