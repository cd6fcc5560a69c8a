//! Error numbers of preview 1, and which of the host's each one stands for.

use rustix::io::Errno as Host;
use std::io;

/// An error number, as a function of preview 1 returns it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) u16);

/// What a function of preview 1 comes to.
pub(crate) type Result<T> = std::result::Result<T, Errno>;

/// One row per number: the name, the number, the host's number of the same meaning.
macro_rules! errnos {
    ($($name:ident = $number:literal, $host:ident;)*) => {
        impl Errno {
            $(pub(crate) const $name: Errno = Errno($number);)*
        }

        impl From<Host> for Errno {
            fn from(host: Host) -> Self {
                match host {
                    $(Host::$host => Errno::$name,)*
                    _ => Errno::IO,
                }
            }
        }
    };
}

impl Errno {
    /// No error.
    pub(crate) const SUCCESS: Errno = Errno(0);
    /// A descriptor without the right that a call needs; the host has no such error.
    pub(crate) const NOTCAPABLE: Errno = Errno(76);
}

errnos! {
    TOOBIG = 1, TOOBIG;
    ACCES = 2, ACCESS;
    ADDRINUSE = 3, ADDRINUSE;
    ADDRNOTAVAIL = 4, ADDRNOTAVAIL;
    AFNOSUPPORT = 5, AFNOSUPPORT;
    AGAIN = 6, AGAIN;
    ALREADY = 7, ALREADY;
    BADF = 8, BADF;
    BADMSG = 9, BADMSG;
    BUSY = 10, BUSY;
    CANCELED = 11, CANCELED;
    CHILD = 12, CHILD;
    CONNABORTED = 13, CONNABORTED;
    CONNREFUSED = 14, CONNREFUSED;
    CONNRESET = 15, CONNRESET;
    DEADLK = 16, DEADLK;
    DESTADDRREQ = 17, DESTADDRREQ;
    DOM = 18, DOM;
    DQUOT = 19, DQUOT;
    EXIST = 20, EXIST;
    FAULT = 21, FAULT;
    FBIG = 22, FBIG;
    HOSTUNREACH = 23, HOSTUNREACH;
    IDRM = 24, IDRM;
    ILSEQ = 25, ILSEQ;
    INPROGRESS = 26, INPROGRESS;
    INTR = 27, INTR;
    INVAL = 28, INVAL;
    IO = 29, IO;
    ISCONN = 30, ISCONN;
    ISDIR = 31, ISDIR;
    LOOP = 32, LOOP;
    MFILE = 33, MFILE;
    MLINK = 34, MLINK;
    MSGSIZE = 35, MSGSIZE;
    MULTIHOP = 36, MULTIHOP;
    NAMETOOLONG = 37, NAMETOOLONG;
    NETDOWN = 38, NETDOWN;
    NETRESET = 39, NETRESET;
    NETUNREACH = 40, NETUNREACH;
    NFILE = 41, NFILE;
    NOBUFS = 42, NOBUFS;
    NODEV = 43, NODEV;
    NOENT = 44, NOENT;
    NOEXEC = 45, NOEXEC;
    NOLCK = 46, NOLCK;
    NOLINK = 47, NOLINK;
    NOMEM = 48, NOMEM;
    NOMSG = 49, NOMSG;
    NOPROTOOPT = 50, NOPROTOOPT;
    NOSPC = 51, NOSPC;
    NOSYS = 52, NOSYS;
    NOTCONN = 53, NOTCONN;
    NOTDIR = 54, NOTDIR;
    NOTEMPTY = 55, NOTEMPTY;
    NOTRECOVERABLE = 56, NOTRECOVERABLE;
    NOTSOCK = 57, NOTSOCK;
    NOTSUP = 58, OPNOTSUPP;
    NOTTY = 59, NOTTY;
    NXIO = 60, NXIO;
    OVERFLOW = 61, OVERFLOW;
    OWNERDEAD = 62, OWNERDEAD;
    PERM = 63, PERM;
    PIPE = 64, PIPE;
    PROTO = 65, PROTO;
    PROTONOSUPPORT = 66, PROTONOSUPPORT;
    PROTOTYPE = 67, PROTOTYPE;
    RANGE = 68, RANGE;
    ROFS = 69, ROFS;
    SPIPE = 70, SPIPE;
    SRCH = 71, SRCH;
    STALE = 72, STALE;
    TIMEDOUT = 73, TIMEDOUT;
    TXTBSY = 74, TXTBSY;
    XDEV = 75, XDEV;
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        if let Some(host) = Host::from_io_error(&error) {
            return host.into();
        }
        // Errors that the standard library and cap-std make themselves, without asking the system.
        match error.kind() {
            // A path that led out of its folder.
            io::ErrorKind::PermissionDenied => Errno::PERM,
            io::ErrorKind::InvalidInput => Errno::INVAL,
            io::ErrorKind::InvalidData => Errno::ILSEQ,
            io::ErrorKind::NotFound => Errno::NOENT,
            io::ErrorKind::AlreadyExists => Errno::EXIST,
            io::ErrorKind::NotADirectory => Errno::NOTDIR,
            io::ErrorKind::IsADirectory => Errno::ISDIR,
            io::ErrorKind::DirectoryNotEmpty => Errno::NOTEMPTY,
            io::ErrorKind::BrokenPipe => Errno::PIPE,
            io::ErrorKind::WouldBlock => Errno::AGAIN,
            io::ErrorKind::Interrupted => Errno::INTR,
            io::ErrorKind::StorageFull | io::ErrorKind::WriteZero => Errno::NOSPC,
            io::ErrorKind::Unsupported => Errno::NOTSUP,
            io::ErrorKind::OutOfMemory => Errno::NOMEM,
            _ => Errno::IO,
        }
    }
}

impl From<std::num::TryFromIntError> for Errno {
    fn from(_: std::num::TryFromIntError) -> Self {
        Errno::OVERFLOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_host_are_translated() {
        assert_eq!(Errno::from(io::Error::from_raw_os_error(2)), Errno::NOENT);
        assert_eq!(Errno::from(io::Error::from_raw_os_error(13)), Errno::ACCES);
        assert_eq!(
            Errno::from(io::Error::new(io::ErrorKind::PermissionDenied, "out")),
            Errno::PERM
        );
        assert_eq!(Errno::from(Host::OPNOTSUPP), Errno(58));
    }
}
