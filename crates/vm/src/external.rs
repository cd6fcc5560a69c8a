//! What instances share with each other.

use crate::ids::{GlobalId, MemoryId, TableId, TagId};
use crate::raw::function::FuncPtr;

/// Something that can be imported and exported (specification §4.2.17, "external addresses").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extern {
    /// A function.
    Func(FuncPtr),
    /// A table.
    Table(TableId),
    /// A memory.
    Memory(MemoryId),
    /// A global.
    Global(GlobalId),
    /// A tag.
    Tag(TagId),
}
