//! The three standard streams: the host's own, or anything that reads or writes.
//!
//! A stream of the host that is a file becomes a file of the program, with positions; it is shared with the host, so
//! how it is opened is not for the program to change.

use crate::abi::{FdFlags, Filetype, Rights};
use crate::table::{Entry, Kind, OpenFile};
use cap_std::fs::File;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;
use rustix::fs::{FileType, fstat, tell};
use rustix::stdio::{stderr, stdin, stdout};
use std::io::{self, IoSlice, IsTerminal, Read, Write};

/// Where standard input comes from.
pub(crate) enum Input {
    Host,
    Other(Box<dyn Read + Send>),
}

/// Where standard output or standard error goes to.
pub(crate) enum Output {
    HostOut,
    HostErr,
    Other(Box<dyn Write + Send>),
}

impl Input {
    /// What the host waits on, if the stream is the host's.
    pub(crate) fn host(&self) -> Option<BorrowedFd<'static>> {
        matches!(self, Input::Host).then(stdin)
    }

    /// Reads what is there; if nothing is, waits for it, or fails if the program set the flag not to.
    pub(crate) fn read(&mut self, buffer: &mut [u8], flags: FdFlags) -> io::Result<usize> {
        match self {
            // Past the standard library's buffer, which `poll` could not see.
            Input::Host => {
                if flags.contains(FdFlags::NONBLOCK) && !ready(stdin(), PollFlags::IN)? {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Ok(rustix::io::read(stdin(), buffer)?)
            }
            Input::Other(reader) => reader.read(buffer),
        }
    }

    pub(crate) fn filetype(&self) -> Filetype {
        terminal(matches!(self, Input::Host) && io::stdin().is_terminal())
    }

    /// The entry of a program's table.
    pub(crate) fn entry(self) -> Entry {
        match self.host().and_then(file) {
            Some(kind) => entry(kind, Rights::FILE_IN_PLACE | Rights::FD_READ),
            None => entry(Kind::Input(self), STREAM | Rights::FD_READ),
        }
    }
}

impl Output {
    /// What the host waits on, if the stream is the host's.
    pub(crate) fn host(&self) -> Option<BorrowedFd<'static>> {
        match self {
            Output::HostOut => Some(stdout()),
            Output::HostErr => Some(stderr()),
            Output::Other(_) => None,
        }
    }

    /// Writes as much as is taken at once.
    pub(crate) fn write(&mut self, buffers: &[IoSlice<'_>], flags: FdFlags) -> io::Result<usize> {
        let fd = match self {
            Output::HostOut => stdout(),
            Output::HostErr => stderr(),
            Output::Other(writer) => return writer.write_vectored(buffers),
        };
        if flags.contains(FdFlags::NONBLOCK) && !ready(fd, PollFlags::OUT)? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(rustix::io::writev(fd, buffers)?)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::HostOut | Output::HostErr => Ok(()),
            Output::Other(writer) => writer.flush(),
        }
    }

    pub(crate) fn filetype(&self) -> Filetype {
        terminal(match self {
            Output::HostOut => io::stdout().is_terminal(),
            Output::HostErr => io::stderr().is_terminal(),
            Output::Other(_) => false,
        })
    }

    /// The entry of a program's table.
    pub(crate) fn entry(self) -> Entry {
        let allowed = Rights::FD_WRITE | Rights::FD_SYNC | Rights::FD_DATASYNC;
        match self.host().and_then(file) {
            Some(kind) => entry(kind, Rights::FILE_IN_PLACE | allowed),
            None => entry(Kind::Output(self), STREAM | allowed),
        }
    }
}

/// What any stream allows. Its flags are the program's own: the host shares the stream, and must not find it changed.
const STREAM: Rights = Rights::FD_FILESTAT_GET
    .union(Rights::POLL_FD_READWRITE)
    .union(Rights::FD_FDSTAT_SET_FLAGS);

fn entry(kind: Kind, base: Rights) -> Entry {
    Entry {
        kind,
        flags: FdFlags::empty(),
        base,
        inheriting: Rights::empty(),
    }
}

/// The file that a stream of the host is, if it is one, or a device that has positions like one.
fn file(stream: BorrowedFd<'static>) -> Option<Kind> {
    tell(stream).ok()?;
    let filetype = FileType::from_raw_mode(fstat(stream).ok()?.st_mode).into();
    Some(Kind::File(OpenFile {
        file: File::from_std(stream.try_clone_to_owned().ok()?.into()),
        filetype,
    }))
}

/// Whether a descriptor of the host can be used without waiting.
fn ready(fd: BorrowedFd<'_>, flags: PollFlags) -> io::Result<bool> {
    let now = rustix::time::Timespec::default();
    Ok(poll(&mut [PollFd::from_borrowed_fd(fd, flags)], Some(&now))? > 0)
}

/// Programs take a character device for a terminal, so nothing else may be one.
fn terminal(is_terminal: bool) -> Filetype {
    if is_terminal {
        Filetype::CharacterDevice
    } else {
        Filetype::Unknown
    }
}
