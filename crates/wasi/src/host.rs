//! What each call of preview 1 works on: the program's context, its memory, and the layout of its records.
//!
//! A call gets nothing else, so it can reach nothing else of the host.

use crate::abi::Version;
use crate::ctx::WasiCtx;
use crate::guest::Guest;
use crate::table::Table;

/// What a function of preview 1 works on: the program's context, and its memory.
pub(crate) struct Host<'a> {
    pub(crate) ctx: &'a mut WasiCtx,
    pub(crate) guest: Guest<'a>,
    /// Which layout of records the program expects.
    pub(crate) version: Version,
}

impl Host<'_> {
    /// The open descriptors.
    pub(crate) fn table(&mut self) -> &mut Table {
        &mut self.ctx.table
    }
}
