//! Handles of globals, tables, memories and tags outside of their store.
//!
//! An id means something else in another store, so a handle also contains the store's id.

use transom_error::{Result, ensure};

/// An item of a store, with the id of the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Handle<Id> {
    store: transom_vm::StoreId,
    id: Id,
}

impl<Id: Copy> Handle<Id> {
    pub fn of(store: &transom_vm::Store, id: Id) -> Handle<Id> {
        Handle {
            store: store.id(),
            id,
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
