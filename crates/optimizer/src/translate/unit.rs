//! What all functions of a module have in common.

use crate::dirt::Dirt;
use cranelift_codegen::isa::TargetIsa;
use transom_code::{CallTargets, Shape, Tunables};
use transom_layout::VmOffsets;
use transom_layout::object::FieldClass;
use transom_module::{Module, wasmparser};
use transom_types::TypeRegistry;

/// What all functions of a module have in common.
pub struct Unit<'a> {
    /// The machine.
    pub isa: &'a dyn TargetIsa,
    /// Where the module's types are interned.
    pub registry: &'a TypeRegistry,
    /// The module.
    pub module: &'a Module,
    /// The layout of its instance contexts.
    pub offsets: &'a VmOffsets,
    /// Choices built into the code.
    pub tunables: &'a Tunables,
    /// What calls through references have led to.
    pub targets: &'a dyn CallTargets,
}

impl Unit<'_> {
    /// The garbage in bits that are undefined.
    pub fn dirt(&self) -> Dirt<'_> {
        Dirt(self.tunables)
    }

    /// Whether the code generator optimises.
    #[cfg(feature = "planted-bug")]
    pub fn is_optimized(&self) -> bool {
        self.isa.flags().opt_level() != cranelift_codegen::settings::OptLevel::None
    }

    /// The class of a value type as the module's bytes write it.
    pub fn value_class(&self, ty: wasmparser::ValType) -> FieldClass {
        transom_code::parsed_value_class(self.module, ty)
    }

    /// The classes of value types.
    pub fn value_classes(&self, types: &[transom_types::ValType]) -> Vec<FieldClass> {
        let class = |&ty| transom_code::value_class(self.registry, ty);
        types.iter().map(class).collect()
    }

    /// The class of references to a heap type.
    pub fn heap_class(&self, heap: wasmparser::HeapType) -> FieldClass {
        transom_code::parsed_heap_class(self.module, heap)
    }

    /// The shape of functions of a type.
    pub fn shape(&self, ty: &transom_types::FuncType) -> Shape {
        Shape::of(self.registry, ty)
    }
}
