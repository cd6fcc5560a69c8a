//! Clocks.

use crate::WasiCtx;
use crate::errno::{Errno, Result};
use crate::guest::Host;
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

/// The number of the clock that tells the time of day.
pub(crate) const REALTIME: u32 = 0;
/// The number of the clock that never goes back.
pub(crate) const MONOTONIC: u32 = 1;

fn clock(id: u32) -> Result<ClockId> {
    match id {
        REALTIME => Ok(ClockId::Realtime),
        MONOTONIC => Ok(ClockId::Monotonic),
        2 => Ok(ClockId::ProcessCPUTime),
        3 => Ok(ClockId::ThreadCPUTime),
        _ => Err(Errno::INVAL),
    }
}

/// `clock_res_get`
pub(crate) fn resolution(host: &mut Host<'_>, id: u32, out: u32) -> Result<()> {
    let resolution = nanoseconds(clock_getres(clock(id)?))?;
    host.guest.write_u64(out, resolution)
}

/// `clock_time_get`. The precision that the guest asks for is the least that it gets.
pub(crate) fn time(host: &mut Host<'_>, id: u32, out: u32) -> Result<()> {
    let now = now(host.ctx, id)?;
    host.guest.write_u64(out, now)
}

/// The time of a clock, in nanoseconds. The monotonic one starts with the program, since the time since the host
/// started is the host's business.
pub(crate) fn now(ctx: &WasiCtx, id: u32) -> Result<u64> {
    let now = nanoseconds(clock_gettime(clock(id)?))?;
    let start = if id == MONOTONIC {
        nanoseconds(ctx.epoch)?
    } else {
        0
    };
    Ok(now.saturating_sub(start))
}

fn nanoseconds(time: Timespec) -> Result<u64> {
    let seconds = u64::try_from(time.tv_sec)?;
    let nanoseconds = u64::try_from(time.tv_nsec)?;
    seconds
        .checked_mul(1_000_000_000)
        .and_then(|total| total.checked_add(nanoseconds))
        .ok_or(Errno::OVERFLOW)
}
