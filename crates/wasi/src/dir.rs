//! Directories: the folders that were opened for the program, and listing them.

use crate::abi::{Filetype, Rights, dirent};
use crate::errno::{Errno, Result};
use crate::guest::{Host, Range};
use crate::table::{Kind, OpenDir, Table};
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

struct Item {
    name: String,
    ino: u64,
    filetype: Filetype,
    /// The number that leads to what follows it.
    next: u64,
}

impl Listing {
    fn open(dir: &Dir) -> Result<Self> {
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
    fn from(&mut self, cookie: u64) -> Result<&[Item]> {
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

/// `fd_readdir`
pub(crate) fn read(host: &mut Host<'_>, fd: u32, buffer: Range, cookie: u64, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    ctx.table.dir(fd, Rights::FD_READDIR)?;
    let Kind::Dir(dir) = &mut ctx.table.entry_mut(fd)?.kind else {
        return Err(Errno::NOTDIR);
    };
    let listing = match &mut dir.listing {
        Some(listing) => listing,
        none => match Listing::open(&dir.dir) {
            Err(Errno::NOENT) => return guest.write_u32(out, 0),
            opened => none.insert(opened?),
        },
    };
    let mut cookie = cookie;
    let mut left = guest.slice_mut(buffer)?;
    while !left.is_empty() {
        let items = listing.from(cookie)?;
        let Some(last) = items.last() else { break };
        cookie = last.next;
        for item in items {
            if left.is_empty() {
                break;
            }
            let record = dirent(item.next, item.ino, item.name.len().try_into()?, item.filetype);
            for bytes in [&record[..], item.name.as_bytes()] {
                // An entry that is cut off tells the program to ask again with a larger buffer.
                let count = bytes.len().min(left.len());
                left[..count].copy_from_slice(&bytes[..count]);
                left = &mut left[count..];
            }
        }
    }
    let used = buffer.len - u32::try_from(left.len())?;
    guest.write_u32(out, used)
}

/// `fd_prestat_get`: a kind, and the length of a name. Sockets are no kind that there is, so that a program which
/// looks for folders passes over them.
pub(crate) fn prestat(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let entry = host.ctx.table.entry(fd)?;
    let record = match &entry.kind {
        Kind::Socket(_) if entry.base.contains(Rights::SOCK_ACCEPT) => 1,
        _ => u64::from(u32::try_from(preopen(&host.ctx.table, fd)?.len())?) << 32,
    };
    host.guest.write_u64(out, record)
}

/// What the program calls the folder, if it was opened for it.
fn preopen(table: &Table, fd: u32) -> Result<&str> {
    match &table.entry(fd)?.kind {
        Kind::Dir(OpenDir {
            preopen: Some(name), ..
        }) => Ok(name),
        _ => Err(Errno::BADF),
    }
}

/// `fd_prestat_dir_name`
pub(crate) fn prestat_name(host: &mut Host<'_>, fd: u32, buffer: Range) -> Result<()> {
    let name = preopen(&host.ctx.table, fd)?;
    if (buffer.len as usize) < name.len() {
        return Err(Errno::NAMETOOLONG);
    }
    host.guest.write(buffer.ptr, name.as_bytes())
}
