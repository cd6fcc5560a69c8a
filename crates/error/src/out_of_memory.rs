//! The error for failed allocations.

use std::fmt;

#[cfg(test)]
mod tests;

/// No allocation is larger.
const MAX_SIZE: usize = isize::MAX as usize;

/// An allocation that failed.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Error, OutOfMemory};
///
/// let error = Error::from(OutOfMemory::new(4096));
/// assert_eq!(error.to_string(), "out of memory (failed to allocate 4096 bytes)");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OutOfMemory {
    requested_allocation_size: usize,
}

impl OutOfMemory {
    /// The error for an allocation of this many bytes.
    #[inline]
    pub const fn new(requested_allocation_size: usize) -> OutOfMemory {
        OutOfMemory {
            requested_allocation_size: if requested_allocation_size < MAX_SIZE {
                requested_allocation_size
            } else {
                MAX_SIZE
            },
        }
    }

    /// The size of the allocation, in bytes: at most `isize::MAX`.
    #[inline]
    pub fn requested_allocation_size(&self) -> usize {
        self.requested_allocation_size
    }
}

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.requested_allocation_size;
        write!(f, "out of memory (failed to allocate {size} bytes)")
    }
}

impl std::error::Error for OutOfMemory {}
