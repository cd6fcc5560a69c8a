//! Types of the API. A type keeps the defined types that it contains alive.

mod defined;
mod entity;
mod func;
mod object;
mod value;

pub use defined::{ArrayType, Finality, FuncType, StructType};
pub use entity::{
    ExportType, ExternType, GlobalType, ImportType, MemoryType, MemoryTypeBuilder, Mutability, TableType,
    TagType,
};
pub use object::{FieldType, StorageType};
pub use value::{HeapType, RefType, ValType};
