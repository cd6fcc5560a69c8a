//! The call that gets random bytes.
//!
//! They go into the program's memory directly: nobody else sees them.

use crate::errno::Result;
use crate::guest::Range;
use crate::host::Host;

/// `random_get`
pub(crate) fn get(host: &mut Host<'_>, buffer: Range) -> Result<()> {
    host.ctx.random.fill(host.guest.slice_mut(buffer)?)
}
