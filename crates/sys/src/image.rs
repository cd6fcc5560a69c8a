//! Initial contents of memories, kept in a file without a name so that many mappings share them until they are
//! written.
//!
//! The file is sealed once it is filled: whoever gets hold of its descriptor, by way of `/proc`, can neither change the
//! contents nor truncate the file, which would end the process with SIGBUS.

use crate::mapping::{Reservation, check, check_mapping, page_size, round_to_pages};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};

/// Bytes that can be mapped copy-on-write.
#[derive(Debug)]
pub struct Image {
    file: File,
    len: usize,
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
            file,
            len: bytes.len(),
        })
    }

    /// Maps the bytes at an offset of a reservation, over what is there. The rest of the last page reads as zeros.
    ///
    /// # Errors
    ///
    /// The place is not accessible, not aligned to pages, or the system refuses.
    pub fn map(&self, reservation: &mut Reservation, offset: usize) -> io::Result<()> {
        let end = offset
            .checked_add(self.len)
            .filter(|&end| end <= reservation.accessible());
        if end.is_none() || !offset.is_multiple_of(page_size()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "an image that lies outside its memory",
            ));
        }
        reservation.add_seams(offset..round_to_pages(offset + self.len)?);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_FIXED;
        // SAFETY: the range lies in the reservation's accessible part, and the reservation is borrowed mutably, so there are no
        // references to its bytes.
        let result = unsafe {
            let place = reservation.base().add(offset).cast();
            libc::mmap(place, self.len, protection, flags, self.file.as_raw_fd(), 0)
        };
        check_mapping(result).map(drop)
    }
}

#[cfg(test)]
mod tests;
