//! What a global, a table, a memory or a tag is known by outside of its store.
//!
//! An id alone would mean something else in another store, so it is only given out with the store that it belongs to.

use anyhow::{Result, ensure};

/// Something of a store, with the store that it belongs to.
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

    /// What it stands for, once it is known to belong to a store.
    pub fn checked(&self, store: &transom_vm::Store) -> Result<Id> {
        ensure!(
            self.store == store.id(),
            "something is used with a store that it does not belong to"
        );
        Ok(self.id)
    }

    /// The same, where there is no way to say that it does not.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    pub fn get(&self, store: &transom_vm::Store) -> Id {
        assert!(
            self.store == store.id(),
            "something is used with a store that it does not belong to"
        );
        self.id
    }

    /// The same, where its type is looked up.
    ///
    /// # Panics
    ///
    /// If it belongs to another store.
    pub fn get_for_type(&self, store: &transom_vm::Store) -> Id {
        self.checked(store)
            .expect("something is asked for its type with the store that it belongs to")
    }
}
