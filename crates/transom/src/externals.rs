//! Imports and exports of instances.
//!
//! Every item except a shared memory belongs to one store. Using it with another store is an error.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, ExternType, Func, Global, Memory, SharedMemory, Table, Tag};
use transom_error::Result;
use transom_vm::InstanceId;

/// An item that can be imported and exported.
///
/// ```
/// # use transom::*;
/// let mut store = Store::<()>::default();
/// let item = Extern::from(Func::wrap(&mut store, |x: i32| x));
/// assert_eq!(item.ty(&store).unwrap_func().params().len(), 1);
/// assert!(item.clone().into_func().is_some() && item.into_memory().is_none());
/// ```
#[derive(Clone, Debug)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// A memory.
    Memory(Memory),
    /// A memory that several stores may hold. Every shared memory has this variant, and belongs to all stores of its
    /// engine.
    SharedMemory(SharedMemory),
    /// A tag.
    Tag(Tag),
}

macro_rules! conversions {
    ($($(#[$doc:meta])* $into:ident $variant:ident;)*) => {
        impl Extern {
            $($(#[$doc])*
            pub fn $into(self) -> Option<$variant> {
                match self {
                    Extern::$variant(value) => Some(value),
                    _ => None,
                }
            })*
        }

        impl Export<'_> {
            $($(#[$doc])*
            pub fn $into(self) -> Option<$variant> {
                self.definition.$into()
            })*
        }

        $(impl From<$variant> for Extern {
            fn from(value: $variant) -> Extern {
                Extern::$variant(value)
            }
        })*
    };
}

conversions! {
    /// The function, if this is a function.
    into_func Func;
    /// The global, if this is a global.
    into_global Global;
    /// The table, if this is a table.
    into_table Table;
    /// The memory, if this is a memory that is not shared.
    into_memory Memory;
    /// The shared memory, if this is a shared memory.
    into_shared_memory SharedMemory;
    /// The tag, if this is a tag.
    into_tag Tag;
}

impl Extern {
    /// The type of the item. Minimum sizes are the current sizes.
    ///
    /// # Panics
    ///
    /// If the item belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        let store = store.as_context();
        let ty = self
            .lowered_type(store.0.vm())
            .expect("something is asked for its type with the store that it belongs to");
        ExternType::lift(store.0.engine(), &ty)
    }

    /// The type of the item in the store. Minimum sizes are the current sizes.
    ///
    /// # Errors
    ///
    /// The item belongs to another store.
    pub(crate) fn lowered_type(&self, store: &transom_vm::Store) -> Result<transom_types::ExternType> {
        Ok(match self {
            Extern::SharedMemory(memory) => {
                transom_types::ExternType::Memory(memory.checked(store)?.present_type())
            }
            _ => store.extern_type(self.lower_own(store)?),
        })
    }

    /// The item in the store's representation. The store keeps a reference to a shared memory.
    ///
    /// # Errors
    ///
    /// The item belongs to another store.
    pub(crate) fn lower(&self, store: &mut transom_vm::Store) -> Result<transom_vm::Extern> {
        Ok(match self {
            Extern::SharedMemory(memory) => {
                let memory = memory.checked(store)?;
                transom_vm::Extern::Memory(store.add_shared_memory(memory))
            }
            _ => self.lower_own(store)?,
        })
    }

    /// The store's representation of an item that belongs to one store.
    fn lower_own(&self, store: &transom_vm::Store) -> Result<transom_vm::Extern> {
        use transom_vm::Extern as T;
        Ok(match self {
            Extern::Func(func) => T::Func(func.checked(store)?),
            Extern::Global(global) => T::Global(global.0.checked(store)?),
            Extern::Table(table) => T::Table(table.0.checked(store)?),
            Extern::Memory(memory) => T::Memory(memory.0.checked(store)?),
            Extern::SharedMemory(_) => unreachable!("a shared memory belongs to no store"),
            Extern::Tag(tag) => T::Tag(tag.0.checked(store)?),
        })
    }

    pub(crate) fn lift(store: &transom_vm::Store, external: transom_vm::Extern) -> Extern {
        use transom_vm::Extern as T;
        match external {
            T::Func(pointer) => Extern::Func(Func::of(pointer)),
            T::Global(id) => Extern::Global(Global(Handle::of(store, id))),
            T::Table(id) => Extern::Table(Table(Handle::of(store, id))),
            T::Memory(id) => match store.memory(id).shared() {
                Some(memory) => Extern::SharedMemory(SharedMemory::of(memory)),
                None => Extern::Memory(Memory(Handle::of(store, id))),
            },
            T::Tag(id) => Extern::Tag(Tag(Handle::of(store, id))),
        }
    }

    /// The export `name` of an instance in the store.
    pub(crate) fn exported(store: &transom_vm::Store, instance: InstanceId, name: &str) -> Option<Extern> {
        let instance = store.instance(instance);
        let entity = instance.module().module().export(name)?;
        Some(Extern::lift(store, instance.external(entity)))
    }

    /// Whether the item belongs to the store.
    pub(crate) fn belongs_to(&self, store: &transom_vm::Store) -> bool {
        match self {
            Extern::SharedMemory(memory) => memory.checked(store).is_ok(),
            _ => self.lower_own(store).is_ok(),
        }
    }
}

/// An export of an instance.
#[derive(Clone, Debug)]
pub struct Export<'instance> {
    pub(crate) name: &'instance str,
    pub(crate) definition: Extern,
}

impl<'instance> Export<'instance> {
    /// The name of the export.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// The type of the export.
    ///
    /// # Panics
    ///
    /// If the item belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.definition.ty(store)
    }

    /// The exported item.
    pub fn into_extern(self) -> Extern {
        self.definition
    }
}
