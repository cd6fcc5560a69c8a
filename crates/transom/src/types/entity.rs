//! Types of what modules import and export.

use super::defined::FuncType;
use super::value::{RefType, ValType};
use crate::Engine;
use anyhow::{Result, ensure};
use std::fmt;
use transom_types::Limits;

/// Whether a global can be assigned to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mutability {
    /// It can't.
    Const,
    /// It can.
    Var,
}

/// A global type (§2.3.16).
#[derive(Clone, Debug)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// A global type of its parts.
    pub fn new(content: ValType, mutability: Mutability) -> GlobalType {
        GlobalType { content, mutability }
    }

    /// The type of its value.
    pub fn content(&self) -> &ValType {
        &self.content
    }

    /// Whether it can be assigned to.
    pub fn mutability(&self) -> Mutability {
        self.mutability
    }

    pub(crate) fn lower(&self) -> transom_types::GlobalType {
        transom_types::GlobalType {
            value: self.content.lower(),
            mutable: self.mutability == Mutability::Var,
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: &transom_types::GlobalType) -> GlobalType {
        let mutability = if ty.mutable {
            Mutability::Var
        } else {
            Mutability::Const
        };
        GlobalType {
            content: ValType::lift(engine, ty.value),
            mutability,
        }
    }
}

/// A table type (§2.3.15). Sizes are in elements.
#[derive(Clone, Debug)]
pub struct TableType {
    element: RefType,
    index64: bool,
    limits: Limits,
}

impl TableType {
    /// A table with 32-bit indices.
    pub fn new(element: RefType, min: u32, max: Option<u32>) -> TableType {
        let limits = Limits::new(u64::from(min), max.map(u64::from));
        TableType {
            element,
            index64: false,
            limits,
        }
    }

    /// A table with 64-bit indices.
    pub fn new64(element: RefType, min: u64, max: Option<u64>) -> TableType {
        TableType {
            element,
            index64: true,
            limits: Limits::new(min, max),
        }
    }

    /// The type of its elements.
    pub fn element(&self) -> &RefType {
        &self.element
    }

    /// The least number of elements.
    pub fn minimum(&self) -> u64 {
        self.limits.min
    }

    /// The greatest number of elements.
    pub fn maximum(&self) -> Option<u64> {
        self.limits.max
    }

    /// Whether indices are 64-bit.
    pub fn is_64(&self) -> bool {
        self.index64
    }

    pub(crate) fn lower(&self) -> transom_types::TableType {
        transom_types::TableType {
            element: self.element.lower(),
            index64: self.index64,
            limits: self.limits,
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: &transom_types::TableType) -> TableType {
        TableType {
            element: RefType::lift(engine, ty.element),
            index64: ty.index64,
            limits: ty.limits,
        }
    }
}

/// A memory type (§2.3.14). Sizes are in pages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoryType(transom_types::MemoryType);

/// Makes a [`MemoryType`] of its parts.
#[derive(Clone, Debug)]
pub struct MemoryTypeBuilder(transom_types::MemoryType);

impl MemoryType {
    /// A memory with 32-bit addresses.
    ///
    /// # Panics
    ///
    /// If the limits are not in order or beyond 4 GiB.
    pub fn new(minimum: u32, maximum: Option<u32>) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.min(u64::from(minimum)).max(maximum.map(u64::from));
        builder.build().expect("limits of a memory in order")
    }

    /// A memory with 64-bit addresses.
    ///
    /// # Panics
    ///
    /// If the limits are not in order.
    pub fn new64(minimum: u64, maximum: Option<u64>) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.memory64(true).min(minimum).max(maximum);
        builder.build().expect("limits of a memory in order")
    }

    /// A memory with 32-bit addresses that several threads may use.
    ///
    /// # Panics
    ///
    /// If the limits are not in order or beyond 4 GiB.
    pub fn shared(minimum: u32, maximum: u32) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.shared(true);
        builder.min(u64::from(minimum)).max(Some(u64::from(maximum)));
        builder.build().expect("limits of a memory in order")
    }

    /// The least number of pages.
    pub fn minimum(&self) -> u64 {
        self.0.limits.min
    }

    /// The greatest number of pages.
    pub fn maximum(&self) -> Option<u64> {
        self.0.limits.max
    }

    /// Whether addresses are 64-bit.
    pub fn is_64(&self) -> bool {
        self.0.index64
    }

    /// Whether several threads may use it.
    pub fn is_shared(&self) -> bool {
        self.0.shared
    }

    /// Bytes of a page.
    pub fn page_size(&self) -> u64 {
        self.0.page_size()
    }

    /// The binary logarithm of the bytes of a page.
    pub fn page_size_log2(&self) -> u8 {
        self.0.page_size_log2
    }

    pub(crate) fn lower(&self) -> transom_types::MemoryType {
        self.0
    }

    pub(crate) fn lift(ty: &transom_types::MemoryType) -> MemoryType {
        MemoryType(*ty)
    }
}

impl Default for MemoryTypeBuilder {
    fn default() -> Self {
        MemoryTypeBuilder(transom_types::MemoryType {
            index64: false,
            shared: false,
            limits: Limits::new(0, None),
            page_size_log2: transom_types::MemoryType::DEFAULT_PAGE_SIZE_LOG2,
        })
    }
}

impl MemoryTypeBuilder {
    /// Sets the least number of pages.
    pub fn min(&mut self, minimum: u64) -> &mut Self {
        self.0.limits.min = minimum;
        self
    }

    /// Sets the greatest number of pages.
    pub fn max(&mut self, maximum: Option<u64>) -> &mut Self {
        self.0.limits.max = maximum;
        self
    }

    /// Sets whether addresses are 64-bit.
    pub fn memory64(&mut self, memory64: bool) -> &mut Self {
        self.0.index64 = memory64;
        self
    }

