//! What is left to be done while a function is translated.

use cranelift_codegen::ir::{Block, Inst, SigRef, SourceLoc, Value};
use transom_ops::CastTarget;

/// What is left to be done.
#[derive(Default)]
pub struct Pending {
    /// Fuel that was used since the counter was last brought up to date.
    pub fuel: i64,
    /// Places of polls.
    pub polls: Vec<PendingPoll>,
    /// Checks whose failures are still to be reported.
    pub failures: Vec<PendingFailure>,
}

/// What a check found wrong.
#[derive(Clone, Copy)]
pub enum Failure {
    /// A `call_indirect` can't be done.
    CallIndirect { table: u32, index: Value, ty: u32 },
    /// An access at a constant offset from a 64-bit index is not all inside a memory.
    Memory { memory: u32, index: Value, offset: u64 },
    /// An atomic access of `size` bytes at a constant offset from an index is not aligned.
    Misaligned { index: Value, offset: u64, size: u32 },
    /// A 64-bit index is beyond a table's end.
    Table { table: u32, index: Value },
    /// An index is beyond an array's end.
    Array { length: Value, index: Value },
    /// A reference has another type.
    Cast { value: Value, target: CastTarget },
}

/// A failure whose block is still to be filled.
pub struct PendingFailure {
    pub block: Block,
    pub failure: Failure,
    pub location: SourceLoc,
}

/// Where the call of a poll belongs.
pub struct PendingPoll {
    pub place: Inst,
    pub signature: SigRef,
    pub address: Value,
}
