//! A store's heap, which shares the nursery's limits with compiled code.

use super::store_core::StoreCore;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::Arc;
use transom_gc::{Heap, HeapOptions, Space};

/// A heap whose nursery compiled code finds in a store's context.
pub struct CoreHeap {
    heap: Heap,
    /// Keeps the context for as long as the heap.
    _core: Arc<dyn AsRef<StoreCore> + Send + Sync>,
}

impl CoreHeap {
    /// The heap of a store, which has one at most, in a space of zeros.
    pub fn new(
        core: Arc<dyn AsRef<StoreCore> + Send + Sync>,
        options: &HeapOptions,
        space: Space,
    ) -> CoreHeap {
        let context = (*core).as_ref().context();
        // SAFETY: the context has a fixed address and lives as long as the core, which is kept beside the heap. Nothing but the heap
        // and compiled code writes the field. Should there ever be two heaps, they would hand each other's places out, which lie
        // inside both regions.
        let heap = unsafe {
            let nursery = NonNull::new(&raw mut (*context).nursery).expect("a field's address is not null");
            Heap::new(nursery, options, space)
        };
        CoreHeap { heap, _core: core }
    }

    /// Ends the heap, and gives its space with all that is there.
    pub fn into_space(self) -> Space {
        self.heap.into_space()
    }
}

impl Deref for CoreHeap {
    type Target = Heap;

    fn deref(&self) -> &Heap {
        &self.heap
    }
}

impl DerefMut for CoreHeap {
    fn deref_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }
}

impl std::fmt::Debug for CoreHeap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.heap.fmt(f)
    }
}
