//! Types as a host program sees them. A type that mentions a defined type keeps it alive.

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
