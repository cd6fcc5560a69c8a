//! Address space: reservations that become accessible from their beginning, and mapped files.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
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
    let too_large = || io::Error::new(io::ErrorKind::OutOfMemory, "a size beyond the address space");
    len.checked_next_multiple_of(page_size()).ok_or_else(too_large)
}

/// A range of addresses that nothing else uses. It begins inaccessible; a first part of it can be made
/// accessible, and reads as zeros until it is written.
#[derive(Debug)]
pub struct Reservation {
    base: NonNull<u8>,
    len: usize,
    accessible: usize,
}

// SAFETY: a reservation owns its addresses; what is done through its base is the business of who does it.
unsafe impl Send for Reservation {}
// SAFETY: as above; shared access only reads the fields.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves `len` bytes, rounded up to whole pages.
    ///
    /// # Errors
    ///
    /// The system has no such range of addresses left, or does not give it.
    pub fn new(len: usize) -> io::Result<Reservation> {
        let len = round_to_pages(len.max(1))?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len, libc::PROT_NONE, flags, -1, 0) };
        let base = check_mapping(base)?;
        Ok(Reservation {
            base,
            len,
            accessible: 0,
        })
    }

    /// The first address.
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Bytes reserved.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is reserved, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes accessible, in whole pages.
    pub fn accessible(&self) -> usize {
        self.accessible
    }

    /// Makes at least the first `len` bytes accessible. What was accessible keeps its contents.
    ///
    /// # Errors
    ///
    /// `len` is beyond the reservation, or the system has not that much memory.
    pub fn make_accessible(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?;
        if len > self.len {
            return Err(io::Error::new(
                io::ErrorKind::OutOfMemory,
                "beyond the reserved addresses",
            ));
        }
        if len > self.accessible {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            // SAFETY: the range lies in this reservation, which nobody could access yet.
            let result = unsafe {
                let start = self.base.as_ptr().add(self.accessible);
                libc::mprotect(start.cast(), len - self.accessible, protection)
            };
            check(result)?;
            self.accessible = len;
        }
        Ok(())
    }

    /// Makes all but the first `len` bytes inaccessible. What lay beyond keeps its contents out of reach, so this
    /// is only right for a reservation that was [`reset`](Self::reset) or [`discard`](Self::discard)ed.
    ///
    /// # Errors
    ///
    /// The system refused; the reservation must not be used any more.
    pub fn restrict(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?;
        if len < self.accessible {
            // SAFETY: the range lies in this reservation.
            let result = unsafe {
                let start = self.base.as_ptr().add(len);
                libc::mprotect(start.cast(), self.accessible - len, libc::PROT_NONE)
            };
            check(result)?;
            self.accessible = len;
        }
        Ok(())
    }

    /// Makes the reservation as new: what was accessible reads as zeros if it is made accessible again.
    /// Pages that were accessible up to `keep` stay so.
    ///
    /// # Errors
    ///
    /// The system refused; the reservation must not be used any more.
    pub fn reset(&mut self, keep: usize) -> io::Result<()> {
        let keep = round_to_pages(keep)?.min(self.accessible);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: both ranges lie in this reservation, whose contents the caller gives up.
        unsafe {
            if keep > 0 {
                check_mapping(libc::mmap(
                    self.base.as_ptr().cast(),
                    keep,
                    protection,
                    flags,
                    -1,
                    0,
                ))?;
            }
            if self.accessible > keep {
                let rest = self.base.as_ptr().add(keep).cast();
                check_mapping(libc::mmap(
                    rest,
                    self.accessible - keep,
                    libc::PROT_NONE,
                    flags,
                    -1,
                    0,
                ))?;
            }
        }
        self.accessible = keep;
        Ok(())
    }

    /// Gives the first `len` accessible bytes back to the system; they read as zeros afterwards. Only right
    /// where no image is mapped.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn discard(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?.min(self.accessible);
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the range lies in this reservation, whose contents the caller gives up.
        check(unsafe { libc::madvise(self.base.as_ptr().cast(), len, libc::MADV_DONTNEED) })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the reservation owns the range, and ends here.
        let result = unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
        debug_assert_eq!(result, 0, "a reservation could not be unmapped");
    }
}

/// A file's contents, mapped read-only. Bytes change under it if somebody writes the file in place; what reads
/// it must bear that.
#[derive(Debug)]
pub struct MappedFile {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping is only ever read.
unsafe impl Send for MappedFile {}
// SAFETY: the mapping is only ever read.
unsafe impl Sync for MappedFile {}

impl MappedFile {
    /// Maps a whole file.
    ///
    /// # Errors
    ///
    /// The file can't be mapped: it is empty, or not a regular file.
    pub fn new(file: &File) -> io::Result<MappedFile> {
        MappedFile::with_protection(file, libc::PROT_READ)
    }

    /// Maps a whole file so that it could be executed, which nobody does: profilers are told of such mappings, and
    /// know by them which files a process means them to read.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and the file lies where nothing may be executed.
    pub fn executable(file: &File) -> io::Result<MappedFile> {
        MappedFile::with_protection(file, libc::PROT_READ | libc::PROT_EXEC)
    }

    fn with_protection(file: &File, protection: libc::c_int) -> io::Result<MappedFile> {
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let (flags, file) = (libc::MAP_PRIVATE, file.as_raw_fd());
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, file, 0) };
        Ok(MappedFile {
            base: check_mapping(base)?,
            len,
        })
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the mapping is readable for `len` bytes while `self` lives, and private: nobody writes it
        // through this process.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.len) }
    }
}

impl Drop for MappedFile {
    fn drop(&mut self) {
        // SAFETY: the mapping is owned, and ends here.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
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
mod tests;
