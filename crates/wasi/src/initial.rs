//! The descriptors that a program may begin with: streams, and sockets that listen.
//!
//! A stream of the host that is a file becomes a file of the program, with positions; it is shared with the host, so
//! how it is opened is not for the program to change.

use crate::abi::{FdFlags, Rights};
use crate::stream::{Input, Output};
use crate::table::{Entry, Kind, OpenFile};
use cap_std::fs::File;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, tell};

impl Input {
    /// The entry of a program's table.
    pub(crate) fn entry(self) -> Entry {
        match self.host().and_then(file) {
            Some(kind) => entry(kind, Rights::FILE_IN_PLACE | Rights::FD_READ),
            None => entry(Kind::Input(self), STREAM | Rights::FD_READ),
        }
    }
}

impl Output {
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

/// What a socket allows that listens.
const LISTENER: Rights = Rights::SOCK_ACCEPT.union(EITHER);
/// What a connection allows.
const CONNECTION: Rights = Rights::FD_READ
    .union(Rights::FD_WRITE)
    .union(Rights::SOCK_SHUTDOWN)
    .union(EITHER);
const EITHER: Rights = Rights::POLL_FD_READWRITE
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_FILESTAT_GET);

/// The entry of a socket that listens.
pub(crate) fn listener(socket: OwnedFd) -> Entry {
    let nonblocking = fcntl_getfl(&socket).is_ok_and(|flags| flags.contains(OFlags::NONBLOCK));
    let mut flags = FdFlags::empty();
    flags.set(FdFlags::NONBLOCK, nonblocking);
    Entry {
        kind: Kind::Socket(socket),
        flags,
        base: LISTENER,
        inheriting: CONNECTION,
    }
}
