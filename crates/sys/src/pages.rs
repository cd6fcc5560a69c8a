//! Pages of memory, and what calls of the system return.

use std::io;
use std::ptr::NonNull;
use std::sync::OnceLock;

/// Bytes of a page of the system's memory.
pub fn page_size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(|| {
        // SAFETY: sysconf has no preconditions.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(4096)
    })
}

/// The least multiple of the page size that is not below `len`.
pub(crate) fn round_to_pages(len: usize) -> io::Result<usize> {
    len.checked_next_multiple_of(page_size()).ok_or_else(too_large)
}

pub(crate) fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, "a size beyond the address space")
}

pub(crate) fn check(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

pub(crate) fn check_mapping(address: *mut libc::c_void) -> io::Result<NonNull<u8>> {
    if address == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(address.cast()).ok_or_else(|| io::Error::other("a mapping at address zero"))
}
