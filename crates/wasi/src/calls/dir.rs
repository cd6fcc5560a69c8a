//! Calls on directories: listing them, and the names of the folders that were opened for the program.
//!
//! A listing begins with the first call that asks for entries, and is kept with the descriptor.

use crate::abi::{Rights, dirent};
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::listing::Listing;
use crate::table::{Kind, OpenDir, Table};

/// `fd_readdir`
pub(crate) fn read(host: &mut Host<'_>, fd: u32, buffer: Range, cookie: u64, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    ctx.table.dir(fd, Rights::FD_READDIR)?;
    let Kind::Dir(dir) = &mut ctx.table.entry_mut(fd)?.kind else {
        return Err(Errno::NOTDIR);
    };
    let listing = match &mut dir.listing {
        Some(listing) => listing,
        none => match Listing::open(&dir.dir) {
            Err(Errno::NOENT) => return guest.write_u32(out, 0),
            opened => none.insert(opened?),
        },
    };
    let mut cookie = cookie;
    let mut left = guest.slice_mut(buffer)?;
    while !left.is_empty() {
        let items = listing.from(cookie)?;
        let Some(last) = items.last() else { break };
        cookie = last.next;
        for item in items {
            if left.is_empty() {
                break;
            }
            let record = dirent(item.next, item.ino, item.name.len().try_into()?, item.filetype);
            for bytes in [&record[..], item.name.as_bytes()] {
                // An entry that is cut off tells the program to ask again with a larger buffer.
                let count = bytes.len().min(left.len());
                left[..count].copy_from_slice(&bytes[..count]);
                left = &mut left[count..];
            }
        }
    }
    let used = buffer.len - u32::try_from(left.len())?;
    guest.write_u32(out, used)
}

/// `fd_prestat_get`: a kind, and the length of a name. Sockets are no kind that there is, so that a program which
/// looks for folders passes over them.
pub(crate) fn prestat(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let entry = host.ctx.table.entry(fd)?;
    let record = match &entry.kind {
        Kind::Socket(_) if entry.base.contains(Rights::SOCK_ACCEPT) => 1,
        _ => u64::from(u32::try_from(preopen(&host.ctx.table, fd)?.len())?) << 32,
    };
    host.guest.write_u64(out, record)
}

/// What the program calls the folder, if it was opened for it.
fn preopen(table: &Table, fd: u32) -> Result<&str> {
    match &table.entry(fd)?.kind {
        Kind::Dir(OpenDir {
            preopen: Some(name), ..
        }) => Ok(name),
        _ => Err(Errno::BADF),
    }
}

/// `fd_prestat_dir_name`
pub(crate) fn prestat_name(host: &mut Host<'_>, fd: u32, buffer: Range) -> Result<()> {
    let name = preopen(&host.ctx.table, fd)?;
    if (buffer.len as usize) < name.len() {
        return Err(Errno::NAMETOOLONG);
    }
    host.guest.write(buffer.ptr, name.as_bytes())
}
