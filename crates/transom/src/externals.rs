//! What instances import and export.
//!
//! All but shared memories belong to one store; nothing is given to another store without an error.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, ExternType, Func, Global, Memory, SharedMemory, Table, Tag};
use anyhow::Result;
use transom_vm::InstanceId;

/// Something that can be imported and exported.
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
    /// A memory that several stores may hold. Shared memories are always given as this, and belong to all stores of
    /// their engine.
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
    /// The function, if it is one.
    into_func Func;
    /// The global, if it is one.
    into_global Global;
    /// The table, if it is one.
    into_table Table;
    /// The memory, if it is one that is not shared.
    into_memory Memory;
    /// The shared memory, if it is one.
    into_shared_memory SharedMemory;
    /// The tag, if it is one.
    into_tag Tag;
}

impl Extern {
    /// Its type, as it is now: sizes are those of now.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        let store = store.as_context();
        let ty = self
            .lowered_type(store.0.vm())
            .expect("something is asked for its type with the store that it belongs to");
        ExternType::lift(store.0.engine(), &ty)
    }

    /// Its type in the store, where sizes are those of now.
    ///
    /// # Errors
    ///
    /// It belongs to another store.
    pub(crate) fn lowered_type(&self, store: &transom_vm::Store) -> Result<transom_types::ExternType> {
        Ok(match self {
            Extern::SharedMemory(memory) => {
                transom_types::ExternType::Memory(memory.checked(store)?.present_type())
            }
            _ => store.extern_type(self.lower_own(store)?),
        })
    }

    /// As the store knows it; the store takes hold of a shared memory.
    ///
    /// # Errors
    ///
    /// It belongs to another store.
    pub(crate) fn lower(&self, store: &mut transom_vm::Store) -> Result<transom_vm::Extern> {
        Ok(match self {
            Extern::SharedMemory(memory) => {
                let memory = memory.checked(store)?;
                transom_vm::Extern::Memory(store.add_shared_memory(memory))
            }
            _ => self.lower_own(store)?,
        })
    }

    /// As the store knows what belongs to one store.
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

    /// The export of this name of an instance in the store.
    pub(crate) fn exported(store: &transom_vm::Store, instance: InstanceId, name: &str) -> Option<Extern> {
        let instance = store.instance(instance);
        let entity = instance.module().module().export(name)?;
        Some(Extern::lift(store, instance.external(entity)))
    }

    /// Whether it belongs to a store.
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
    /// Its name.
    pub fn name(&self) -> &'instance str {
        self.name
    }

    /// Its type.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> ExternType {
        self.definition.ty(store)
    }

    /// What is exported.
    pub fn into_extern(self) -> Extern {
        self.definition
    }
}
