//! The three standard streams: the host's own, or anything that reads or writes.
//!
//! A stream of the host is read and written past the standard library's buffers, and its flags are the program's own.

use crate::abi::{FdFlags, Filetype};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;
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
