//! What all functions of a module have in common.

use crate::abi::Signature;
use crate::state::Classes;
use std::cell::RefCell;
use std::sync::Arc;
use transom_code::{Shape, Tunables, exception_layout, field_class, struct_layout};
use transom_layout::VmOffsets;
use transom_layout::object::{FieldClass, StructLayout};
use transom_module::{Module, ModuleId, wasmparser};
use transom_types::{FieldType, TypeRegistry};

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

/// A structure type, or what exceptions of a tag hold.
#[derive(Debug)]
pub struct Fields {
    pub classes: Classes,
    pub layout: StructLayout,
}

/// Types that were met. Kept from one function to the next.
#[derive(Default, Debug)]
pub struct Types {
    /// Whose types they are.
    module: Option<ModuleId>,
    /// By type index.
    types: Vec<Option<Arc<Type>>>,
    /// By type index.
    structs: Vec<Option<Arc<Fields>>>,
    /// By tag index.
    tags: Vec<Option<Arc<Fields>>>,
}

impl Types {
    /// Functions of a module follow.
    pub fn begin(&mut self, module: ModuleId) {
        if self.module != Some(module) {
            self.module = Some(module);
            self.types.clear();
            self.structs.clear();
            self.tags.clear();
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
    /// Code is made for debuggers.
    pub debugging: bool,
    /// The function types that were met.
    pub types: RefCell<Types>,
}

impl Unit<'_> {
    /// The function type with an index.
    pub fn function_type(&self, index: u32) -> Arc<Type> {
        let types = &mut *self.types.borrow_mut();
        known(&mut types.types, index, |index| {
            let ty = self.module.types[index].as_func();
            self.type_of(ty.expect("validation has found a function type"))
        })
    }

    /// The structure type with an index.
    pub fn struct_type(&self, index: u32) -> Arc<Fields> {
        let types = &mut *self.types.borrow_mut();
        known(&mut types.structs, index, |index| {
            let fields = self.module.types[index].sub_type().composite.as_struct();
            let fields = fields.expect("validation has found a structure type");
            let class = |field: &FieldType| field_class(self.registry, field.storage);
            Fields {
                classes: fields.iter().map(class).collect(),
                layout: struct_layout(self.registry, fields),
            }
        })
    }

    /// What exceptions of a tag hold.
    pub fn payload(&self, tag: u32) -> Arc<Fields> {
        let types = &mut *self.types.borrow_mut();
        known(&mut types.tags, tag, |tag| {
            let ty = self.module.ty(self.module.tags[tag]).as_func();
            let ty = ty.expect("validation has found a function type");
            Fields {
                classes: self.value_classes(&ty.params),
                layout: exception_layout(self.registry, ty),
            }
        })
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
        transom_code::parsed_value_class(self.module, ty)
    }

    /// The classes of value types.
    pub fn value_classes(&self, types: &[transom_types::ValType]) -> Classes {
        let class = |&ty| transom_code::value_class(self.registry, ty);
        types.iter().map(class).collect()
    }

    /// The class of references to a heap type.
    pub fn heap_class(&self, heap: wasmparser::HeapType) -> FieldClass {
        transom_code::parsed_heap_class(self.module, heap)
    }
}

/// What is known under an index; it is made if it is not there.
fn known<T>(list: &mut Vec<Option<Arc<T>>>, index: u32, make: impl FnOnce(usize) -> T) -> Arc<T> {
    let index = index as usize;
    if index >= list.len() {
        list.resize_with(index + 1, || None);
    }
    list[index].get_or_insert_with(|| Arc::new(make(index))).clone()
}
