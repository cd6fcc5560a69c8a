//! Stacks for fibers: an engine keeps some of those that are not in use.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transom_sys::FiberStack;

/// Makes a stack of at least so many bytes for an embedder's own reasons; the second argument says whether it must read as zeros.
pub type MakeStack = Arc<dyn Fn(usize, bool) -> io::Result<FiberStack> + Send + Sync>;

/// How stacks for fibers are made.
#[derive(Clone)]
pub struct FiberOptions {
    /// Bytes of a stack.
    pub stack_size: usize,
    /// Whether a stack reads as zeros when a fiber begins on it.
    pub zeroing: bool,
    /// How many stacks that are not in use are kept, each with two mappings of the process.
    pub kept: usize,
    /// Bytes of a kept stack that stay in memory.
    pub resident: usize,
    /// What makes stacks, unless it is the system.
    pub make: Option<MakeStack>,
}

impl Default for FiberOptions {
    fn default() -> FiberOptions {
        FiberOptions {
            stack_size: 2 << 20,
            zeroing: false,
            kept: 64,
            resident: 16 << 10,
            make: None,
        }
    }
}

impl std::fmt::Debug for FiberOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FiberOptions")
            .field("stack_size", &self.stack_size)
            .field("zeroing", &self.zeroing)
            .finish_non_exhaustive()
    }
}

/// The stacks of an engine that are not in use.
#[derive(Debug)]
pub struct FiberStacks {
    options: FiberOptions,
    free: Mutex<Vec<FiberStack>>,
}

impl FiberStacks {
    /// None yet.
    pub fn new(options: FiberOptions) -> FiberStacks {
        let free = Mutex::default();
        FiberStacks { options, free }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<FiberStack>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stack that nobody uses.
    ///
    /// # Errors
    ///
    /// None can be made.
    pub fn take(&self) -> io::Result<FiberStack> {
        if let Some(stack) = self.lock().pop() {
            return Ok(stack);
        }
        match &self.options.make {
            Some(make) => make(self.options.stack_size, self.options.zeroing),
            None => FiberStack::new(self.options.stack_size),
        }
    }

    /// Makes a stack ready for the next fiber of the same store; none if that can't be done.
    pub fn clean(&self, mut stack: FiberStack) -> Option<FiberStack> {
        (!self.options.zeroing || stack.discard(0)).then_some(stack)
    }

    /// Bytes of a kept stack that stay in memory: none if stacks read as zeros.
    fn resident(&self) -> usize {
        match self.options.zeroing {
            true => 0,
            false => self.options.resident.min(self.options.stack_size),
        }
    }

    /// How many are kept, and how many of their bytes may be in memory.
    pub fn kept(&self) -> (usize, usize) {
        let count = self.lock().len();
        (count, count.saturating_mul(self.resident()))
    }

    /// Keeps a stack for another store, or drops it.
    pub fn give(&self, mut stack: FiberStack) {
        // Where the embedder makes stacks, the embedder may keep them, too.
        if self.options.make.is_none() && stack.discard(self.resident()) {
            let mut free = self.lock();
            if free.len() < self.options.kept {
                free.push(stack);
            }
        }
    }
}

#[cfg(test)]
mod tests;
