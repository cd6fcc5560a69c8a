//! Copies of small loops: see `translate::turns`.

use cranelift_codegen::ir::{Block, SourceLoc};
use transom_module::wasmparser::OperatorsReader;

/// Where a translation is among the copies of loops.
#[derive(Default)]
pub struct Turns<'a> {
    /// The innermost loop, if a second copy of it is to follow.
    pub first: Option<FirstTurn<'a>>,
    /// Set where instructions are to be read again from an earlier place.
    pub again: Option<OperatorsReader<'a>>,
}

/// The loop whose first copy is being translated. It is the innermost, so there is only one.
pub struct FirstTurn<'a> {
    /// The loop's body, to be read again.
    pub body: OperatorsReader<'a>,
    /// Where the first copy begins.
    pub head: Block,
    /// Where the loop is in the module.
    pub location: SourceLoc,
    /// How many blocks are open inside the loop, itself among them.
    pub depth: usize,
    /// Whether a branch leads to the second copy.
    pub reached: bool,
}
