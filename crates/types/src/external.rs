//! Types of what modules import and export, and import matching (specification 3.0, §2.3.12–18, §3.3.11–17).

use crate::{RefType, TypeId, TypeRegistry, ValType};

/// How large something is at least (or now), and how large it may become.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Limits {
    /// The least size.
    pub min: u64,
    /// The greatest size, if there is one.
    pub max: Option<u64>,
}

impl Limits {
    /// Limits from `min` up to `max`.
    pub const fn new(min: u64, max: Option<u64>) -> Self {
        Limits { min, max }
    }

    /// Whether something with these limits may stand where `expected` was declared (§3.3.11).
    pub fn matches(&self, expected: &Limits) -> bool {
        self.min >= expected.min
            && match (self.max, expected.max) {
                (_, None) => true,
                (Some(actual), Some(expected)) => actual <= expected,
                (None, Some(_)) => false,
            }
    }
}

/// A table type; limits count elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TableType {
    /// What the elements are.
    pub element: RefType,
    /// Whether it is indexed by `i64`.
    pub index64: bool,
    /// Its size in elements.
    pub limits: Limits,
}

/// A memory type; limits count pages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MemoryType {
    /// Whether it is addressed by `i64`.
    pub index64: bool,
    /// Whether several threads may use it.
    pub shared: bool,
    /// Its size in pages.
    pub limits: Limits,
    /// Binary logarithm of the size of a page in bytes: 16, or 0 with custom page sizes.
    pub page_size_log2: u8,
}

impl MemoryType {
    /// The page size that memories have unless they say otherwise, as a power of two.
    pub const DEFAULT_PAGE_SIZE_LOG2: u8 = 16;

    /// The size of a page in bytes.
    pub fn page_size(&self) -> u64 {
        1 << self.page_size_log2
    }

    /// The most pages that the index type can address, and that a size of its own type can tell.
    pub fn max_pages(&self) -> u64 {
        let most = if self.index64 {
            u64::MAX
        } else {
            u64::from(u32::MAX)
        };
        let pages = (u128::from(most) + 1) >> self.page_size_log2;
        u64::try_from(pages).unwrap_or(most).min(most)
    }
}

/// A global type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GlobalType {
    /// What it holds.
    pub value: ValType,
    /// Whether it can be assigned to.
    pub mutable: bool,
}

/// A tag type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TagType {
    /// The function type whose parameters are the exception's payload.
    pub ty: TypeId,
}

/// The type of an import or export.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ExternType {
    /// A function of a defined type.
    Func(TypeId),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// A tag.
    Tag(TagType),
}

/// Import matching: whether an actual external may stand where another type was declared.
impl TypeRegistry {
    /// Tables: the element type is invariant, as elements are both read and written (§3.3.14).
    pub fn matches_table(&self, actual: &TableType, expected: &TableType) -> bool {
        actual.index64 == expected.index64
            && actual.limits.matches(&expected.limits)
            && self.is_subtype_ref(actual.element, expected.element)
            && self.is_subtype_ref(expected.element, actual.element)
    }

    /// Memories (§3.3.13).
    pub fn matches_memory(&self, actual: &MemoryType, expected: &MemoryType) -> bool {
        actual.index64 == expected.index64
            && actual.shared == expected.shared
            && actual.page_size_log2 == expected.page_size_log2
            && actual.limits.matches(&expected.limits)
    }

    /// Globals: invariant if they can be assigned to (§3.3.12).
    pub fn matches_global(&self, actual: &GlobalType, expected: &GlobalType) -> bool {
        actual.mutable == expected.mutable
            && self.is_subtype_val(actual.value, expected.value)
            && (!actual.mutable || self.is_subtype_val(expected.value, actual.value))
    }

    /// Tags: the same defined type (§3.3.15).
    pub fn matches_tag(&self, actual: &TagType, expected: &TagType) -> bool {
        actual.ty == expected.ty
    }

    /// Whether `actual` may be given for an import that was declared as `expected` (§3.3.17).
    pub fn matches_extern(&self, actual: &ExternType, expected: &ExternType) -> bool {
        match (actual, expected) {
            (ExternType::Func(a), ExternType::Func(b)) => self.is_subtype_id(*a, *b),
            (ExternType::Table(a), ExternType::Table(b)) => self.matches_table(a, b),
            (ExternType::Memory(a), ExternType::Memory(b)) => self.matches_memory(a, b),
            (ExternType::Global(a), ExternType::Global(b)) => self.matches_global(a, b),
            (ExternType::Tag(a), ExternType::Tag(b)) => self.matches_tag(a, b),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
