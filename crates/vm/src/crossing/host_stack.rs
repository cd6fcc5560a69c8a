//! Stacks for asynchronous calls in memory of an embedder.

use crate::fiber_stacks::MakeStack;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use transom_error::Result;
use transom_sys::{FiberStack, Stack};

/// Creates stacks for asynchronous calls; see `Config::with_host_stack`.
///
/// # Safety
///
/// Implementations must create stacks that are as [`StackMemory`] requires.
pub unsafe trait StackCreator: Send + Sync {
    /// Creates a stack of at least `size` bytes. With `zeroed`, all of them must be zero.
    ///
    /// # Errors
    ///
    /// There is no memory. The call that required the stack returns the error.
    fn new_stack(&self, size: usize, zeroed: bool) -> Result<Box<dyn StackMemory>>;
}

/// A stack in memory of an embedder. It is freed by dropping it.
///
/// # Safety
///
/// The methods always return the same values. The top and the end of the range are the same address, aligned to 16 bytes. The
/// memory in the range can be read and written by any thread, and nothing else uses it before the stack is dropped. The guard lies
/// directly below the range, has at least one page, and an access to it ends the process.
pub unsafe trait StackMemory: Send + Sync {
    /// The address behind the stack: programs begin there, and go down.
    fn top(&self) -> *mut u8;

    /// The addresses of the stack, without its guard.
    fn range(&self) -> Range<usize>;

    /// The addresses of the guard.
    fn guard_range(&self) -> Range<*mut u8>;
}

/// Makes stacks with an embedder's creator.
pub fn make_stack(creator: Arc<dyn StackCreator>) -> MakeStack {
    Arc::new(move |size, zeroed| {
        let memory = creator.new_stack(size, zeroed).map_err(io::Error::other)?;
        let (range, guard) = (memory.range(), memory.guard_range());
        let fits = memory.top().addr() == range.end
            && range.end.is_multiple_of(16)
            && range.len() >= size
            && guard.end.addr() == range.start
            && !guard.is_empty();
        if !fits {
            return Err(io::Error::other(format!(
                "the stack {range:#x?} with the guard {guard:?} is not {size} bytes below a top that is aligned to 16 bytes, above a guard"
            )));
        }
        let bounds = Stack {
            lowest: range.start,
            end: range.end,
        };
        // SAFETY: the traits require it of their implementations, which are unsafe for that.
        let stack = unsafe { FiberStack::foreign(bounds, Box::new(memory)) };
        Ok(stack)
    })
}

#[cfg(test)]
mod tests;
