//! What it takes to write for the system's profiler: files with foreseeable names, its clock, and numbers of threads.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

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
        let message = "there is something that is no file of this user's alone";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.set_len(0)?;
    Ok(file)
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
