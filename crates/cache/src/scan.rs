//! What lies in a folder.

use crate::limits::MAX_NAMES;
use crate::name::{Kind, Name, classify};
use rustix::fs::{AtFlags, Dir, Stat, statat};
use rustix::io::Errno;
use std::os::fd::BorrowedFd;
use std::time::{Duration, SystemTime};

/// A file with the name of an entry; nothing says that it is trusted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub name: Name,
    pub bytes: u64,
    pub used: SystemTime,
}

/// Our files in a folder.
#[derive(Debug, Default)]
pub struct Scan {
    pub entries: Vec<Found>,
    pub temporaries: Vec<String>,
}

/// Reads the names in a folder, but no more than [`MAX_NAMES`].
pub fn scan(folder: BorrowedFd<'_>) -> Result<Scan, Errno> {
    let mut scan = Scan::default();
    for file in Dir::read_from(folder)?.take(MAX_NAMES) {
        match classify(file?.file_name().to_bytes()) {
            Kind::Entry(name) => {
                // Somebody may have removed it meanwhile.
                if let Ok(stat) = statat(folder, name.file(), AtFlags::SYMLINK_NOFOLLOW) {
                    let (bytes, used) = (bytes(&stat), used(&stat));
                    scan.entries.push(Found { name, bytes, used });
                }
            }
            Kind::Temporary(file) => scan.temporaries.push(file),
            Kind::Lock | Kind::Foreign => {}
        }
    }
    Ok(scan)
}

/// The size of a file.
pub fn bytes(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// The time of the last use: the time of modification.
pub fn used(stat: &Stat) -> SystemTime {
    let seconds = u64::try_from(stat.st_mtime).unwrap_or(0);
    let nanoseconds = u32::try_from(stat.st_mtime_nsec).unwrap_or(0) % 1_000_000_000;
    SystemTime::UNIX_EPOCH
        .checked_add(Duration::new(seconds, nanoseconds))
        .unwrap_or(SystemTime::UNIX_EPOCH)
}
