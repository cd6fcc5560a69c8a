//! A piece of memory that is written at one address and executed at another.
//!
//! Both are views of the same pages: one may be written and not executed, the other executed and not written. So code can be
//! added beside code that runs, without a change of any page's rights. The pages are shared anonymous memory, and the second
//! view is a copy of the first one's mapping. They have no file, so no descriptor has to stay open, no limit on the sizes of
//! files applies, and `perf` takes them for what they are, memory without symbols.

use super::range::CodeRange;
use crate::pages::{check, check_mapping};
use std::io;
use std::ptr::NonNull;

/// Memory with a view for writing and a view for executing.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Where it is executed.
    executable: CodeRange,
    /// Where it is written.
    writable: NonNull<u8>,
}

// SAFETY: the addresses belong to the chunk, and nothing is done with them that needs a certain thread.
unsafe impl Send for Chunk {}
// SAFETY: as above; a shared reference gives addresses only.
unsafe impl Sync for Chunk {}

impl Chunk {
    /// At least `len` bytes, all zero.
    pub(super) fn new(len: usize) -> io::Result<Chunk> {
        let executable = CodeRange::take(len)?;
        let len = executable.len();
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the system's choice touches nothing that exists.
        let mapping = unsafe { libc::mmap(std::ptr::null_mut(), len, rights, flags, -1, 0) };
        // Owned from here on, so that a failure below gives both ranges back.
        let chunk = Chunk {
            writable: check_mapping(mapping)?,
            executable,
        };
        let place = chunk.executable.place().cast::<libc::c_void>();
        // SAFETY: an old length of zero leaves the first view where it is, and maps the same pages once more, over addresses that
        // belong to the chunk and that nobody uses yet. They lose the right to be written before they get that to be executed.
        unsafe {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            check_mapping(libc::mremap(chunk.writable.as_ptr().cast(), 0, len, flags, place))?;
            check(libc::mprotect(place, len, libc::PROT_READ | libc::PROT_EXEC))?;
        }
        Ok(chunk)
    }

    /// Where the bytes are executed.
    pub(super) fn address(&self) -> usize {
        self.executable.address()
    }

    /// Where the bytes are written.
    pub(super) fn writable(&self) -> NonNull<u8> {
        self.writable
    }

    /// Bytes of the chunk.
    pub(super) fn len(&self) -> usize {
        self.executable.len()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        // SAFETY: the mapping belongs to the chunk, of which no reference is left.
        let result = unsafe { libc::munmap(self.writable.as_ptr().cast(), self.executable.len()) };
        debug_assert_eq!(result, 0, "a whole mapping can be unmapped");
    }
}
