//! Directories: the folders that were opened for the program, and listing them.

use crate::abi::{Filetype, Rights, dirent};
use crate::errno::{Errno, Result};
use crate::guest::{Host, Range};
use crate::table::{Kind, OpenDir};
use cap_std::fs::{Dir, MetadataExt};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};

/// The entries of a directory as they were when the program began to read it, so that the number of an entry
/// means the same entry until it begins anew.
pub(crate) struct Listing(Vec<Item>);

struct Item {
    name: String,
    ino: u64,
    filetype: Filetype,
}

impl Listing {
    fn read(dir: &Dir) -> Result<Self> {
        let ino = dir.dir_metadata()?.ino();
        // What lies above the root of a folder is not for the guest to know; the folder stands for it.
        let dots = [".", ".."].map(|name| Item {
            name: name.into(),
            ino,
            filetype: Filetype::Directory,
        });
        let mut items = Vec::from(dots);
        for entry in rustix::fs::Dir::new(reopen(dir)?)? {
            let entry = entry?;
            // A name that isn't UTF-8 can't be passed to a guest, nor back.
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name != "." && name != ".." {
                items.push(Item {
                    name: name.to_owned(),
                    ino: entry.ino(),
                    filetype: entry.file_type().into(),
                });
            }
        }
        Ok(Listing(items))
    }
}

/// The directory itself, open for reading; `cap-std` opens directories as mere places to start paths from.
pub(crate) fn reopen(dir: &Dir) -> Result<OwnedFd> {
    Ok(rustix::fs::openat(
        dir,
        ".",
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?)
}

/// `fd_readdir`
pub(crate) fn read(host: &mut Host<'_>, fd: u32, buffer: Range, cookie: u64, out: u32) -> Result<()> {
    let Host { ctx, guest } = host;
    guest.check(out, 4)?;
    ctx.table.dir(fd, Rights::FD_READDIR)?;
    let Kind::Dir(dir) = &mut ctx.table.entry_mut(fd)?.kind else {
        return Err(Errno::NOTDIR);
    };
    let listing = match dir.listing.take() {
        Some(listing) if cookie > 0 => listing,
        _ => Listing::read(&dir.dir)?,
    };
    let Listing(items) = dir.listing.insert(listing);
    let mut left = guest.slice_mut(buffer)?;
    for (item, next) in items.iter().zip(1..).skip(usize::try_from(cookie)?) {
        let record = dirent(next, item.ino, item.name.len().try_into()?, item.filetype);
        for bytes in [&record[..], item.name.as_bytes()] {
            // An entry that is cut off tells the program to ask again with a larger buffer.
            let count = bytes.len().min(left.len());
            left[..count].copy_from_slice(&bytes[..count]);
            left = &mut left[count..];
        }
        if left.is_empty() {
            break;
        }
    }
    let used = buffer.len - u32::try_from(left.len())?;
    guest.write_u32(out, used)
}

/// What the program calls the folder, if it was opened for it.
fn preopen<'a>(host: &'a Host<'_>, fd: u32) -> Result<&'a str> {
    match &host.ctx.table.entry(fd)?.kind {
        Kind::Dir(OpenDir {
            preopen: Some(name), ..
        }) => Ok(name),
        _ => Err(Errno::BADF),
    }
}

/// `fd_prestat_get`
pub(crate) fn prestat(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let len = u32::try_from(preopen(host, fd)?.len())?;
    // The tag 0 is the one kind of preopen that there is.
    host.guest.write_u64(out, u64::from(len) << 32)
}

/// `fd_prestat_dir_name`
pub(crate) fn prestat_name(host: &mut Host<'_>, fd: u32, buffer: Range) -> Result<()> {
    let name = preopen(host, fd)?.to_owned();
    if (buffer.len as usize) < name.len() {
        return Err(Errno::NAMETOOLONG);
    }
    host.guest.write(buffer.ptr, name.as_bytes())
}
