//! Calls that read clocks.
//!
//! Which clock a number means is decided by [`Clocks`](crate::clock::Clocks).

use crate::errno::Result;
use crate::host::Host;

/// `clock_res_get`
pub(crate) fn resolution(host: &mut Host<'_>, id: u32, out: u32) -> Result<()> {
    let resolution = host.ctx.clocks.resolution(id)?;
    host.guest.write_u64(out, resolution)
}

/// `clock_time_get`. The precision that the guest asks for is the least that it gets.
pub(crate) fn time(host: &mut Host<'_>, id: u32, out: u32) -> Result<()> {
    let now = host.ctx.clocks.now(id)?;
    host.guest.write_u64(out, now)
}
