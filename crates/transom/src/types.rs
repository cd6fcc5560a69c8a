//! Types of the API. A type keeps the defined types that it contains alive.

mod defined;
mod entity;
mod exn;
mod exn_fields;
mod func;
mod hash;
mod heap;
mod object;
mod value;

pub use defined::{ArrayType, Finality, FuncType, StructType};
pub use entity::{
    ExportType, ExternType, GlobalType, ImportType, MemoryType, MemoryTypeBuilder, Mutability, TableType,
    TagType,
};
pub use exn::ExnType;
pub use heap::{ContType, HeapType};
pub use object::{FieldType, StorageType};
pub use value::{RefType, ValType};
