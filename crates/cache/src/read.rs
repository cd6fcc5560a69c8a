//! Reading an entry that nobody else can have written.
//!
//! Nothing is decided by name: the file is opened without following a link and without waiting for a pipe, and everything else is
//! asked of the descriptor. The bytes are checked after they were copied.

use crate::distrust::{Distrust, check_private, check_sealed};
use crate::format::{HEADER, header};
use crate::name::Name;
use crate::scan::{bytes, used};
use rustix::fs::{FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;
use std::time::SystemTime;

/// An entry that is trusted.
#[derive(Debug)]
pub struct Present {
    /// The contents.
    pub bytes: Vec<u8>,
    /// The file they were read from, whatever has its name by now.
    pub file: File,
    /// The time of the last use.
    pub used: SystemTime,
}

/// Reads an entry. `None` if there is no file of its name.
pub fn read(folder: BorrowedFd<'_>, name: &Name, max_entry: u64) -> Result<Option<Present>, Distrust> {
    check_private(&fstat(folder).map_err(Distrust::System)?).map_err(|_| Distrust::Folder)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut file = match openat(folder, name.file(), flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT) => return Ok(None),
        // A symbolic link, and a socket or a device without a driver.
        Err(Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Err(Distrust::Kind),
        Err(error) => return Err(Distrust::System(error)),
    };
    let stat = fstat(&file).map_err(Distrust::System)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Distrust::Kind);
    }
    check_sealed(&stat)?;
    // No name at all: a writer has replaced the file since it was opened. It is the old entry, and complete.
    if stat.st_nlink > 1 {
        return Err(Distrust::Links(stat.st_nlink));
    }
    let bytes = contents(&mut file, name, bytes(&stat), max_entry)?;
    Ok(Some(Present {
        bytes,
        file,
        used: used(&stat),
    }))
}

/// The contents of a file of a size, which may change while it is read.
fn contents(file: &mut File, name: &Name, size: u64, max_entry: u64) -> Result<Vec<u8>, Distrust> {
    let Some(len) = size.checked_sub(HEADER as u64) else {
        return Err(Distrust::Damaged);
    };
    if len > max_entry {
        return Err(Distrust::Size(size));
    }
    let mut head = [0; HEADER];
    file.read_exact(&mut head)?;
    let mut bytes = Vec::new();
    usize::try_from(len)
        .ok()
        .and_then(|len| bytes.try_reserve_exact(len).ok())
        .ok_or(Distrust::System(Errno::NOMEM))?;
    file.take(len).read_to_end(&mut bytes)?;
    // Both lengths are in the header: that of the file, and that of the bytes which were read.
    if bytes.len() as u64 != len || head != header(name.name(), &*bytes) {
        return Err(Distrust::Damaged);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
