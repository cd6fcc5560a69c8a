//! Address space for heaps of objects: an engine keeps some of that which dropped stores have left, cleaned.

use crate::memory::kept::KeptMemories;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use transom_gc::Space;

/// The spaces of an engine that are not in use.
#[derive(Debug)]
pub struct HeapSpaces {
    /// Heaps are kept as memories are.
    options: KeptMemories,
    free: Mutex<Vec<Space>>,
}

impl HeapSpaces {
    /// None yet.
    pub fn new(options: KeptMemories) -> HeapSpaces {
        HeapSpaces {
            options,
            free: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Space>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A space of zeros.
    ///
    /// # Errors
    ///
    /// The system does not give the addresses.
    pub fn take(&self) -> io::Result<Space> {
        match self.lock().pop() {
            Some(space) => Ok(space),
            None => Space::new(),
        }
    }

    /// Keeps what a heap has left, if there is not enough already.
    pub fn give(&self, mut space: Space) {
        let resident = if self.options.ask {
            self.options.resident
        } else {
            0
        };
        let enough = |free: &Vec<Space>| free.len() >= self.options.count;
        if enough(&self.lock()) || space.clean(resident).is_err() {
            return;
        }
        let mut free = self.lock();
        if !enough(&free) {
            free.push(space);
        }
    }
}
