//! Slices of the bytes of linear memories, for the host.

use crate::ids::MemoryId;
use crate::memory::SharedMemory;
use crate::store::Store;
use std::cell::UnsafeCell;

impl SharedMemory {
    /// Its bytes, as many as there are now. Others may change them at any time.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        let place = self.place();
        // SAFETY: the bytes are accessible as long as the memory lives, which the borrow makes sure of; that they
        // change is what the cells say.
        unsafe { std::slice::from_raw_parts(place.base().cast_const().cast(), place.length()) }
    }
}

/// The bytes of a memory that belongs to one store.
///
/// # Safety
///
/// No compiled code runs on the memory's store while the slice is used, and the memory does not grow.
unsafe fn slice<'a>(store: &Store, id: MemoryId) -> &'a mut [u8] {
    let memory = store.memory(id);
    assert!(
        memory.shared().is_none(),
        "there are no slices of a shared memory"
    );
    let place = memory.place();
    // SAFETY: a memory's bytes are accessible from its base on, initialised, and by the contract nobody else's.
    unsafe { std::slice::from_raw_parts_mut(place.base(), place.length()) }
}

impl Store {
    /// The bytes of a memory.
    ///
    /// # Panics
    ///
    /// If it is shared.
    pub fn memory_bytes(&self, id: MemoryId) -> &[u8] {
        // SAFETY: compiled code runs only while the store is borrowed mutably, and so does growing.
        unsafe { slice(self, id) }
    }

    /// The bytes of a memory, to be changed.
    ///
    /// # Panics
    ///
    /// If it is shared.
    pub fn memory_bytes_mut(&mut self, id: MemoryId) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { slice(self, id) }
    }

    /// The bytes of a memory, and those of another, to be changed. `None` if they are one memory.
    ///
    /// # Panics
    ///
    /// If one of them is shared.
    pub fn two_memories(&mut self, from: MemoryId, to: MemoryId) -> Option<(&[u8], &mut [u8])> {
        // SAFETY: as above; each memory of a store that is not shared has bytes of its own.
        (from != to).then(|| unsafe { (&*slice(self, from), slice(self, to)) })
    }
}
