//! Sockets: connections that a program accepts from those that listen, which the host gave it. It can't make any itself.

use crate::abi::{self, FdFlags, RiFlags, Rights, SdFlags};
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::table::{Entry, Kind};
use crate::transfer::{gather, scatter};
use rustix::fd::OwnedFd;
use rustix::net::{RecvFlags, SendFlags, Shutdown, SocketFlags, accept_with, recv, send, shutdown};

/// `sock_accept`: waits for a connection, unless the listener must not wait.
pub(crate) fn accept(host: &mut Host<'_>, fd: u32, flags: u32, out: u32) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    guest.check(out, 4)?;
    ctx.table.check_room()?;
    let listener = ctx.table.socket(fd, Rights::SOCK_ACCEPT)?;
    let flags = abi::flags::<FdFlags>(flags)?;
    if !FdFlags::NONBLOCK.contains(flags) {
        return Err(Errno::INVAL);
    }
    let mut host_flags = SocketFlags::CLOEXEC;
    host_flags.set(SocketFlags::NONBLOCK, flags.contains(FdFlags::NONBLOCK));
    let connection = rustix::io::retry_on_intr(|| accept_with(listener, host_flags))?;
    let base = ctx.table.entry(fd)?.inheriting;
    let fd = ctx.table.push(Entry {
        kind: Kind::Socket(connection),
        flags,
        base,
        inheriting: Rights::empty(),
    })?;
    guest.write_u32(out, fd)
}

/// `sock_recv`
pub(crate) fn receive(host: &mut Host<'_>, fd: u32, iovs: Range, flags: u32, out: [u32; 2]) -> Result<()> {
    let Host { ctx, guest, .. } = host;
    let [out, out_flags] = out;
    guest.check(out, 4)?;
    guest.check(out_flags, 2)?;
    let socket = ctx.table.socket(fd, Rights::FD_READ)?;
    let flags = abi::flags::<RiFlags>(flags)?;
    let mut host_flags = RecvFlags::empty();
    host_flags.set(RecvFlags::PEEK, flags.contains(RiFlags::PEEK));
    host_flags.set(RecvFlags::WAITALL, flags.contains(RiFlags::WAITALL));
    // To look at what comes next in a second buffer would be to look at the same again.
    let once = flags != RiFlags::WAITALL;
    let count = scatter(guest, iovs, once, |buffer, _| {
        Ok(recv(socket, buffer, host_flags)?.0)
    })?;
    guest.write_u32(out, count)?;
    // No flag to tell: a stream cuts nothing off.
    guest.write(out_flags, &[0; 2])
}

/// `sock_send`
pub(crate) fn send_to(host: &mut Host<'_>, fd: u32, iovs: Range, flags: u32, out: u32) -> Result<()> {
    host.guest.check(out, 4)?;
    let socket = host.ctx.table.socket(fd, Rights::FD_WRITE)?;
    if flags != 0 {
        return Err(Errno::INVAL);
    }
    let count = gather(&host.guest, iovs, |buffers, _| write(socket, buffers))?;
    host.guest.write_u32(out, count)
}

/// Sends what is taken of the first buffer that isn't empty. A connection that is gone is an error, not a signal.
pub(crate) fn write(socket: &OwnedFd, buffers: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
    let buffer = buffers.iter().find(|buffer| !buffer.is_empty());
    Ok(buffer.map_or(Ok(0), |buffer| send(socket, buffer, SendFlags::NOSIGNAL))?)
}

/// `sock_shutdown`
pub(crate) fn shut_down(host: &mut Host<'_>, fd: u32, how: u32) -> Result<()> {
    let socket = host.ctx.table.socket(fd, Rights::SOCK_SHUTDOWN)?;
    let how = match abi::flags::<SdFlags>(how)? {
        both if both == SdFlags::all() => Shutdown::Both,
        SdFlags::RD => Shutdown::Read,
        SdFlags::WR => Shutdown::Write,
        _ => return Err(Errno::INVAL),
    };
    Ok(shutdown(socket, how)?)
}
