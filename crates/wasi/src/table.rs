//! The table of open descriptors, and what each may be used for.

use crate::abi::{FdFlags, Filetype, Rights};
use crate::dir::Listing;
use crate::errno::{Errno, Result};
use crate::stream::{Input, Output};
use cap_std::fs::{Dir, File};
use std::collections::BTreeMap;

/// Anything that a descriptor stands for.
pub(crate) enum Kind {
    Input(Input),
    Output(Output),
    File(OpenFile),
    Dir(OpenDir),
}

/// A file, and how it was opened.
pub(crate) struct OpenFile {
    pub(crate) file: File,
    pub(crate) flags: FdFlags,
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
    pub(crate) base: Rights,
    pub(crate) inheriting: Rights,
}

impl Entry {
    pub(crate) fn filetype(&self) -> Result<Filetype> {
        Ok(match &self.kind {
            Kind::Input(input) => input.filetype(),
            Kind::Output(output) => output.filetype(),
            Kind::File(file) => file.file.metadata()?.file_type().into(),
            Kind::Dir(_) => Filetype::Directory,
        })
    }

    pub(crate) fn flags(&self) -> FdFlags {
        match &self.kind {
            Kind::File(file) => file.flags,
            _ => FdFlags::empty(),
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
#[derive(Default)]
pub(crate) struct Table {
    entries: BTreeMap<u32, Entry>,
}

impl Table {
    /// Gives an entry the lowest free number, as POSIX does.
    pub(crate) fn push(&mut self, entry: Entry) -> Result<u32> {
        let taken = self
            .entries
            .keys()
            .zip(0..)
            .take_while(|(fd, index)| *fd == index)
            .count();
        let fd = u32::try_from(taken).map_err(|_| Errno::MFILE)?;
        self.entries.insert(fd, entry);
        Ok(fd)
    }

    pub(crate) fn entry(&self, fd: u32) -> Result<&Entry> {
        self.entries.get(&fd).ok_or(Errno::BADF)
    }

    pub(crate) fn entry_mut(&mut self, fd: u32) -> Result<&mut Entry> {
        self.entries.get_mut(&fd).ok_or(Errno::BADF)
    }

    /// An entry that may be used for `rights`.
    pub(crate) fn with(&self, fd: u32, rights: Rights) -> Result<&Entry> {
        let entry = self.entry(fd)?;
        entry.require(rights)?;
        Ok(entry)
    }

    /// A file that may be used for `rights`. A directory is no such file; a stream has no position.
    pub(crate) fn file(&self, fd: u32, rights: Rights) -> Result<&OpenFile> {
        let entry = self.entry(fd)?;
        match &entry.kind {
            Kind::File(file) => entry.require(rights).map(|()| file),
            Kind::Dir(_) => Err(Errno::BADF),
            Kind::Input(_) | Kind::Output(_) => Err(Errno::SPIPE),
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

    pub(crate) fn remove(&mut self, fd: u32) -> Result<Entry> {
        self.entries.remove(&fd).ok_or(Errno::BADF)
    }

    /// Moves `from` to the number `to`, which has to be open as well, and is closed.
    pub(crate) fn renumber(&mut self, from: u32, to: u32) -> Result<()> {
        if !self.entries.contains_key(&to) {
            return Err(Errno::BADF);
        }
        let entry = self.remove(from)?;
        self.entries.insert(to, entry);
        Ok(())
    }
}
