//! Descriptors: reading, writing, positions, flags and rights.

use super::socket;
use crate::abi::{self, FdFlags, Filetype, Rights, Whence};
use crate::ctx::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::listing;
use crate::table::{Kind, OpenFile};
use crate::transfer::{gather, scatter};
use cap_std::fs::FileExt;
use rustix::fd::AsFd;
use rustix::fs::{FallocateFlags, OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{Read, Seek, SeekFrom, Write};

/// `fd_read`
pub(crate) fn read(host: &mut Host<'_>, fd: u32, iovs: Range, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    let entry = ctx.table.entry_mut(fd)?;
    let allowed = entry.require(Rights::FD_READ);
    let flags = entry.flags;
    let count = match &mut entry.kind {
        Kind::Output(_) | Kind::Dir(_) => return Err(Errno::BADF),
        _ if allowed.is_err() => return Err(Errno::NOTCAPABLE),
        // One read at most, but of files: after what is there, another one might wait.
        Kind::Input(input) => scatter(guest, iovs, true, |buffer, _| input.read(buffer, flags))?,
        Kind::Socket(socket) => scatter(guest, iovs, true, |buffer, _| {
            Ok(rustix::io::read(&*socket, buffer)?)
        })?,
        Kind::File(OpenFile { file, filetype }) => {
            let once = *filetype != Filetype::RegularFile;
            scatter(guest, iovs, once, |buffer, _| file.read(buffer))?
        }
    };
    guest.write_u32(out, count)
}

/// `fd_pread`
pub(crate) fn pread(host: &mut Host<'_>, fd: u32, iovs: Range, offset: u64, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    let file = ctx.table.file(fd, Rights::FD_READ | Rights::FD_SEEK)?;
    let count = scatter(guest, iovs, false, |buffer, done| {
        file.read_at(buffer, offset.saturating_add(u64::from(done)))
    })?;
    guest.write_u32(out, count)
}

/// `fd_write`
pub(crate) fn write(host: &mut Host<'_>, fd: u32, iovs: Range, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    let WasiCtx {
        table, reader_gone, ..
    } = &mut **ctx;
    let entry = table.entry_mut(fd)?;
    let allowed = entry.require(Rights::FD_WRITE);
    let flags = entry.flags;
    let count = match &mut entry.kind {
        Kind::Input(_) | Kind::Dir(_) => return Err(Errno::BADF),
        _ if allowed.is_err() => return Err(Errno::NOTCAPABLE),
        Kind::Output(output) => gather(guest, iovs, |buffers, _| output.write(buffers, flags))
            .inspect_err(|error| *reader_gone = *error == Errno::PIPE)?,
        Kind::Socket(socket) => gather(guest, iovs, |buffers, _| socket::write(socket, buffers))?,
        Kind::File(OpenFile { file, .. }) => gather(guest, iovs, |buffers, _| file.write_vectored(buffers))?,
    };
    guest.write_u32(out, count)
}

