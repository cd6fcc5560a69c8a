//! Loops that begin with a table of branches: see `translate::dispatch`.

use cranelift_codegen::ir::{Block, SourceLoc};
use transom_module::wasmparser::BinaryReader;

/// The open loops whose heads may be copied, and what copies have taken so far.
#[derive(Default)]
pub struct Dispatches<'a> {
    /// The loops, the innermost last.
    pub open: Vec<Dispatch<'a>>,
    /// What copies have cost.
    pub spent: usize,
    /// Blocks of Cranelift that belong to copies.
    pub blocks: usize,
}

/// An open loop that begins with a table of branches.
pub struct Dispatch<'a> {
    /// What follows the `loop`, to be read again.
    pub head: BinaryReader<'a>,
    /// Where the loop is in the module.
    pub location: SourceLoc,
    /// The position of the loop's frame among the control frames.
    pub frame: usize,
    /// How many blocks the head opens.
    pub blocks: usize,
    /// Where they end, the outermost first, of those that were opened so far.
    pub ends: Vec<Block>,
    /// What a copy costs.
    pub cost: usize,
}

impl Dispatch<'_> {
    /// Whether all blocks are open that the head opens.
    pub fn is_complete(&self) -> bool {
        self.ends.len() == self.blocks
    }
}
