//! What fields and values are to the machine, and where the fields of objects lie.

use transom_layout::object::{FieldClass, StructLayout};
use transom_module::{Module, wasmparser};
use transom_types::{FieldType, FuncType, HeapType, StorageType, TypeKind, TypeRegistry, ValType};

/// The class of a field.
pub fn field_class(registry: &TypeRegistry, storage: StorageType) -> FieldClass {
    match storage {
        StorageType::I8 => FieldClass::I8,
        StorageType::I16 => FieldClass::I16,
        StorageType::Val(ty) => value_class(registry, ty),
    }
}

/// The class of a value.
pub fn value_class(registry: &TypeRegistry, ty: ValType) -> FieldClass {
    match ty {
        ValType::I32 => FieldClass::I32,
        ValType::I64 => FieldClass::I64,
        ValType::F32 => FieldClass::F32,
        ValType::F64 => FieldClass::F64,
        ValType::V128 => FieldClass::V128,
        ValType::Ref(reference) => heap_class(registry, reference.heap),
    }
}

/// The class of references to a heap type.
pub fn heap_class(registry: &TypeRegistry, heap: HeapType) -> FieldClass {
    let function = match heap {
        HeapType::Func | HeapType::NoFunc => true,
        HeapType::Concrete(id) => registry.lookup(id).is_some_and(|ty| ty.kind() == TypeKind::Func),
        _ => false,
    };
    if function {
        FieldClass::Function
    } else {
        FieldClass::Object
    }
}

/// The class of a value type as the bytes of a module's body write it.
pub fn parsed_value_class(module: &Module, ty: wasmparser::ValType) -> FieldClass {
    match ty {
        wasmparser::ValType::I32 => FieldClass::I32,
        wasmparser::ValType::I64 => FieldClass::I64,
        wasmparser::ValType::F32 => FieldClass::F32,
        wasmparser::ValType::F64 => FieldClass::F64,
        wasmparser::ValType::V128 => FieldClass::V128,
        wasmparser::ValType::Ref(reference) => parsed_heap_class(module, reference.heap_type()),
    }
}

/// The class of references to a heap type as the bytes of a module's body write it.
pub fn parsed_heap_class(module: &Module, heap: wasmparser::HeapType) -> FieldClass {
    use wasmparser::{AbstractHeapType, HeapType};
    let function = match heap {
        HeapType::Abstract { ty, .. } => matches!(ty, AbstractHeapType::Func | AbstractHeapType::NoFunc),
        HeapType::Concrete(index) | HeapType::Exact(index) => {
            let index = index
                .as_module_index()
                .expect("bodies refer to types by module index");
            module.types[index as usize].as_func().is_some()
        }
    };
    if function {
        FieldClass::Function
    } else {
        FieldClass::Object
    }
}

/// The layout of structures with these fields.
pub fn struct_layout(registry: &TypeRegistry, fields: &[FieldType]) -> StructLayout {
    StructLayout::new(fields.iter().map(|field| field_class(registry, field.storage)))
}

/// The layout of exceptions whose tag has this type.
pub fn exception_layout(registry: &TypeRegistry, ty: &FuncType) -> StructLayout {
    StructLayout::of_exception(ty.params.iter().map(|&param| value_class(registry, param)))
}
