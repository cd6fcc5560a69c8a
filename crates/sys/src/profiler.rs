//! What it takes to write for the system's profiler: files with foreseeable names, its clock, and numbers of threads.

use crate::pages::{check_mapping, page_size};
use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::ptr::NonNull;

/// An empty file to append to, which only this user reads and writes. What this user has left there is emptied; what
/// somebody else may have put there, knowing the name beforehand, is not touched: links, pipes, files of others.
///
/// # Errors
///
/// The file can't be opened, or is not one of the user's own.
pub fn create_own_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        // Nobody waits for the other end of a pipe.
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path)?;
    let found = file.metadata()?;
    // SAFETY: has no preconditions.
    let user = unsafe { libc::geteuid() };
    if !found.is_file() || found.uid() != user || found.nlink() != 1 {
        let message = "the path exists and is not a file owned by this user alone";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.set_len(0)?;
    Ok(file)
}

/// A mapping of a file's first page as executable, by which profilers find the file. Nothing reads or executes it, so
/// it does not matter who writes or truncates the file.
#[derive(Debug)]
pub struct FileMarker(NonNull<u8>);

// SAFETY: the address is only used to unmap it.
unsafe impl Send for FileMarker {}
// SAFETY: as above; nothing is done with a shared reference.
unsafe impl Sync for FileMarker {}

impl FileMarker {
    /// Maps the file's first page.
    ///
    /// # Errors
    ///
    /// The file is not a regular file, or lies on a file system from which nothing may be executed.
    pub fn new(file: &File) -> io::Result<FileMarker> {
        let protection = libc::PROT_READ | libc::PROT_EXEC;
        let (flags, file) = (libc::MAP_PRIVATE, file.as_raw_fd());
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), page_size(), protection, flags, file, 0) };
        check_mapping(base).map(FileMarker)
    }
}

impl Drop for FileMarker {
    fn drop(&mut self) {
        // SAFETY: the mapping of one page is owned, and ends here.
        unsafe { libc::munmap(self.0.as_ptr().cast(), page_size()) };
    }
}

/// Nanoseconds by the clock that never goes back, from a point of the system's choice.
pub fn monotonic_nanoseconds() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the result is written to a place of its type.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    debug_assert_eq!(result, 0, "every Linux has this clock");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The number by which the system knows this thread.
pub fn thread_id() -> u32 {
    // SAFETY: has no preconditions.
    unsafe { libc::gettid() }.unsigned_abs()
}

#[cfg(test)]
mod tests;
