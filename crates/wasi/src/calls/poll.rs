//! `poll_oneoff`: waiting for clocks and descriptors.
//!
//! Regular files are always ready, and so are streams that are not the host's. All else is a descriptor of the host; so
//! all waiting is one call of the host's `poll`, until the first clock rings.

use crate::abi::{Filetype, Rights};
use crate::clock;
use crate::ctx::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::Range;
use crate::host::Host;
use crate::table::Kind;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::io::ioctl_fionread;
use rustix::time::Timespec;
use std::io::Seek;

/// The size of the records of what has happened.
const EVENT: u32 = 32;
/// The flag of a descriptor whose other end has gone.
const HANGUP: u16 = 1;

/// What the guest waits for: together with the host's record, less than the guest's own takes.
struct Subscription<'a> {
    userdata: u64,
    kind: u8,
    wait: Wait<'a>,
}

enum Wait<'a> {
    /// Until the clock `id` says `time`.
    Clock { id: u32, time: u64 },
    /// Until the host can read or write a descriptor.
    Host(BorrowedFd<'a>, PollFlags),
    /// Not at all: so many bytes can be read or written.
    Ready(u64),
    /// Not at all: something is wrong.
    Wrong(Errno),
}

const _: () = assert!(size_of::<Subscription<'_>>() + size_of::<PollFd<'_>>() < 48);

/// What has happened to a subscription: how many bytes can be read or written, and flags.
type Event = Result<(u64, u16)>;

/// `poll_oneoff`
pub(crate) fn poll_oneoff(
    host: &mut Host<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    out: u32,
) -> Result<()> {
    if count == 0 {
        return Err(Errno::INVAL);
    }
    let Host { ctx, guest, version } = host;
    guest.check(out, 4)?;
    guest.check(events, count.checked_mul(EVENT).ok_or(Errno::FAULT)?)?;
    let (size, clock_at) = version.subscription();
    let range = Range {
        ptr: subscriptions,
        len: count.checked_mul(size).ok_or(Errno::FAULT)?,
    };
    let records = guest.slice(range)?.chunks_exact(size as usize);
    let waits = records.map(|record| subscription(ctx, record, clock_at));
    let waits = waits.collect::<Vec<_>>();
    let mut happened = 0;
    while happened == 0 {
        let ready = wait(ctx, &waits)?;
        for (subscription, event) in ready {
            guest.write(events + happened * EVENT, &record(subscription, event))?;
            happened += 1;
        }
    }
    guest.write_u32(out, happened)
}

fn subscription<'a>(ctx: &'a WasiCtx, record: &[u8], clock_at: usize) -> Subscription<'a> {
    let word = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().expect("eight bytes"));
    let kind = record[8];
    let wait = match kind {
        0 => {
            let (id, timeout, flags) = (word(clock_at), word(clock_at + 8), word(clock_at + 24));
            clock_wait(ctx, id as u32, timeout, flags as u16)
        }
        1 | 2 => descriptor_wait(ctx, word(16) as u32, kind == 1),
        _ => Err(Errno::INVAL),
    };
    Subscription {
        userdata: word(0),
        kind,
        wait: wait.unwrap_or_else(Wait::Wrong),
    }
}

fn clock_wait(ctx: &WasiCtx, id: u32, timeout: u64, flags: u16) -> Result<Wait<'static>> {
    if id > clock::MONOTONIC {
        // Time that a program doesn't spend never comes to an end while it waits.
        return Err(if id <= 3 { Errno::NOTSUP } else { Errno::INVAL });
    }
    let time = match flags {
        0 => ctx.clocks.now(id)?.saturating_add(timeout),
        1 => timeout,
        _ => return Err(Errno::INVAL),
    };
    Ok(Wait::Clock { id, time })
}

fn descriptor_wait(ctx: &WasiCtx, fd: u32, reads: bool) -> Result<Wait<'_>> {
    let entry = ctx.table.entry(fd)?;
    let flags = if reads { PollFlags::IN } else { PollFlags::OUT };
    let host = match &entry.kind {
        Kind::Dir(_) => return Err(Errno::BADF),
        Kind::Output(_) if reads => return Err(Errno::BADF),
        Kind::Input(_) if !reads => return Err(Errno::BADF),
        _ if !entry.base.contains(Rights::POLL_FD_READWRITE) => return Err(Errno::NOTCAPABLE),
        Kind::Input(input) => input.host(),
        Kind::Output(output) => output.host(),
        Kind::Socket(socket) => Some(socket.as_fd()),
        Kind::File(file) if file.filetype != Filetype::RegularFile => Some(file.file.as_fd()),
        Kind::File(file) if reads => {
            let (size, position) = (
                file.file.metadata()?.len(),
                (&file.file).stream_position().unwrap_or(0),
            );
            return Ok(Wait::Ready(size.saturating_sub(position)));
        }
        Kind::File(_) => None,
    };
    Ok(host.map_or(Wait::Ready(1), |fd| Wait::Host(fd, flags)))
}

