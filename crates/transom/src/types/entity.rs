//! Types of imports and exports.

use super::defined::FuncType;
use super::value::{RefType, ValType};
use crate::Engine;
use std::fmt;
use transom_error::{Result, ensure};
use transom_types::Limits;

/// The mutability of a global, a field or an element.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mutability {
    /// Immutable.
    Const,
    /// Mutable.
    Var,
}

impl Mutability {
    /// Whether what has it is immutable.
    pub fn is_const(&self) -> bool {
        *self == Mutability::Const
    }

    /// Whether what has it is mutable.
    pub fn is_var(&self) -> bool {
        *self == Mutability::Var
    }
}

/// A global type (§2.3.16).
///
/// ```
/// # use transom::*;
/// let module = Module::new(&Engine::default(), r#"(module (import "env" "g" (global (mut f64))))"#)?;
/// let ty = module.imports().next().expect("one").ty();
/// let ty = ty.unwrap_global();
/// assert!(ty.content().is_f64() && ty.mutability().is_var());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GlobalType {
    content: ValType,
    mutability: Mutability,
}

impl GlobalType {
    /// Creates a global type.
    pub fn new(content: ValType, mutability: Mutability) -> GlobalType {
        GlobalType { content, mutability }
    }

    /// The type of the value.
    pub fn content(&self) -> &ValType {
        &self.content
    }

    /// The mutability of the global.
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
///
/// ```
/// # use transom::*;
/// let ty = TableType::new(RefType::FUNCREF, 10, Some(20));
/// assert_eq!((ty.minimum(), ty.maximum(), ty.is_64()), (10, Some(20), false));
/// assert!(ty.element().is_nullable());
/// ```
#[derive(Clone, Debug)]
pub struct TableType {
    element: RefType,
    index64: bool,
    limits: Limits,
}

impl TableType {
    /// Creates the type of a table with 32-bit indices.
    pub fn new(element: RefType, min: u32, max: Option<u32>) -> TableType {
        let limits = Limits::new(u64::from(min), max.map(u64::from));
        TableType {
            element,
            index64: false,
            limits,
        }
    }

    /// Creates the type of a table with 64-bit indices.
    pub fn new64(element: RefType, min: u64, max: Option<u64>) -> TableType {
        TableType {
            element,
            index64: true,
            limits: Limits::new(min, max),
        }
    }

    /// The type of the elements.
    pub fn element(&self) -> &RefType {
        &self.element
    }

    /// The minimum number of elements.
    pub fn minimum(&self) -> u64 {
        self.limits.min
    }

    /// The maximum number of elements, if there is one.
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

/// A builder of a [`MemoryType`].
#[derive(Clone, Debug)]
pub struct MemoryTypeBuilder(transom_types::MemoryType);

impl MemoryType {
    /// Returns a builder of a type; its defaults are 32-bit addresses, no pages and no maximum.
    ///
    /// ```
    /// # use transom::*;
    /// let ty = MemoryType::builder().min(1).max(Some(2)).build()?;
    /// assert_eq!((ty.minimum(), ty.maximum(), ty.is_64()), (1, Some(2), false));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn builder() -> MemoryTypeBuilder {
        MemoryTypeBuilder::new()
    }

    /// Creates the type of a memory with 32-bit addresses.
    ///
    /// # Panics
    ///
    /// If the minimum exceeds the maximum, or a limit exceeds 4 GiB.
    pub fn new(minimum: u32, maximum: Option<u32>) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.min(u64::from(minimum)).max(maximum.map(u64::from));
        builder.build().expect("limits of a memory in order")
    }

