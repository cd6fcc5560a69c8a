//! What is known of files, and setting their times.

use crate::abi::{Filestat, FstFlags, Rights};
use crate::errno::{Errno, Result};
use crate::host::Host;
use crate::table::Kind;
use cap_std::fs::{Metadata, MetadataExt};
use rustix::fs::{AtFlags, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::time::Timespec;

/// The record of a file.
pub(crate) fn filestat(metadata: &Metadata) -> Filestat {
    let time = |seconds: i64, nanoseconds: i64| {
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        // Before 1970 and after 2554 there are no times in preview 1.
        total.clamp(0, i128::from(u64::MAX)) as u64
    };
    Filestat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        filetype: metadata.file_type().into(),
        nlink: metadata.nlink(),
        size: metadata.len(),
        times: [
            time(metadata.atime(), metadata.atime_nsec()),
            time(metadata.mtime(), metadata.mtime_nsec()),
            time(metadata.ctime(), metadata.ctime_nsec()),
        ],
    }
}

/// `fd_filestat_get`
pub(crate) fn fd_get(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let entry = host.table().with(fd, Rights::FD_FILESTAT_GET)?;
    let stat = match &entry.kind {
        Kind::File(file) => filestat(&file.file.metadata()?),
        Kind::Dir(dir) => filestat(&dir.dir.dir_metadata()?),
        Kind::Input(_) | Kind::Output(_) | Kind::Socket(_) => Filestat {
            dev: 0,
            ino: 0,
            filetype: entry.filetype(),
            nlink: 0,
            size: 0,
            times: [0; 3],
        },
    };
    stat.write(&mut host.guest, out, host.version)
}

/// `fd_filestat_set_size`
pub(crate) fn fd_set_size(host: &mut Host<'_>, fd: u32, size: u64) -> Result<()> {
    Ok(host
        .table()
        .file(fd, Rights::FD_FILESTAT_SET_SIZE)?
        .set_len(size)?)
}

/// `fd_filestat_set_times`
pub(crate) fn fd_set_times(host: &mut Host<'_>, fd: u32, times: Times) -> Result<()> {
    let times = times.timestamps()?;
    match &host.table().with(fd, Rights::FD_FILESTAT_SET_TIMES)?.kind {
        Kind::File(file) => rustix::fs::futimens(&file.file, &times)?,
        Kind::Dir(dir) => rustix::fs::utimensat(&dir.dir, ".", &times, AtFlags::empty())?,
        Kind::Input(_) | Kind::Output(_) | Kind::Socket(_) => return Err(Errno::BADF),
    }
    Ok(())
}

/// Times to set, as the guest passes them.
pub(crate) struct Times {
    pub(crate) access: u64,
    pub(crate) modification: u64,
    pub(crate) flags: u32,
}

impl Times {
    /// The same as the host takes them.
    pub(crate) fn timestamps(&self) -> Result<Timestamps> {
        let flags = crate::abi::flags::<FstFlags>(self.flags)?;
        let time = |set: FstFlags, set_now: FstFlags, time: u64| {
            let (tv_sec, tv_nsec) = match (flags.contains(set), flags.contains(set_now)) {
                (true, true) => return Err(Errno::INVAL),
                (true, false) => ((time / 1_000_000_000) as i64, (time % 1_000_000_000) as i64),
                (false, true) => (0, UTIME_NOW),
                (false, false) => (0, UTIME_OMIT),
            };
            Ok(Timespec { tv_sec, tv_nsec })
        };
        Ok(Timestamps {
            last_access: time(FstFlags::ATIM, FstFlags::ATIM_NOW, self.access)?,
            last_modification: time(FstFlags::MTIM, FstFlags::MTIM_NOW, self.modification)?,
        })
    }
}