/// Waits until the first of the clocks rings, or something else happens; the subscriptions to which something has.
fn wait<'w, 'a>(
    ctx: &WasiCtx,
    waits: &'w [Subscription<'a>],
) -> Result<impl Iterator<Item = (&'w Subscription<'a>, Event)>> {
    let now = [
        ctx.clocks.now(clock::REALTIME)?,
        ctx.clocks.now(clock::MONOTONIC)?,
    ];
    let ahead = move |subscription: &Subscription<'_>| match subscription.wait {
        Wait::Clock { id, time } => Some(time.saturating_sub(now[id as usize])),
        Wait::Host(..) => None,
        Wait::Ready(_) | Wait::Wrong(_) => Some(0),
    };
    let shortest = waits.iter().filter_map(ahead).min();
    let hosts = waits.iter().filter_map(|subscription| match &subscription.wait {
        Wait::Host(fd, flags) => Some(PollFd::from_borrowed_fd(*fd, *flags)),
        _ => None,
    });
    let mut fds = Vec::with_capacity(hosts.clone().count());
    fds.extend(hosts);
    let passed = if fds.is_empty() {
        let time = shortest.unwrap_or(0);
        ctx.clocks.monotonic.sleep(time);
        time
    } else {
        poll_host(&mut fds, shortest)?
    };
    let mut polled = fds.into_iter();
    Ok(waits.iter().filter_map(move |subscription| {
        let event = match &subscription.wait {
            Wait::Clock { .. } => (ahead(subscription) <= Some(passed)).then_some(Ok((0, 0))),
            Wait::Ready(bytes) => Some(Ok((*bytes, 0))),
            Wait::Wrong(error) => Some(Err(*error)),
            Wait::Host(fd, flags) => {
                let happened = polled.next().map_or(PollFlags::empty(), |fd| fd.revents());
                (!happened.is_empty()).then(|| descriptor_event(*fd, *flags, happened))
            }
        };
        event.map(|event| (subscription, event))
    }))
}

/// Waits for descriptors of the host, and at most `timeout`; which of it has passed for sure.
fn poll_host(fds: &mut [PollFd<'_>], timeout: Option<u64>) -> Result<u64> {
    let limit = timeout.map(|left| Timespec {
        tv_sec: (left / 1_000_000_000) as i64,
        tv_nsec: (left % 1_000_000_000) as i64,
    });
    match poll(fds, limit.as_ref()) {
        Ok(0) => Ok(timeout.unwrap_or(0)),
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// What happened to a descriptor of the host that was waited for because of `flags`.
fn descriptor_event(fd: BorrowedFd<'_>, flags: PollFlags, happened: PollFlags) -> Event {
    if happened.contains(PollFlags::NVAL) {
        return Err(Errno::BADF);
    }
    let bytes = match flags {
        // Nothing may be there, and to read that is the end of a stream, or an error.
        PollFlags::IN => ioctl_fionread(fd).unwrap_or(1),
        _ => 1,
    };
    let hangup = happened.intersects(PollFlags::HUP | PollFlags::RDHUP | PollFlags::ERR);
    Ok((bytes, if hangup { HANGUP } else { 0 }))
}

fn record(subscription: &Subscription<'_>, event: Event) -> [u8; EVENT as usize] {
    let (error, (bytes, flags)) = match event {
        Ok(known) => (Errno::SUCCESS, known),
        Err(error) => (error, (0, 0)),
    };
    let mut record = [0; EVENT as usize];
    record[0..8].copy_from_slice(&subscription.userdata.to_le_bytes());
    record[8..10].copy_from_slice(&error.0.to_le_bytes());
    record[10] = subscription.kind;
    record[16..24].copy_from_slice(&bytes.to_le_bytes());
    record[24..26].copy_from_slice(&flags.to_le_bytes());
    record
}