    /// Creates the type of a memory with 64-bit addresses.
    ///
    /// # Panics
    ///
    /// If the minimum exceeds the maximum, or a limit exceeds the address range.
    pub fn new64(minimum: u64, maximum: Option<u64>) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.memory64(true).min(minimum).max(maximum);
        builder.build().expect("limits of a memory in order")
    }

    /// Creates the type of a shared memory with 32-bit addresses, which several threads may use.
    ///
    /// # Panics
    ///
    /// If the minimum exceeds the maximum, or a limit exceeds 4 GiB.
    pub fn shared(minimum: u32, maximum: u32) -> MemoryType {
        let mut builder = MemoryTypeBuilder::default();
        builder.shared(true);
        builder.min(u64::from(minimum)).max(Some(u64::from(maximum)));
        builder.build().expect("limits of a memory in order")
    }

    /// The minimum number of pages.
    pub fn minimum(&self) -> u64 {
        self.0.limits.min
    }

    /// The maximum number of pages, if there is one.
    pub fn maximum(&self) -> Option<u64> {
        self.0.limits.max
    }

    /// Whether addresses are 64-bit.
    pub fn is_64(&self) -> bool {
        self.0.index64
    }

    /// Whether the memory is shared, so that several threads may use it.
    pub fn is_shared(&self) -> bool {
        self.0.shared
    }

    /// The size of a page in bytes.
    pub fn page_size(&self) -> u64 {
        self.0.page_size()
    }

    /// The binary logarithm of the size of a page in bytes.
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
    /// Returns a builder with the defaults: 32-bit addresses, no pages and no maximum.
    pub fn new() -> MemoryTypeBuilder {
        MemoryTypeBuilder::default()
    }

    /// Sets the minimum number of pages.
    pub fn min(&mut self, minimum: u64) -> &mut Self {
        self.0.limits.min = minimum;
        self
    }

    /// Sets the maximum number of pages.
    pub fn max(&mut self, maximum: Option<u64>) -> &mut Self {
        self.0.limits.max = maximum;
        self
    }

    /// Sets whether addresses are 64-bit.
    pub fn memory64(&mut self, memory64: bool) -> &mut Self {
        self.0.index64 = memory64;
        self
    }

    /// Sets whether the memory is shared, so that several threads may use it.
    pub fn shared(&mut self, shared: bool) -> &mut Self {
        self.0.shared = shared;
        self
    }

    /// Sets the binary logarithm of the page size in bytes: 16 or 0.
    pub fn page_size_log2(&mut self, page_size_log2: u8) -> &mut Self {
        self.0.page_size_log2 = page_size_log2;
        self
    }

    /// Returns the memory type.
    ///
    /// # Errors
    ///
    /// The minimum exceeds the maximum, a limit exceeds the address range, the page size is not supported, or a
    /// shared memory has no maximum.
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
    /// Creates the type of a tag. The parameters of the function type are the types of the payload.
    pub fn new(ty: FuncType) -> TagType {
        TagType(ty)
    }

    /// The function type.
    pub fn ty(&self) -> &FuncType {
        &self.0
    }
}

/// The type of an import or export (§2.3.18).
///
/// ```
/// # use transom::*;
/// let text = r#"(module (func (export "f") (param i32)) (table (export "t") 1 2 externref))"#;
/// let module = Module::new(&Engine::default(), text)?;
/// let types: Vec<_> = module.exports().map(|export| export.ty().to_string()).collect();
/// assert_eq!(types, ["(func (param i32))", "(table 1 2 externref)"]);
/// # Ok::<(), Error>(())
/// ```
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

/// Methods that ask for one kind of items.
macro_rules! kinds {
    ($($get:ident $unwrap:ident $variant:ident $ty:ident $what:literal;)*) => {
        impl ExternType {
            $(
            #[doc = concat!("The type, if this is the type of a ", $what, ".")]
            pub fn $get(&self) -> Option<&$ty> {
                match self {
                    ExternType::$variant(ty) => Some(ty),
                    _ => None,
                }
            }

            #[doc = concat!("The type, which must be the type of a ", $what, ".")]
            ///
            /// # Panics
            ///
            /// If this is the type of another kind of items.
            pub fn $unwrap(&self) -> &$ty {
                self.$get().expect(concat!("the type of a ", $what))
            }
            )*
        }

        $(impl From<$ty> for ExternType {
            fn from(ty: $ty) -> ExternType {
                ExternType::$variant(ty)
            }
        })*
    };
}

kinds! {
    func unwrap_func Func FuncType "function";
    global unwrap_global Global GlobalType "global";
    table unwrap_table Table TableType "table";
    memory unwrap_memory Memory MemoryType "memory";
    tag unwrap_tag Tag TagType "tag";
}

impl ExternType {
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

/// Formats the type in the text format, with the definitions of defined types.
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
    /// The module name of the import.
    pub fn module(&self) -> &'module str {
        self.module
    }

    /// The name of the import in that module.
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
