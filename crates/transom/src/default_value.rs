//! Default values of types: zeros, nulls, and new items that hold nothing else.

use crate::{
    AsContextMut, Extern, ExternType, Func, FuncType, Global, GlobalType, Memory, MemoryType, Ref,
    SharedMemory, Table, TableType, Tag, TagType, Val, ValType,
};
use transom_error::{Context, Result};

impl ValType {
    /// The default value: zero or null. `None` for non-nullable references.
    pub fn default_value(&self) -> Option<Val> {
        Val::default_for_ty(self)
    }
}

impl ExternType {
    /// Creates an item of the type with the default value.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = ExternType::from(GlobalType::new(ValType::I64, Mutability::Var));
    /// let global = ty.default_value(&mut store)?.into_global().expect("a global");
    /// assert_eq!(global.get(&mut store).unwrap_i64(), 0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The item would hold, or a function would return, references that must not be null; or the item cannot be created in the store.
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        Ok(match self {
            ExternType::Func(ty) => ty.default_value(store)?.into(),
            ExternType::Global(ty) => ty.default_value(store)?.into(),
            ExternType::Table(ty) => ty.default_value(store)?.into(),
            ExternType::Memory(ty) => ty.default_value(store)?,
            ExternType::Tag(ty) => ty.default_value(store)?.into(),
        })
    }
}

impl FuncType {
    /// Creates a function that returns the default values of the result types.
    ///
    /// # Errors
    ///
    /// A result must not be null; or as [`Func::try_new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Func> {
        let values: Result<Vec<Val>> = self.results().map(|ty| default_of(&ty)).collect();
        let values = values?;
        Func::try_new(store, self.clone(), move |_, _, results| {
            results.copy_from_slice(&values);
            Ok(())
        })
    }
}

impl GlobalType {
    /// Creates a global with the default value.
    ///
    /// # Errors
    ///
    /// The value must not be null; or as [`Global::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Global> {
        let value = default_of(self.content())?;
        Global::new(store, self.clone(), value)
    }
}

impl TableType {
    /// Creates a table of the minimum size, whose elements are null.
    ///
    /// # Errors
    ///
    /// Elements must not be null; or as [`Table::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Table> {
        let element = self.element();
        default_of(&element.clone().into())?;
        Table::new(store, self.clone(), Ref::null(element.heap_type()))
    }
}

impl MemoryType {
    /// Creates a memory of the minimum size: a [`Memory`] or a [`SharedMemory`].
    ///
    /// # Errors
    ///
    /// As [`Memory::new`] and [`SharedMemory::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Extern> {
        if self.is_shared() {
            let engine = store.as_context().engine().clone();
            return Ok(SharedMemory::new(&engine, self.clone())?.into());
        }
        Ok(Memory::new(store, self.clone())?.into())
    }
}

impl TagType {
    /// Creates a tag.
    ///
    /// # Errors
    ///
    /// As [`Tag::new`].
    pub fn default_value(&self, store: impl AsContextMut) -> Result<Tag> {
        Tag::new(store, self)
    }
}

fn default_of(ty: &ValType) -> Result<Val> {
    ty.default_value()
        .with_context(|| format!("type {ty} has no default value"))
}
