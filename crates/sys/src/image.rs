//! Initial contents of memories, kept in a file without a name so that many mappings share them until they are
//! written.
//!
//! The file is sealed once it is filled: whoever gets hold of its descriptor, by way of `/proc`, can neither change the
//! contents nor truncate the file, which would end the process with SIGBUS.

use crate::pages::{check, check_mapping};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that can be mapped copy-on-write.
#[derive(Debug)]
pub struct Image {
    retired: AtomicBool,
    file: File,
    /// Its bytes, mapped to be read.
    bytes: Mapped,
}

/// A mapping of a whole image, which is not empty.
#[derive(Debug)]
struct Mapped {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: the bytes never change, and any thread may read them.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    fn new(file: &File, len: usize) -> io::Result<Mapped> {
        // SAFETY: a new mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe {
            let (protection, flags) = (libc::PROT_READ, libc::MAP_PRIVATE);
            libc::mmap(std::ptr::null_mut(), len, protection, flags, file.as_raw_fd(), 0)
        };
        let base = check_mapping(base)?;
        Ok(Mapped { base, len })
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the mapping is this one's own, and ends here.
        let _unmapped = unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

impl Image {
    /// Keeps a copy of `bytes`.
    ///
    /// # Errors
    ///
    /// The system has no memory for it.
    pub fn new(bytes: &[u8]) -> io::Result<Image> {
        // SAFETY: the name is a valid C string, and the descriptor that comes back is owned by nobody else.
        let mut file = unsafe {
            let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
            let descriptor = libc::memfd_create(c"transom-image".as_ptr(), flags);
            if descriptor < 0 {
                return Err(io::Error::last_os_error());
            }
            File::from_raw_fd(descriptor)
        };
        file.write_all(bytes)?;
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: the descriptor is open, and the command takes an integer.
        check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) })?;
        Ok(Image {
            retired: AtomicBool::new(false),
            bytes: Mapped::new(&file, bytes.len())?,
            file,
        })
    }

    /// The file in which they are.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Says that nobody will map it any more.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// Whether it was [retired](Self::retire).
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped as long as this lives, and the file is sealed, so that they never change.
        unsafe { std::slice::from_raw_parts(self.bytes.base.as_ptr(), self.bytes.len) }
    }
}

#[cfg(test)]
mod tests;
