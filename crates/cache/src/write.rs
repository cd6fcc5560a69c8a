//! Replacing an entry at once: a temporary file is written, and renamed over the old one.
//!
//! The caller holds the lock of the folder.

use crate::format::{HEADER, header};
use crate::name::{Name, temporary};
use crate::pieces::Pieces;
use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use rustix::rand::{GetRandomFlags, getrandom};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::BorrowedFd;

/// The size of the buffer in which small pieces are gathered, in bytes.
const BUFFER: usize = 64 << 10;

/// Writes an entry. If that fails, the old one stays, and no temporary file.
pub fn write(folder: BorrowedFd<'_>, name: &Name, contents: &(impl Pieces + ?Sized)) -> io::Result<()> {
    // Beyond this limit the system sends a signal that ends the process, unless it is ignored.
    let limit = getrlimit(Resource::Fsize).current;
    if limit.is_some_and(|limit| limit < file_size(contents)) {
        return Err(Errno::FBIG.into());
    }
    let (mut file, temporary) = Temporary::new(folder)?;
    file.write_all(&header(name.name(), contents))?;
    let mut file = BufWriter::with_capacity(BUFFER, file);
    contents.pieces().try_for_each(|piece| file.write_all(piece))?;
    file.flush()?;
    temporary.rename(name)
}

/// The size of the file of an entry.
pub fn file_size(contents: &(impl Pieces + ?Sized)) -> u64 {
    HEADER as u64 + contents.size()
}

/// A temporary file, removed unless it is renamed.
struct Temporary<'a> {
    folder: BorrowedFd<'a>,
    name: String,
}

impl<'a> Temporary<'a> {
    /// A new file. Its name is random although there is one writer: somebody may remove the lock with the whole folder's contents
    /// while this process writes, and then another writer must not get the same file.
    fn new(folder: BorrowedFd<'a>) -> io::Result<(File, Self)> {
        let mut number = [0; 8];
        // 8 bytes are never returned in part.
        getrandom(&mut number, GetRandomFlags::empty())?;
        let name = temporary(u64::from_ne_bytes(number));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Only this descriptor can write: a program that may open files of the folder can change none.
        let file = openat(folder, &*name, flags, Mode::RUSR)?;
        Ok((File::from(file), Temporary { folder, name }))
    }

    fn rename(mut self, to: &Name) -> io::Result<()> {
        renameat(self.folder, &*self.name, self.folder, to.file())?;
        self.name.clear();
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // If this fails, the next writer removes it.
            let _ = unlinkat(self.folder, &*self.name, AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests;
