//! Opening paths: which host flags a request comes to, and which rights the new descriptor has.

use super::fd;
use super::path::follow_symlinks;
use crate::abi::{self, FdFlags, Filetype, LookupFlags, OFlags, Rights};
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::table::{Entry, Kind, OpenDir, OpenFile};
use cap_fs_ext::{DirExt, OpenOptionsFollowExt};
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};

/// The arguments of `path_open`, as the guest passes them.
pub(crate) struct Open {
    pub(crate) dir: u32,
    pub(crate) lookup: u32,
    pub(crate) path: Range,
    pub(crate) oflags: u32,
    pub(crate) base: u64,
    pub(crate) inheriting: u64,
    pub(crate) fdflags: u32,
    pub(crate) out: u32,
}

/// A request whose flags are known to make sense.
struct Request<'a> {
    path: &'a str,
    follow: bool,
    oflags: OFlags,
    fdflags: FdFlags,
    base: Rights,
    inheriting: Rights,
    /// Whether the guest asks for the right to write, which need not be offered.
    writes: bool,
}

/// `path_open`
pub(crate) fn open(host: &mut Host<'_>, args: Open) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(args.out, 4)?;
    ctx.table.check_room()?;
    ctx.table.entry(args.dir)?;
    let base = Rights::from_bits_truncate(args.base);
    let mut request = Request {
        path: guest.path(args.path)?,
        follow: abi::lookup_flags(args.lookup)?.contains(LookupFlags::SYMLINK_FOLLOW),
        oflags: abi::flags(args.oflags)?,
        fdflags: abi::flags(args.fdflags)?,
        base,
        inheriting: Rights::from_bits_truncate(args.inheriting),
        writes: base.contains(Rights::FD_WRITE),
    };
    let dir = ctx.table.dir(args.dir, request.needs())?;
    let offered = ctx.table.entry(args.dir)?.inheriting;
    // To be refused now is better than at the first write. Other rights that aren't there are left out.
    let is_file = !request.oflags.contains(OFlags::DIRECTORY);
    if is_file && request.writes && !offered.contains(Rights::FD_WRITE) {
        return Err(Errno::NOTCAPABLE);
    }
    request.base &= offered;
    request.inheriting &= offered;
    let entry = request.open(&dir.dir)?;
    let fd = ctx.table.push(entry)?;
    guest.write_u32(args.out, fd)
}

impl Request<'_> {
    /// The rights that the directory must have.
    fn needs(&self) -> Rights {
        let mut rights = Rights::PATH_OPEN;
        rights.set(Rights::PATH_CREATE_FILE, self.oflags.contains(OFlags::CREAT));
        rights.set(
            Rights::PATH_FILESTAT_SET_SIZE,
            self.oflags.contains(OFlags::TRUNC),
        );
        rights
    }

    fn open(&self, dir: &Dir) -> Result<Entry> {
        if self.oflags.contains(OFlags::DIRECTORY) {
            if self
                .oflags
                .intersects(OFlags::CREAT | OFlags::EXCL | OFlags::TRUNC)
            {
                return Err(Errno::INVAL);
            }
            let opened = if self.follow {
                dir.open_dir(self.path)
            } else {
                dir.open_dir_nofollow(self.path)
            };
            let opened = opened?;
            // The host opens folders for reading, so it does not see what it would refuse.
            return match self.writes {
                true => Err(Errno::ISDIR),
                false => Ok(self.dir_entry(opened)),
            };
        }
        let file = dir.open_with(self.path, &self.options())?;
        let filetype = file.metadata()?.file_type().into();
        if filetype == Filetype::Directory {
            return Ok(self.dir_entry(Dir::from_std_file(file.into_std())));
        }
        if filetype != Filetype::RegularFile {
            // Opened without waiting; from here on, to use it waits unless the program says otherwise.
            fd::set_host_flags(&file, self.fdflags)?;
        }
        Ok(Entry {
            kind: Kind::File(OpenFile { file, filetype }),
            flags: self.fdflags,
            base: self.base & Rights::FILE,
            inheriting: Rights::empty(),
        })
    }

    fn dir_entry(&self, dir: Dir) -> Entry {
        let dir = OpenDir {
            dir,
            preopen: None,
            listing: None,
        };
        Entry {
            kind: Kind::Dir(dir),
            flags: FdFlags::empty(),
            base: self.base & Rights::DIR,
            inheriting: self.inheriting,
        }
    }

    fn options(&self) -> OpenOptions {
        // The host creates and truncates what it opens for writing only; the guest's rights stay as they are.
        let creates = self.oflags.contains(OFlags::CREAT);
        let truncates = self.oflags.contains(OFlags::TRUNC);
        let write = creates || truncates || self.base.contains(Rights::FD_WRITE);
        let read = !write || self.base.contains(Rights::FD_READ);
        // No terminal becomes the host's own, and nothing is waited for.
        let mut flags = rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::NONBLOCK;
        for (guest, host) in [
            (FdFlags::APPEND, rustix::fs::OFlags::APPEND),
            (FdFlags::DSYNC, rustix::fs::OFlags::DSYNC),
            (FdFlags::RSYNC, rustix::fs::OFlags::RSYNC),
            (FdFlags::SYNC, rustix::fs::OFlags::SYNC),
        ] {
            flags.set(host, flags.contains(host) || self.fdflags.contains(guest));
        }
        let mut options = OpenOptions::new();
        options.read(read).write(write).truncate(truncates);
        options
            .create(creates)
            .create_new(creates && self.oflags.contains(OFlags::EXCL));
        options.custom_flags(flags.bits() as i32);
        options.follow(follow_symlinks(self.follow));
        options
    }
}
