//! What one emission works in, kept for the next so that its allocations are.

use crate::assembler::Assembler;
use crate::state::{Block, Frame, Pending, Stack};
use crate::tables::Tables;
use crate::unit::Types;

/// What one emission works in. All is empty between two emissions.
#[derive(Default, Debug)]
pub struct Parts {
    pub asm: Assembler,
    pub stack: Stack,
    pub frame: Frame,
    pub control: Vec<Block>,
    pub pending: Pending,
    pub tables: Tables,
}

/// What compilations on one thread at a time work in.
#[derive(Default, Debug)]
pub struct Scratch {
    pub parts: Parts,
    pub types: Types,
}

/// The most bytes of code of a function whose memory is kept: most functions are far smaller.
const MAX_KEPT: usize = 1 << 20;

impl Scratch {
    /// Whether other functions should be compiled in the same memory.
    pub fn is_worth_keeping(&self) -> bool {
        self.parts.asm.capacity() <= MAX_KEPT
    }
}
