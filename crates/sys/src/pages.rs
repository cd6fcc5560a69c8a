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

/// Has the system provide the pages of memory that is about to be written, all at once, which takes half as long as one after the other. Nothing
/// is lost if it does not: a system before Linux 5.14 cannot.
pub fn populate(bytes: &mut [u8]) {
    let page = page_size();
    // Whole pages. Those at the ends may be used by others already.
    let before = bytes.as_mut_ptr().align_offset(page);
    let Some(pages) = bytes.get_mut(before..) else {
        return;
    };
    let len = pages.len() / page * page;
    if len > 0 {
        // SAFETY: the pages lie in `bytes`, which is borrowed mutably, and what they contain does not change.
        unsafe { libc::madvise(pages.as_mut_ptr().cast(), len, libc::MADV_POPULATE_WRITE) };
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn populated_memory_has_the_same_contents() {
        let mut bytes: Vec<u8> = (0..5 * page_size() + 7)
            .map(|index| (index % 251) as u8)
            .collect();
        let before = bytes.clone();
        for range in [
            0..0,
            1..2,
            0..bytes.len(),
            1..page_size(),
            page_size() - 1..3 * page_size() + 1,
        ] {
            populate(&mut bytes[range]);
            assert_eq!(bytes, before);
        }
    }
}
