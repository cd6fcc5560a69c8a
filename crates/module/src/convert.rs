//! From the types of the parser, which refer to definitions by index, to those of the engine.

use crate::{ModuleError, TypeIdx};
use transom_types::{
    CompositeType, FieldType, FuncType, GlobalType, HeapType, Limits, MemoryType, RecRef, RefType,
    RegisteredType, StorageType, SubType, TableType, TypeId, ValType,
};
use wasmparser::{AbstractHeapType, CompositeInnerType, UnpackedIndex};

type Result<T> = core::result::Result<T, ModuleError>;

/// What can't be converted passes validation only with a feature that this crate doesn't have.
fn unsupported(what: &str) -> ModuleError {
    ModuleError::unsupported(what, 0)
}

/// Converts types whose references `resolve` knows by their index in the module.
pub(crate) struct Converter<F>(pub(crate) F);

impl<R: Copy, F: Fn(TypeIdx) -> Option<R>> Converter<F> {
    pub(crate) fn val_type(&self, ty: wasmparser::ValType) -> Result<ValType<R>> {
        Ok(match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(r) => ValType::Ref(self.ref_type(r)?),
        })
    }

    pub(crate) fn ref_type(&self, ty: wasmparser::RefType) -> Result<RefType<R>> {
        Ok(RefType {
            nullable: ty.is_nullable(),
            heap: self.heap_type(ty.heap_type())?,
        })
    }

    pub(crate) fn heap_type(&self, ty: wasmparser::HeapType) -> Result<HeapType<R>> {
        match ty {
            wasmparser::HeapType::Abstract { shared: false, ty } => abstract_heap_type(ty),
            wasmparser::HeapType::Concrete(index) => Ok(HeapType::Concrete(self.index(index)?)),
            wasmparser::HeapType::Abstract { shared: true, .. } => Err(unsupported("shared references")),
            wasmparser::HeapType::Exact(_) => Err(unsupported("exact references")),
        }
    }

    fn index(&self, index: UnpackedIndex) -> Result<R> {
        let UnpackedIndex::Module(index) = index else {
            return Err(unsupported("types that are not named by a module's index"));
        };
        (self.0)(TypeIdx::from_u32(index)).ok_or_else(|| unsupported("a type index out of range"))
    }

    fn field_type(&self, ty: &wasmparser::FieldType) -> Result<FieldType<R>> {
        let storage = match ty.element_type {
            wasmparser::StorageType::I8 => StorageType::I8,
            wasmparser::StorageType::I16 => StorageType::I16,
            wasmparser::StorageType::Val(v) => StorageType::Val(self.val_type(v)?),
        };
        Ok(FieldType {
            storage,
            mutable: ty.mutable,
        })
    }

    fn func_type(&self, ty: &wasmparser::FuncType) -> Result<FuncType<R>> {
        Ok(FuncType {
            params: ty
                .params()
                .iter()
                .map(|&t| self.val_type(t))
                .collect::<Result<_>>()?,
            results: ty
                .results()
                .iter()
                .map(|&t| self.val_type(t))
                .collect::<Result<_>>()?,
        })
    }

    fn composite_type(&self, ty: &wasmparser::CompositeType) -> Result<CompositeType<R>> {
        if ty.shared || ty.descriptor_idx.is_some() || ty.describes_idx.is_some() {
            return Err(unsupported("shared types and custom descriptors"));
        }
        match &ty.inner {
            CompositeInnerType::Func(func) => Ok(CompositeType::Func(self.func_type(func)?)),
            CompositeInnerType::Array(array) => Ok(CompositeType::Array(self.field_type(&array.0)?)),
            CompositeInnerType::Struct(structure) => Ok(CompositeType::Struct(
                structure
                    .fields
                    .iter()
                    .map(|f| self.field_type(f))
                    .collect::<Result<_>>()?,
            )),
            CompositeInnerType::Cont(_) => Err(unsupported("continuation types")),
        }
    }

    pub(crate) fn sub_type(&self, ty: &wasmparser::SubType) -> Result<SubType<R>> {
        let supertype = match &*ty.supertype_idxs {
            [] => None,
            [one] => Some(self.index(one.unpack())?),
            _ => return Err(unsupported("several supertypes")),
        };
        let composite = self.composite_type(&ty.composite_type)?;
        Ok(SubType {
            is_final: ty.is_final,
            supertype,
            composite,
        })
    }
}

fn abstract_heap_type<R>(ty: AbstractHeapType) -> Result<HeapType<R>> {
    Ok(match ty {
        AbstractHeapType::Func => HeapType::Func,
        AbstractHeapType::NoFunc => HeapType::NoFunc,
        AbstractHeapType::Extern => HeapType::Extern,
        AbstractHeapType::NoExtern => HeapType::NoExtern,
        AbstractHeapType::Any => HeapType::Any,
        AbstractHeapType::Eq => HeapType::Eq,
        AbstractHeapType::I31 => HeapType::I31,
        AbstractHeapType::Struct => HeapType::Struct,
        AbstractHeapType::Array => HeapType::Array,
        AbstractHeapType::None => HeapType::None,
        AbstractHeapType::Exn => HeapType::Exn,
        AbstractHeapType::NoExn => HeapType::NoExn,
        AbstractHeapType::Cont | AbstractHeapType::NoCont => return Err(unsupported("continuation types")),
    })
}

/// Converts a rec group whose first type will be `types.len()`.
pub(crate) fn rec_group(
    types: &[RegisteredType],
    group: &wasmparser::RecGroup,
) -> Result<Vec<SubType<RecRef>>> {
    let converter = Converter(|index: TypeIdx| match types.get(index.index()) {
        Some(ty) => Some(RecRef::Outer(ty.id())),
        None => u32::try_from(index.index() - types.len()).ok().map(RecRef::Rec),
    });
    group.types().map(|ty| converter.sub_type(ty)).collect()
}

/// Converts types that refer to the definitions in `types`.
pub(crate) fn in_types(types: &[RegisteredType]) -> Converter<impl Fn(TypeIdx) -> Option<TypeId>> {
    Converter(|index: TypeIdx| types.get(index.index()).map(RegisteredType::id))
}

pub(crate) fn table_type(types: &[RegisteredType], ty: &wasmparser::TableType) -> Result<TableType> {
    if ty.shared {
        return Err(unsupported("shared tables"));
    }
    Ok(TableType {
        element: in_types(types).ref_type(ty.element_type)?,
        index64: ty.table64,
        limits: Limits {
            min: ty.initial,
            max: ty.maximum,
        },
    })
}

pub(crate) fn memory_type(ty: &wasmparser::MemoryType) -> MemoryType {
    let log2 = ty
        .page_size_log2
        .unwrap_or(u32::from(MemoryType::DEFAULT_PAGE_SIZE_LOG2));
    MemoryType {
        index64: ty.memory64,
        shared: ty.shared,
        limits: Limits {
            min: ty.initial,
            max: ty.maximum,
        },
        page_size_log2: u8::try_from(log2).expect("validation limits the size of a page"),
    }
}

pub(crate) fn global_type(types: &[RegisteredType], ty: &wasmparser::GlobalType) -> Result<GlobalType> {
    if ty.shared {
        return Err(unsupported("shared globals"));
    }
    Ok(GlobalType {
        value: in_types(types).val_type(ty.content_type)?,
        mutable: ty.mutable,
    })
}