/// `fd_pwrite`
pub(crate) fn pwrite(host: &mut Host<'_>, fd: u32, iovs: Range, offset: u64, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    let file = ctx.table.file(fd, Rights::FD_WRITE | Rights::FD_SEEK)?;
    let flags = ctx.table.entry(fd)?.flags;
    // Linux appends even at a given offset, against POSIX, unless the flag is taken away for the time being.
    let appends = flags.contains(FdFlags::APPEND);
    if appends {
        set_host_flags(file, flags - FdFlags::APPEND)?;
    }
    let written = gather(guest, iovs, |buffers, done| {
        let Some(buffer) = buffers.iter().find(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        file.write_at(buffer, offset.saturating_add(u64::from(done)))
    });
    if appends {
        set_host_flags(file, flags)?;
    }
    guest.write_u32(out, written?)
}

/// `fd_seek`
pub(crate) fn seek(host: &mut Host<'_>, fd: u32, offset: i64, whence: u32, out: u32) -> Result<()> {
    host.guest.check(out, 8)?;
    host.table().entry(fd)?;
    let to = match host.version.whence(whence)? {
        Whence::Set => SeekFrom::Start(offset.try_into().map_err(|_| Errno::INVAL)?),
        Whence::Current => SeekFrom::Current(offset),
        Whence::End => SeekFrom::End(offset),
    };
    let asks_only = to == SeekFrom::Current(0);
    let right = if asks_only {
        Rights::FD_TELL
    } else {
        Rights::FD_SEEK
    };
    let position = host.table().file(fd, right)?.seek(to)?;
    host.guest.write_u64(out, position)
}

/// `fd_tell`
pub(crate) fn tell(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let position = host.table().file(fd, Rights::FD_TELL)?.stream_position()?;
    host.guest.write_u64(out, position)
}

/// `fd_close`
pub(crate) fn close(host: &mut Host<'_>, fd: u32) -> Result<()> {
    match host.table().remove(fd)?.kind {
        Kind::Output(mut output) => Ok(output.flush()?),
        _ => Ok(()),
    }
}

/// `fd_renumber`
pub(crate) fn renumber(host: &mut Host<'_>, from: u32, to: u32) -> Result<()> {
    host.table().renumber(from, to)
}

/// `fd_sync` and `fd_datasync`
pub(crate) fn sync(host: &mut Host<'_>, fd: u32, data_only: bool) -> Result<()> {
    let right = if data_only {
        Rights::FD_DATASYNC
    } else {
        Rights::FD_SYNC
    };
    let entry = host.table().entry_mut(fd)?;
    entry.require(right)?;
    match &mut entry.kind {
        Kind::File(OpenFile { file, .. }) if data_only => Ok(file.sync_data()?),
        Kind::File(OpenFile { file, .. }) => Ok(file.sync_all()?),
        Kind::Dir(dir) => Ok(rustix::fs::fsync(listing::reopen(&dir.dir)?)?),
        Kind::Output(output) => Ok(output.flush()?),
        Kind::Input(_) | Kind::Socket(_) => Err(Errno::INVAL),
    }
}

/// `fd_advise`: checked, and then left to the host, which reads ahead by itself.
pub(crate) fn advise(host: &mut Host<'_>, fd: u32, offset: u64, len: u64, advice: u32) -> Result<()> {
    host.table().file(fd, Rights::FD_ADVISE)?;
    let fits = offset
        .checked_add(len)
        .is_some_and(|end| i64::try_from(end).is_ok());
    if fits && advice <= 5 {
        Ok(())
    } else {
        Err(Errno::INVAL)
    }
}

/// `fd_allocate`
pub(crate) fn allocate(host: &mut Host<'_>, fd: u32, offset: u64, len: u64) -> Result<()> {
    let file = host.table().file(fd, Rights::FD_ALLOCATE)?;
    Ok(rustix::fs::fallocate(file, FallocateFlags::empty(), offset, len)?)
}

/// `fd_fdstat_get`
pub(crate) fn fdstat(host: &mut Host<'_>, fd: u32, out: u32) -> Result<()> {
    let entry = host.table().entry(fd)?;
    let stat = abi::fdstat(entry.filetype(), entry.flags, entry.base, entry.inheriting);
    host.guest.write(out, &stat)
}

/// `fd_fdstat_set_flags`: appending and blocking can be changed, synchronous writing is for ever.
pub(crate) fn set_flags(host: &mut Host<'_>, fd: u32, flags: u32) -> Result<()> {
    let flags = abi::flags::<FdFlags>(flags)?;
    let entry = host.table().entry_mut(fd)?;
    entry.require(Rights::FD_FDSTAT_SET_FLAGS)?;
    let changed = entry.flags ^ flags;
    match &entry.kind {
        _ if !(FdFlags::APPEND | FdFlags::NONBLOCK).contains(changed) => return Err(Errno::NOTSUP),
        Kind::File(file) => set_host_flags(&file.file, flags)?,
        Kind::Socket(socket) => set_host_flags(socket, flags)?,
        // Streams keep them to themselves, and directories have no use for them.
        Kind::Input(_) | Kind::Output(_) | Kind::Dir(_) => {}
    }
    entry.flags = flags;
    Ok(())
}

/// Changes the flags that can be changed, and leaves the host's others as they are.
pub(crate) fn set_host_flags(fd: impl AsFd, flags: FdFlags) -> Result<()> {
    let mut host = fcntl_getfl(&fd)?;
    host.set(OFlags::APPEND, flags.contains(FdFlags::APPEND));
    host.set(OFlags::NONBLOCK, flags.contains(FdFlags::NONBLOCK));
    Ok(fcntl_setfl(fd, host)?)
}

/// `fd_fdstat_set_rights`: rights can only be given up.
pub(crate) fn set_rights(host: &mut Host<'_>, fd: u32, base: u64, inheriting: u64) -> Result<()> {
    let entry = host.table().entry_mut(fd)?;
    let (Some(base), Some(inheriting)) = (Rights::from_bits(base), Rights::from_bits(inheriting)) else {
        return Err(Errno::NOTCAPABLE);
    };
    if !entry.base.contains(base) || !entry.inheriting.contains(inheriting) {
        return Err(Errno::NOTCAPABLE);
    }
    (entry.base, entry.inheriting) = (base, inheriting);
    Ok(())
}
