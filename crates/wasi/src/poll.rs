//! `poll_oneoff`: waiting for clocks and descriptors.
//!
//! Files and outputs are always ready, and so are inputs other than the host's; so all waiting is one call of the
//! host's `poll`, on its standard input at most, until the first clock rings.

use crate::WasiCtx;
use crate::abi::Rights;
use crate::clock;
use crate::errno::{Errno, Result};
use crate::guest::{Host, Range};
use crate::table::Kind;
use rustix::event::{PollFd, poll};
use rustix::time::Timespec;
use std::io::Seek;

/// The sizes of the records in guest memory.
const SUBSCRIPTION: u32 = 48;
const EVENT: u32 = 32;

/// What the guest waits for.
#[derive(Debug, Clone, Copy)]
struct Subscription {
    userdata: u64,
    kind: u8,
    wait: Wait,
}

#[derive(Debug, Clone, Copy)]
enum Wait {
    /// Until the clock `id` says `time`.
    Clock { id: u32, time: u64 },
    /// Until a descriptor can be read.
    Read { fd: u32 },
    /// Until a descriptor can be written.
    Write { fd: u32 },
    /// Not at all: this is what is wrong.
    Never(Errno),
}

/// What happened to a subscription.
enum State {
    Pending,
    Ready { bytes: u64 },
    Failed(Errno),
}

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
    host.guest.check(out, 4)?;
    host.guest
        .check(events, count.checked_mul(EVENT).ok_or(Errno::FAULT)?)?;
    let len = count.checked_mul(SUBSCRIPTION).ok_or(Errno::FAULT)?;
    let records = host
        .guest
        .slice(Range {
            ptr: subscriptions,
            len,
        })?
        .as_chunks()
        .0;
    let waits = records
        .iter()
        .map(|record| subscription(host.ctx, record))
        .collect::<Vec<_>>();
    loop {
        let mut happened = 0;
        for subscription in &waits {
            let record = match state(host.ctx, subscription.wait) {
                State::Pending => continue,
                State::Ready { bytes } => event(subscription, Errno::SUCCESS, bytes),
                State::Failed(error) => event(subscription, error, 0),
            };
            host.guest.write(events + happened * EVENT, &record)?;
            happened += 1;
        }
        if happened > 0 {
            return host.guest.write_u32(out, happened);
        }
        wait(host.ctx, &waits)?;
    }
}

fn subscription(ctx: &WasiCtx, record: &[u8; SUBSCRIPTION as usize]) -> Subscription {
    let bytes = |at: usize| record[at..at + 8].try_into().expect("eight bytes");
    let word = |at: usize| u64::from_le_bytes(bytes(at));
    let id = word(16) as u32;
    let kind = record[8];
    let wait = match kind {
        0 => clock_wait(ctx, id, word(24), word(40) as u16).unwrap_or_else(Wait::Never),
        1 => Wait::Read { fd: id },
        2 => Wait::Write { fd: id },
        _ => Wait::Never(Errno::INVAL),
    };
    Subscription {
        userdata: word(0),
        kind,
        wait,
    }
}

fn clock_wait(ctx: &WasiCtx, id: u32, timeout: u64, flags: u16) -> Result<Wait> {
    if id > clock::MONOTONIC {
        // Time that a program doesn't spend never comes to an end while it waits.
        return Err(if id <= 3 { Errno::NOTSUP } else { Errno::INVAL });
    }
    let time = match flags {
        0 => clock::now(ctx, id)?.saturating_add(timeout),
        1 => timeout,
        _ => return Err(Errno::INVAL),
    };
    Ok(Wait::Clock { id, time })
}

fn state(ctx: &WasiCtx, wait: Wait) -> State {
    let ready = match wait {
        Wait::Clock { id, time } => clock::now(ctx, id).map(|now| (now >= time).then_some(0)),
        Wait::Read { fd } => readable(ctx, fd),
        Wait::Write { fd } => writable(ctx, fd).map(Some),
        Wait::Never(error) => Err(error),
    };
    match ready {
        Ok(None) => State::Pending,
        Ok(Some(bytes)) => State::Ready { bytes },
        Err(error) => State::Failed(error),
    }
}

/// How many bytes can be read at least, if anything can be read without waiting.
fn readable(ctx: &WasiCtx, fd: u32) -> Result<Option<u64>> {
    let entry = ctx.table.entry(fd)?;
    let bytes = match &entry.kind {
        Kind::Input(input) => match input.poll() {
            Some(input) => {
                poll(&mut [input], Some(&Timespec::default())).map(|ready| (ready > 0).then_some(1))?
            }
            None => Some(1),
        },
        Kind::File(file) => {
            let (size, position) = (
                file.file.metadata()?.len(),
                (&file.file).stream_position().unwrap_or(0),
            );
            Some(size.saturating_sub(position))
        }
        Kind::Output(_) | Kind::Dir(_) => return Err(Errno::BADF),
    };
    entry.require(Rights::POLL_FD_READWRITE)?;
    Ok(bytes)
}

/// How many bytes can be written at least; files and outputs take some at any time.
fn writable(ctx: &WasiCtx, fd: u32) -> Result<u64> {
    let entry = ctx.table.entry(fd)?;
    match &entry.kind {
        Kind::Output(_) | Kind::File(_) => entry.require(Rights::POLL_FD_READWRITE).map(|()| 1),
        Kind::Input(_) | Kind::Dir(_) => Err(Errno::BADF),
    }
}

/// Waits until the first of the clocks rings, or there is input.
fn wait(ctx: &WasiCtx, waits: &[Subscription]) -> Result<()> {
    let mut timeout = None::<u64>;
    let mut input = None::<PollFd<'static>>;
    for subscription in waits {
        match subscription.wait {
            Wait::Clock { id, time } => {
                let left = time.saturating_sub(clock::now(ctx, id)?);
                timeout = Some(timeout.map_or(left, |shortest| shortest.min(left)));
            }
            Wait::Read { fd } => match &ctx.table.entry(fd)?.kind {
                Kind::Input(stream) => input = input.or(stream.poll()),
                _ => return Ok(()),
            },
            Wait::Write { .. } | Wait::Never(_) => return Ok(()),
        }
    }
    let timeout = timeout.map(|left| Timespec {
        tv_sec: (left / 1_000_000_000) as i64,
        tv_nsec: (left % 1_000_000_000) as i64,
    });
    match poll(input.as_mut_slice(), timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn event(subscription: &Subscription, error: Errno, bytes: u64) -> [u8; EVENT as usize] {
    let mut record = [0; EVENT as usize];
    record[0..8].copy_from_slice(&subscription.userdata.to_le_bytes());
    record[8..10].copy_from_slice(&error.0.to_le_bytes());
    record[10] = subscription.kind;
    record[16..24].copy_from_slice(&bytes.to_le_bytes());
    record
}
