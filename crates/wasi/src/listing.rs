//! Listing a directory.
//!
//! What is kept of a directory is bounded, however many entries it has.

use crate::abi::Filetype;
use crate::errno::{Errno, Result};
use cap_std::fs::{Dir, MetadataExt};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, RawDir, SeekFrom};
use std::collections::HashMap;
use std::mem::MaybeUninit;

/// How much of a directory is read in one go, in bytes of the host's records: what is kept of it takes less than the
/// smallest memory.
const BATCH: usize = 4 * 1024;

/// Reading a directory.
///
/// The number of an entry, by which a program goes on after it, stands for the host's own, so it means the same place
/// whatever is created and removed meanwhile. What was read and not asked for yet is kept: a program that removes
/// what it reads never makes the host look for a place again, which not all file systems do well.
pub(crate) struct Listing {
    dir: OwnedFd,
    /// The number of the directory itself.
    ino: u64,
    /// The number that leads to the first of the items.
    start: u64,
    items: Vec<Item>,
    places: Places,
}

/// The host's numbers of places, by numbers of our own. Those of the host have up to 63 bits, and C programs keep
/// what `telldir` says in a `long`, which has 32. So the first places get small numbers; more would take more memory
/// than a program may make us use, and are told as they are, with a mark.
#[derive(Default)]
struct Places {
    /// The host's number, by ours less one. The beginning is 0 for both.
    hosts: Vec<u64>,
    numbers: HashMap<u64, u64>,
}

impl Places {
    /// How many places get numbers of our own.
    const MOST: usize = 1 << 12;
    /// Marks a number of the host.
    const MARK: u64 = 1 << 63;

    /// Our number of a place of the host.
    fn number(&mut self, host: u64) -> u64 {
        if let Some(number) = self.numbers.get(&host) {
            return *number;
        }
        if self.hosts.len() == Places::MOST {
            return host | Places::MARK;
        }
        self.hosts.push(host);
        let number = self.hosts.len() as u64;
        self.numbers.insert(host, number);
        number
    }

    /// The host's number of a place.
    fn host(&self, number: u64) -> Result<u64> {
        if number == 0 || number & Places::MARK != 0 {
            return Ok(number & !Places::MARK);
        }
        let index = usize::try_from(number - 1)?;
        self.hosts.get(index).copied().ok_or(Errno::INVAL)
    }
}

/// An entry of a directory.
pub(crate) struct Item {
    pub(crate) name: String,
    pub(crate) ino: u64,
    pub(crate) filetype: Filetype,
    /// The number that leads to what follows it.
    pub(crate) next: u64,
}

impl Listing {
    /// A directory of which nothing has been read.
    pub(crate) fn open(dir: &Dir) -> Result<Self> {
        Ok(Listing {
            ino: dir.dir_metadata()?.ino(),
            dir: reopen(dir)?,
            start: 0,
            items: Vec::new(),
            places: Places::default(),
        })
    }

    /// What follows the entry with the number `cookie`, of what was read.
    fn position(&self, cookie: u64) -> Option<usize> {
        if cookie == self.start {
            return Some(0);
        }
        let before = self.items.iter().position(|item| item.next == cookie)?;
        Some(before + 1)
    }

    /// The next items from the number `cookie` on, at least one unless the directory ends there.
    pub(crate) fn from(&mut self, cookie: u64) -> Result<&[Item]> {
        let at = match self.position(cookie) {
            // The beginning of a list is where a program sees what has changed.
            Some(at) if cookie > 0 => at,
            _ => {
                let place = self.places.host(cookie)?;
                rustix::fs::seek(&self.dir, SeekFrom::Start(place))?;
                self.start = cookie;
                self.items.clear();
                0
            }
        };
        if at == self.items.len() {
            // Nothing is known of where the host stands, should this fail.
            self.start = 0;
            self.read()?;
            self.start = cookie;
            return Ok(&self.items);
        }
        Ok(&self.items[at..])
    }

    /// Puts what the host reads next in the place of what was read before.
    fn read(&mut self) -> Result<()> {
        let mut buffer = [MaybeUninit::uninit(); BATCH];
        self.items.clear();
        let mut entries = RawDir::new(&self.dir, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                // A directory that was removed has no entries; a host's C library hides the error as well.
                Err(rustix::io::Errno::NOENT) => break,
                entry => entry?,
            };
            // A name that isn't UTF-8 can't be passed to a program, nor back.
            if let Ok(name) = entry.file_name().to_str() {
                self.items.push(Item {
                    name: name.to_owned(),
                    // What lies above the root of a folder is not for the program to know; the folder stands for it.
                    ino: if name == ".." { self.ino } else { entry.ino() },
                    filetype: entry.file_type().into(),
                    next: self.places.number(entry.next_entry_cookie()),
                });
            }
            if entries.is_buffer_empty() && !self.items.is_empty() {
                break;
            }
        }
        Ok(())
    }
}

/// The directory itself, open for reading; `cap-std` opens directories as mere places to start paths from.
pub(crate) fn reopen(dir: &Dir) -> Result<OwnedFd> {
    Ok(rustix::fs::openat(
        dir,
        ".",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}