    /// Sets whether several threads may use it.
    pub fn shared(&mut self, shared: bool) -> &mut Self {
        self.0.shared = shared;
        self
    }

    /// Sets the binary logarithm of the page size: 16, or 0.
    pub fn page_size_log2(&mut self, page_size_log2: u8) -> &mut Self {
        self.0.page_size_log2 = page_size_log2;
        self
    }

    /// The type.
    ///
    /// # Errors
    ///
    /// The limits are not in order or beyond what addresses can express, the page size is not one, or a shared
    /// memory has no maximum.
    pub fn build(&self) -> Result<MemoryType> {
        let ty = &self.0;
        ensure!(
            matches!(ty.page_size_log2, 0 | 16),
            "a page has 1 or 65536 bytes, not 2^{}",
            ty.page_size_log2
        );
        let most = ty.max_pages();
        ensure!(
            ty.limits.min <= most,
            "a minimum of {} pages is beyond {most}",
            ty.limits.min
        );
        if let Some(max) = ty.limits.max {
            ensure!(max <= most, "a maximum of {max} pages is beyond {most}");
            ensure!(
                ty.limits.min <= max,
                "a minimum of {} pages is beyond the maximum of {max}",
                ty.limits.min
            );
        }
        ensure!(
            !ty.shared || ty.limits.max.is_some(),
            "a shared memory needs a maximum"
        );
        Ok(MemoryType(*ty))
    }
}

/// A tag type (§2.3.17).
#[derive(Clone, Debug)]
pub struct TagType(FuncType);

impl TagType {
    /// A tag whose payload has the types of the function's parameters.
    pub fn new(ty: FuncType) -> TagType {
        TagType(ty)
    }

    /// The function type.
    pub fn ty(&self) -> &FuncType {
        &self.0
    }
}

/// The type of something that can be imported or exported (§2.3.18).
#[derive(Clone, Debug)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A global.
    Global(GlobalType),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A tag.
    Tag(TagType),
}

impl ExternType {
    /// The function type, if it is a function's.
    pub fn func(&self) -> Option<&FuncType> {
        match self {
            ExternType::Func(ty) => Some(ty),
            _ => None,
        }
    }

    /// The global type, if it is a global's.
    pub fn global(&self) -> Option<&GlobalType> {
        match self {
            ExternType::Global(ty) => Some(ty),
            _ => None,
        }
    }

    /// The table type, if it is a table's.
    pub fn table(&self) -> Option<&TableType> {
        match self {
            ExternType::Table(ty) => Some(ty),
            _ => None,
        }
    }

    /// The memory type, if it is a memory's.
    pub fn memory(&self) -> Option<&MemoryType> {
        match self {
            ExternType::Memory(ty) => Some(ty),
            _ => None,
        }
    }

    /// The function type.
    ///
    /// # Panics
    ///
    /// If it is not a function's.
    pub fn unwrap_func(&self) -> &FuncType {
        self.func().expect("the type of a function")
    }

    fn lower(&self) -> transom_types::ExternType {
        use transom_types::ExternType as T;
        match self {
            ExternType::Func(ty) => T::Func(ty.registered().id()),
            ExternType::Table(ty) => T::Table(ty.lower()),
            ExternType::Memory(ty) => T::Memory(ty.lower()),
            ExternType::Global(ty) => T::Global(ty.lower()),
            ExternType::Tag(ty) => T::Tag(transom_types::TagType {
                ty: ty.0.registered().id(),
            }),
        }
    }

    pub(crate) fn lift(engine: &Engine, ty: &transom_types::ExternType) -> ExternType {
        use transom_types::ExternType as T;
        let func = |id| {
            let ty = engine
                .registry()
                .lookup(id)
                .expect("what mentions a type keeps it alive");
            FuncType::of(engine, ty)
        };
        match ty {
            T::Func(id) => ExternType::Func(func(*id)),
            T::Table(ty) => ExternType::Table(TableType::lift(engine, ty)),
            T::Memory(ty) => ExternType::Memory(MemoryType::lift(ty)),
            T::Global(ty) => ExternType::Global(GlobalType::lift(engine, ty)),
            T::Tag(ty) => ExternType::Tag(TagType(func(ty.ty))),
        }
    }
}

/// In the text format; defined types by their definition.
impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = match self {
            ExternType::Func(ty) | ExternType::Tag(TagType(ty)) => Some(ty.engine()),
            ExternType::Table(ty) => ty.element.heap_type().engine(),
            ExternType::Global(ty) => match &ty.content {
                ValType::Ref(ty) => ty.heap_type().engine(),
                _ => None,
            },
            ExternType::Memory(_) => None,
        };
        let text = match engine {
            Some(engine) => engine.registry().text().extern_type(&self.lower()),
            None => transom_types::TypeRegistry::new()
                .text()
                .extern_type(&self.lower()),
        };
        f.write_str(&text)
    }
}

/// An import of a module.
#[derive(Clone, Debug)]
pub struct ImportType<'module> {
    pub(crate) module: &'module str,
    pub(crate) name: &'module str,
    pub(crate) ty: ExternType,
}

impl<'module> ImportType<'module> {
    /// The name of the module that it is imported from.
    pub fn module(&self) -> &'module str {
        self.module
    }

    /// Its name there.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// Its type.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}

/// An export of a module.
#[derive(Clone, Debug)]
pub struct ExportType<'module> {
    pub(crate) name: &'module str,
    pub(crate) ty: ExternType,
}

impl<'module> ExportType<'module> {
    /// Its name.
    pub fn name(&self) -> &'module str {
        self.name
    }

    /// Its type.
    pub fn ty(&self) -> ExternType {
        self.ty.clone()
    }
}
