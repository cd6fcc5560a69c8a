//! Constants and records of preview 1, in one place: rights, flags, kinds of files, layouts in guest memory.

use crate::errno::{Errno, Result};
use crate::guest::Guest;
use bitflags::bitflags;
use cap_std::fs::{FileType, FileTypeExt};

bitflags! {
    /// What a descriptor may be used for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Rights: u64 {
        const FD_DATASYNC = 1 << 0;
        const FD_READ = 1 << 1;
        const FD_SEEK = 1 << 2;
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        const FD_SYNC = 1 << 4;
        const FD_TELL = 1 << 5;
        const FD_WRITE = 1 << 6;
        const FD_ADVISE = 1 << 7;
        const FD_ALLOCATE = 1 << 8;
        const PATH_CREATE_DIRECTORY = 1 << 9;
        const PATH_CREATE_FILE = 1 << 10;
        const PATH_LINK_SOURCE = 1 << 11;
        const PATH_LINK_TARGET = 1 << 12;
        const PATH_OPEN = 1 << 13;
        const FD_READDIR = 1 << 14;
        const PATH_READLINK = 1 << 15;
        const PATH_RENAME_SOURCE = 1 << 16;
        const PATH_RENAME_TARGET = 1 << 17;
        const PATH_FILESTAT_GET = 1 << 18;
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        const FD_FILESTAT_GET = 1 << 21;
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        const PATH_SYMLINK = 1 << 24;
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        const PATH_UNLINK_FILE = 1 << 26;
        const POLL_FD_READWRITE = 1 << 27;
        const SOCK_SHUTDOWN = 1 << 28;
        const SOCK_ACCEPT = 1 << 29;

        /// What any file allows, whatever it was opened for.
        const ANY_FILE = Self::FD_SEEK.bits() | Self::FD_TELL.bits() | Self::FD_ADVISE.bits()
            | Self::FD_FDSTAT_SET_FLAGS.bits() | Self::FD_FILESTAT_GET.bits() | Self::POLL_FD_READWRITE.bits();
        /// What a file allows whose description is shared with the host.
        const FILE_IN_PLACE = Self::ANY_FILE.bits() & !Self::FD_FDSTAT_SET_FLAGS.bits();
        /// What writing a file needs beyond that.
        const WRITE_FILE = Self::FD_WRITE.bits() | Self::FD_ALLOCATE.bits() | Self::FD_DATASYNC.bits()
            | Self::FD_SYNC.bits() | Self::FD_FILESTAT_SET_SIZE.bits() | Self::FD_FILESTAT_SET_TIMES.bits();
        /// What reading a directory needs.
        const READ_DIR = Self::PATH_OPEN.bits() | Self::FD_READDIR.bits() | Self::PATH_READLINK.bits()
            | Self::PATH_FILESTAT_GET.bits() | Self::FD_FILESTAT_GET.bits() | Self::FD_FDSTAT_SET_FLAGS.bits();
        /// What changing a directory needs.
        const MUTATE_DIR = Self::PATH_CREATE_DIRECTORY.bits() | Self::PATH_CREATE_FILE.bits()
            | Self::PATH_LINK_SOURCE.bits() | Self::PATH_LINK_TARGET.bits() | Self::PATH_RENAME_SOURCE.bits()
            | Self::PATH_RENAME_TARGET.bits() | Self::PATH_FILESTAT_SET_SIZE.bits()
            | Self::PATH_FILESTAT_SET_TIMES.bits() | Self::FD_FILESTAT_SET_TIMES.bits()
            | Self::PATH_SYMLINK.bits() | Self::PATH_REMOVE_DIRECTORY.bits() | Self::PATH_UNLINK_FILE.bits()
            | Self::FD_DATASYNC.bits() | Self::FD_SYNC.bits();
        /// What a descriptor of a file can use at all.
        const FILE = Self::ANY_FILE.bits() | Self::FD_READ.bits() | Self::WRITE_FILE.bits();
        /// What a descriptor of a directory can use at all.
        const DIR = Self::READ_DIR.bits() | Self::MUTATE_DIR.bits();
    }

    /// How a descriptor reads and writes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct FdFlags: u16 {
        const APPEND = 1 << 0;
        const DSYNC = 1 << 1;
        const NONBLOCK = 1 << 2;
        const RSYNC = 1 << 3;
        const SYNC = 1 << 4;
    }

    /// How a path is opened.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct OFlags: u16 {
        const CREAT = 1 << 0;
        const DIRECTORY = 1 << 1;
        const EXCL = 1 << 2;
        const TRUNC = 1 << 3;
    }

    /// How a path is resolved.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct LookupFlags: u32 {
        const SYMLINK_FOLLOW = 1 << 0;
    }

    /// How bytes are received.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct RiFlags: u16 {
        const PEEK = 1 << 0;
        const WAITALL = 1 << 1;
    }

    /// Which ways of a connection are shut down.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct SdFlags: u16 {
        const RD = 1 << 0;
        const WR = 1 << 1;
    }

    /// Which times to set, and whether to now.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct FstFlags: u16 {
        const ATIM = 1 << 0;
        const ATIM_NOW = 1 << 1;
        const MTIM = 1 << 2;
        const MTIM_NOW = 1 << 3;
    }
}

