//! What is left to be emitted behind the function's last instruction.

use crate::assembler::{Gpr, Label};
use transom_ops::CastTarget;

/// What a check found wrong.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// A `call_indirect` cannot be done.
    CallIndirect { table: u32, index: Gpr, ty: u32 },
    /// An access at a constant offset from a 64-bit index is not all inside a memory.
    Memory { memory: u32, index: Gpr, offset: u64 },
    /// An atomic access of `size` bytes at a constant offset from an index is not aligned.
    Misaligned { index: Gpr, offset: u64, size: u32 },
    /// A 64-bit index is beyond a table's end.
    Table { table: u32, index: Gpr },
    /// An index is beyond the end of an array, whose length is in a register.
    Array { length: Gpr, index: Gpr },
    /// A reference has another type.
    Cast { value: Gpr, target: CastTarget },
}

/// A failure whose code is still to be emitted.
#[derive(Clone, Copy, Debug)]
pub struct PendingFailure {
    pub label: Label,
    pub failure: Failure,
    /// The instruction that failed.
    pub origin: u32,
}

/// A poll whose call is still to be emitted.
#[derive(Clone, Copy, Debug)]
pub struct PendingPoll {
    pub label: Label,
    /// Where the function goes on.
    pub back: Label,
    pub origin: u32,
    pub kind: PollKind,
}

/// Why the runtime is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PollKind {
    /// At the function's entry there is not enough stack, or the program is to stop.
    Stack,
    /// The budget was found used up at the function's entry.
    Entry,
    /// The budget was found used up at the head of a loop.
    Loop {
        /// Number of operands.
        operands: u32,
        /// Where those that are references to objects are listed.
        roots: Option<(u32, u32)>,
    },
    /// The fuel was found used up.
    Fuel,
}

/// A call through a reference that leads to another function than the first that was noted.
#[derive(Clone, Copy, Debug)]
pub struct PendingTarget {
    pub label: Label,
    /// Where the call goes on.
    pub back: Label,
}

/// What is left to be emitted.
#[derive(Default, Debug)]
pub struct Pending {
    /// Fuel that was used since the counter was last brought up to date.
    pub fuel: i64,
    pub polls: Vec<PendingPoll>,
    pub failures: Vec<PendingFailure>,
    pub targets: Vec<PendingTarget>,
}
