//! Handles of globals, tables, memories and tags outside of their store.
//!
//! An id means something else in another store, so a handle also contains the store's id.
//!
//! The C API of the `wasmtime` crate keeps handles, and those of functions and instances, in its own structures. So their sizes, and
//! the place of the store's id, which is never zero, are those of that API's headers.

use transom_error::{Result, ensure};

/// An item of a store, with the id of the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(C)]
pub(crate) struct Handle<Id> {
    store: transom_vm::StoreId,
    id: Id,
    /// Makes the size that of the C API's structures.
    rest: [u32; 3],
}

const _: () = {
    assert!(size_of::<Handle<transom_vm::MemoryId>>() == 24);
    assert!(align_of::<Handle<transom_vm::MemoryId>>() == 8);
};

impl<Id: std::fmt::Debug> std::fmt::Debug for Handle<Id> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("store", &self.store)
            .field("id", &self.id)
            .finish()
    }
}

impl<Id: Copy> Handle<Id> {
    pub fn of(store: &transom_vm::Store, id: Id) -> Handle<Id> {
        Handle {
            store: store.id(),
            id,
            rest: [0; 3],
        }
    }

    /// The id of the item, if the item belongs to the store.
    pub fn checked(&self, store: &transom_vm::Store) -> Result<Id> {
        ensure!(
            self.store == store.id(),
            "something is used with a store that it does not belong to"
        );
        Ok(self.id)
    }

    /// The id of the item, for infallible methods.
    ///
    /// # Panics
    ///
    /// If the item belongs to another store.
    pub fn get(&self, store: &transom_vm::Store) -> Id {
        assert!(
            self.store == store.id(),
            "something is used with a store that it does not belong to"
        );
        self.id
    }

    /// The id of the item, for lookups of its type.
    ///
    /// # Panics
    ///
    /// If the item belongs to another store.
    pub fn get_for_type(&self, store: &transom_vm::Store) -> Id {
        self.checked(store)
            .expect("something is asked for its type with the store that it belongs to")
    }
}
