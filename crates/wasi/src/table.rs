//! The table of open descriptors, and what each may be used for.

use crate::abi::{FdFlags, Filetype, Rights};
use crate::errno::{Errno, Result};
use crate::listing::Listing;
use crate::stream::{Input, Output};
use cap_std::fs::{Dir, File};
use rustix::fd::OwnedFd;
use std::collections::BTreeSet;

/// Anything that a descriptor stands for.
pub(crate) enum Kind {
    Input(Input),
    Output(Output),
    File(OpenFile),
    Dir(OpenDir),
    /// A socket that listens or that is connected; which of the two, the rights tell.
    Socket(OwnedFd),
}

/// A file, or what else has a path and is no directory.
pub(crate) struct OpenFile {
    pub(crate) file: File,
    pub(crate) filetype: Filetype,
}

/// A directory.
pub(crate) struct OpenDir {
    pub(crate) dir: Dir,
    /// What the guest calls it, if it was opened for the guest.
    pub(crate) preopen: Option<String>,
    /// The entries that the guest is reading.
    pub(crate) listing: Option<Listing>,
}

/// An open descriptor.
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) flags: FdFlags,
    pub(crate) base: Rights,
    pub(crate) inheriting: Rights,
}

impl Entry {
    pub(crate) fn filetype(&self) -> Filetype {
        match &self.kind {
            Kind::Input(input) => input.filetype(),
            Kind::Output(output) => output.filetype(),
            Kind::File(file) => file.filetype,
            Kind::Dir(_) => Filetype::Directory,
            Kind::Socket(_) => Filetype::SocketStream,
        }
    }

    pub(crate) fn require(&self, rights: Rights) -> Result<()> {
        if self.base.contains(rights) {
            Ok(())
        } else {
            Err(Errno::NOTCAPABLE)
        }
    }
}

/// Descriptors by number.
///
/// A new one gets the lowest number that was closed, as in POSIX. Numbers that an entry was moved away from are the last
/// to be given out: programs move a standard stream away and back, and what they open in between must not take its
/// place, since there is nothing to move it back onto then.
pub(crate) struct Table {
    entries: Vec<Option<Entry>>,
    /// The numbers that were closed.
    closed: BTreeSet<usize>,
    /// The numbers that an entry was moved away from.
    left: BTreeSet<usize>,
    /// How many numbers there are.
    limit: usize,
}

impl Table {
    /// Entries from number 0 on, with room for `room` more.
    pub(crate) fn new(entries: Vec<Option<Entry>>, room: usize) -> Self {
        let limit = entries.len().saturating_add(room);
        Table {
            entries,
            closed: BTreeSet::new(),
            left: BTreeSet::new(),
            limit,
        }
    }

    /// Gives an entry a number.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<u32> {
        let new = self.entries.len();
        let fd = match self.closed.pop_first() {
            Some(fd) => fd,
            None if new < self.limit => new,
            None => self.left.pop_first().ok_or(Errno::MFILE)?,
        };
        if fd == new {
            self.entries.push(None);
        }
        self.entries[fd] = Some(entry);
        Ok(u32::try_from(fd)?)
    }

    /// Whether there is a number left; to ask before something is opened that would have none.
    pub(crate) fn check_room(&self) -> Result<()> {
        let full = self.entries.len() >= self.limit;
        if full && self.closed.is_empty() && self.left.is_empty() {
            return Err(Errno::MFILE);
        }
        Ok(())
    }

    fn slot(&mut self, fd: u32) -> Option<&mut Option<Entry>> {
        self.entries.get_mut(usize::try_from(fd).ok()?)
    }

    pub(crate) fn entry(&self, fd: u32) -> Result<&Entry> {
        let slot = self.entries.get(usize::try_from(fd)?);
        slot.and_then(Option::as_ref).ok_or(Errno::BADF)
    }

    pub(crate) fn entry_mut(&mut self, fd: u32) -> Result<&mut Entry> {
        self.slot(fd).and_then(Option::as_mut).ok_or(Errno::BADF)
    }

    /// An entry that may be used for `rights`.
    pub(crate) fn with(&self, fd: u32, rights: Rights) -> Result<&Entry> {
        let entry = self.entry(fd)?;
        entry.require(rights)?;
        Ok(entry)
    }

    /// A file that may be used for `rights`. A directory is no such file; a stream has no position.
    pub(crate) fn file(&self, fd: u32, rights: Rights) -> Result<&File> {
        let entry = self.entry(fd)?;
        match &entry.kind {
            Kind::File(file) => entry.require(rights).map(|()| &file.file),
            Kind::Dir(_) => Err(Errno::BADF),
            Kind::Input(_) | Kind::Output(_) | Kind::Socket(_) => Err(Errno::SPIPE),
        }
    }

    /// A directory that may be used for `rights`.
    pub(crate) fn dir(&self, fd: u32, rights: Rights) -> Result<&OpenDir> {
        let entry = self.entry(fd)?;
        match &entry.kind {
            Kind::Dir(dir) => entry.require(rights).map(|()| dir),
            _ => Err(Errno::NOTDIR),
        }
    }

    /// A socket that may be used for `rights`.
    pub(crate) fn socket(&self, fd: u32, rights: Rights) -> Result<&OwnedFd> {
        let entry = self.entry(fd)?;
        match &entry.kind {
            Kind::Socket(socket) => entry.require(rights).map(|()| socket),
            _ => Err(Errno::NOTSOCK),
        }
    }

    pub(crate) fn remove(&mut self, fd: u32) -> Result<Entry> {
        let entry = self.slot(fd).and_then(Option::take).ok_or(Errno::BADF)?;
        self.closed.insert(usize::try_from(fd)?);
        Ok(entry)
    }

    /// Moves `from` to the number `to`, which has to be open as well, and is closed.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<()> {
        self.entry(from)?;
        self.entry(to)?;
        if from != to {
            let from = usize::try_from(from)?;
            self.entries[usize::try_from(to)?] = self.entries[from].take();
            self.left.insert(from);
        }
        Ok(())
    }
}
