//! The lock of a folder, which its writers hold.
//!
//! It is `flock` on a file: the system releases it when its holder dies. Each attempt opens the file anew, so threads of a process exclude each
//! other as processes do.
//!
//! Removing a lock is dangerous: somebody may have opened the file, and lock it after the removal, while another process locks a new
//! file. So only the holder removes it, and a lock counts only if the folder still has that file once it is locked.

use crate::name::LOCK;
use rustix::fs::{AtFlags, Mode, OFlags, fstat, openat, statat, unlinkat};
use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::BorrowedFd;

/// The lock, held.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock. `None` if somebody else holds it or removes it.
    pub fn try_take(folder: BorrowedFd<'_>) -> io::Result<Option<Lock>> {
        Lock::claim(folder, open(folder)?)
    }

    /// Takes the lock by a file that was opened as the lock of the folder, and may be removed since.
    fn claim(folder: BorrowedFd<'_>, file: File) -> io::Result<Option<Lock>> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let lock = Lock { file };
        let ours = fstat(&lock.file)?;
        let current = match statat(folder, LOCK, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(current) => current,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let same = (ours.st_dev, ours.st_ino) == (current.st_dev, current.st_ino);
        Ok(same.then_some(lock))
    }

    /// Removes the file, and releases the lock.
    pub fn remove(self, folder: BorrowedFd<'_>) -> io::Result<()> {
        Ok(unlinkat(folder, LOCK, AtFlags::empty())?)
    }
}

fn open(folder: BorrowedFd<'_>) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(openat(folder, LOCK, flags, Mode::RUSR | Mode::WUSR)?.into())
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: the child of a fork may have a copy of the descriptor until it calls `exec`. If this fails, closing
        // is what is left.
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests;
