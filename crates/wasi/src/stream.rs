//! The three standard streams: the host's own, or anything that reads or writes.

use crate::abi::Filetype;
use rustix::event::{PollFd, PollFlags};
use std::io::{self, IsTerminal, Read, Write};

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
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            // Past the standard library's buffer, which `poll` could not see.
            Input::Host => Ok(rustix::io::retry_on_intr(|| {
                rustix::io::read(rustix::stdio::stdin(), &mut *buffer)
            })?),
            Input::Other(reader) => reader.read(buffer),
        }
    }

    pub(crate) fn filetype(&self) -> Filetype {
        terminal(matches!(self, Input::Host) && io::stdin().is_terminal())
    }

    /// What to wait for before there is something to read; nothing if it never has to wait.
    pub(crate) fn poll(&self) -> Option<PollFd<'static>> {
        matches!(self, Input::Host).then(|| PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN))
    }
}

impl Output {
    pub(crate) fn write_vectored(&mut self, buffers: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let fd = match self {
            Output::HostOut => rustix::stdio::stdout(),
            Output::HostErr => rustix::stdio::stderr(),
            Output::Other(writer) => {
                let first = buffers.iter().find(|buffer| !buffer.is_empty());
                return first.map_or(Ok(0), |buffer| writer.write(buffer));
            }
        };
        Ok(rustix::io::retry_on_intr(|| rustix::io::writev(fd, buffers))?)
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

/// Programs take a character device for a terminal, so nothing else may be one.
fn terminal(is_terminal: bool) -> Filetype {
    if is_terminal {
        Filetype::CharacterDevice
    } else {
        Filetype::Unknown
    }
}