/// Preview 1 under its own name, or under the older one, which programs of 2019 import: the same functions, of which
/// three read or write records that were laid out in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `wasi_unstable`
    Unstable,
    /// `wasi_snapshot_preview1`
    Preview1,
}

impl Version {
    pub(crate) const ALL: [Version; 2] = [Version::Unstable, Version::Preview1];

    /// The module that programs import from.
    pub(crate) fn module(self) -> &'static str {
        match self {
            Version::Unstable => "wasi_unstable",
            Version::Preview1 => "wasi_snapshot_preview1",
        }
    }

    /// What a number means to `fd_seek`.
    pub(crate) fn whence(self, number: u32) -> Result<Whence> {
        const NEW: [Whence; 3] = [Whence::Set, Whence::Current, Whence::End];
        const OLD: [Whence; 3] = [Whence::Current, Whence::End, Whence::Set];
        let order = if self == Version::Unstable { OLD } else { NEW };
        order.get(usize::try_from(number)?).copied().ok_or(Errno::INVAL)
    }

    /// The size of a subscription, and where those of clocks begin to differ: the older ones name themselves again.
    pub(crate) fn subscription(self) -> (u32, usize) {
        match self {
            Version::Unstable => (56, 24),
            Version::Preview1 => (48, 16),
        }
    }
}

/// Where `fd_seek` counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whence {
    Set,
    Current,
    End,
}

/// Flags of 16 bits as the guest passes them; a bit without a meaning is `EINVAL`.
pub(crate) fn flags<F: bitflags::Flags<Bits = u16>>(bits: u32) -> Result<F> {
    u16::try_from(bits)
        .ok()
        .and_then(F::from_bits)
        .ok_or(Errno::INVAL)
}

/// The flags of a lookup.
pub(crate) fn lookup_flags(bits: u32) -> Result<LookupFlags> {
    LookupFlags::from_bits(bits).ok_or(Errno::INVAL)
}

/// What a descriptor or a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Filetype {
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SocketStream = 6,
    SymbolicLink = 7,
}

impl From<FileType> for Filetype {
    fn from(ty: FileType) -> Self {
        match ty {
            ty if ty.is_file() => Filetype::RegularFile,
            ty if ty.is_dir() => Filetype::Directory,
            ty if ty.is_symlink() => Filetype::SymbolicLink,
            ty if ty.is_char_device() => Filetype::CharacterDevice,
            ty if ty.is_block_device() => Filetype::BlockDevice,
            ty if ty.is_socket() => Filetype::SocketStream,
            _ => Filetype::Unknown,
        }
    }
}

impl From<rustix::fs::FileType> for Filetype {
    fn from(ty: rustix::fs::FileType) -> Self {
        match ty {
            rustix::fs::FileType::RegularFile => Filetype::RegularFile,
            rustix::fs::FileType::Directory => Filetype::Directory,
            rustix::fs::FileType::Symlink => Filetype::SymbolicLink,
            rustix::fs::FileType::CharacterDevice => Filetype::CharacterDevice,
            rustix::fs::FileType::BlockDevice => Filetype::BlockDevice,
            rustix::fs::FileType::Socket => Filetype::SocketStream,
            _ => Filetype::Unknown,
        }
    }
}

/// `fdstat`: 24 bytes.
pub(crate) fn fdstat(filetype: Filetype, flags: FdFlags, base: Rights, inheriting: Rights) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0] = filetype as u8;
    bytes[2..4].copy_from_slice(&flags.bits().to_le_bytes());
    bytes[8..16].copy_from_slice(&base.bits().to_le_bytes());
    bytes[16..24].copy_from_slice(&inheriting.bits().to_le_bytes());
    bytes
}

/// What is known of a file; `filestat` in guest memory.
pub(crate) struct Filestat {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) filetype: Filetype,
    pub(crate) nlink: u64,
    pub(crate) size: u64,
    /// Access, modification and change, in nanoseconds since 1970.
    pub(crate) times: [u64; 3],
}

impl Filestat {
    /// Writes the record: 64 bytes, or 56 in the older layout, whose number of links has half the size.
    pub(crate) fn write(&self, guest: &mut Guest<'_>, ptr: u32, version: Version) -> Result<()> {
        let mut bytes = [0; 64];
        let mut put = |at: usize, value: u64| bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        put(0, self.dev);
        put(8, self.ino);
        let mut at = 32;
        if version == Version::Unstable {
            put(16, self.filetype as u64 | u64::from(self.nlink as u32) << 32);
            at = 24;
        } else {
            put(16, self.filetype as u64);
            put(24, self.nlink);
        }
        put(at, self.size);
        for (index, time) in self.times.into_iter().enumerate() {
            put(at + 8 + 8 * index, time);
        }
        guest.write(ptr, &bytes[..at + 32])
    }
}

/// `dirent`: 24 bytes, followed by the name.
pub(crate) fn dirent(next: u64, ino: u64, name_len: u32, filetype: Filetype) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0..8].copy_from_slice(&next.to_le_bytes());
    bytes[8..16].copy_from_slice(&ino.to_le_bytes());
    bytes[16..20].copy_from_slice(&name_len.to_le_bytes());
    bytes[20] = filetype as u8;
    bytes
}
