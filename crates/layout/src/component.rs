//! Calls from one component to another: what their adapters read.

use crate::code_slot::CodeSlot;
use crate::context::VmContextHeader;
use crate::entities::VmMemory;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU8, AtomicU32};

/// What an instance of a component must not do now. Only the thread that has the store reads and writes it; it is atomic since both
/// compiled code and the host do.
#[repr(C)]
#[derive(Debug, Default)]
pub struct VmComponentFlags {
    /// Not zero while the instance must not call its imports.
    pub may_not_leave: AtomicU8,
    /// Not zero once a call of the instance has ended early.
    pub has_trapped: AtomicU8,
}

impl VmComponentFlags {
    /// Offset of `may_not_leave`.
    pub const MAY_NOT_LEAVE: i32 = offset_of!(Self, may_not_leave) as i32;
    /// Offset of `has_trapped`.
    pub const HAS_TRAPPED: i32 = offset_of!(Self, has_trapped) as i32;
}

/// What an adapter has done of a call before it left the rest to the host, which goes on from there. Only the thread that has the store reads and
/// writes it, as above.
#[repr(C)]
#[derive(Debug, Default)]
pub struct VmCallProgress {
    /// How many rows have been allocated: of the arguments, or of the result if the callee has returned.
    pub allocations: AtomicU32,
    /// Not zero once the callee has returned.
    pub has_returned: AtomicU32,
    /// The number that it has returned then.
    pub returned: AtomicU32,
    /// The addresses that were allocated, in the order of the rows.
    pub pointers: [AtomicU32; Self::MAX],
}

impl VmCallProgress {
    /// The most allocations: each is for an argument of two numbers, of which there are 16.
    pub const MAX: usize = 8;
    /// Offset of `allocations`. Behind it is `has_returned`, so that one store of 64 bits makes zeros of both.
    pub const ALLOCATIONS: i32 = offset_of!(Self, allocations) as i32;
    /// Offset of `has_returned`.
    pub const HAS_RETURNED: i32 = offset_of!(Self, has_returned) as i32;
    /// Offset of `returned`.
    pub const RETURNED: i32 = offset_of!(Self, returned) as i32;
    /// Offset of the first pointer, each of which has 4 bytes.
    pub const POINTERS: i32 = offset_of!(Self, pointers) as i32;
}

const _: () = assert!(VmCallProgress::HAS_RETURNED == VmCallProgress::ALLOCATIONS + 4);

/// How the values of a row are passed to another memory.
#[repr(C)]
#[derive(Debug)]
pub struct VmPassRow {
    /// The address of a function of the system's calling convention, with the arguments `environment`, the addresses of the first byte here and there, and how
    /// many bytes there are. It returns a number of 32 bits, which is zero if a value is none of its type.
    pub function: usize,
    /// The function's first argument.
    pub environment: *const (),
}

impl VmPassRow {
    /// Bytes of each.
    pub const SIZE: i32 = size_of::<Self>() as i32;
    /// Offset of `function`.
    pub const FUNCTION: i32 = offset_of!(Self, function) as i32;
    /// Offset of `environment`.
    pub const ENVIRONMENT: i32 = offset_of!(Self, environment) as i32;
}

/// A core function of an instance.
#[repr(C)]
#[derive(Debug)]
pub struct VmCallee {
    /// Its code slot; null if there is no such function.
    pub slot: *const CodeSlot,
    /// The context that it runs in.
    pub context: *mut VmContextHeader,
}

impl VmCallee {
    /// Offset of `slot`.
    pub const SLOT: i32 = offset_of!(Self, slot) as i32;
    /// Offset of `context`.
    pub const CONTEXT: i32 = offset_of!(Self, context) as i32;
}

/// An instance that rows are passed to or from.
#[repr(C)]
#[derive(Debug)]
pub struct VmRowSide {
    /// Its memory.
    pub memory: *const VmMemory,
    /// Its flags. It must not call its imports while it allocates.
    pub flags: *const VmComponentFlags,
    /// Its `realloc`.
    pub realloc: VmCallee,
}

impl VmRowSide {
    /// Offset of `memory`.
    pub const MEMORY: i32 = offset_of!(Self, memory) as i32;
    /// Offset of `flags`.
    pub const FLAGS: i32 = offset_of!(Self, flags) as i32;
    /// Offset of `realloc`.
    pub const REALLOC: i32 = offset_of!(Self, realloc) as i32;
}

/// What an adapter that passes rows of values needs besides. None of its fields ever changes.
#[repr(C)]
#[derive(Debug)]
pub struct VmComponentRows {
    /// The instance that calls.
    pub caller: VmRowSide,
    /// The one that is called, whose memory is another.
    pub callee: VmRowSide,
    /// What is called with the callee's result, once that was passed.
    pub post_return: VmCallee,
    /// Where progress is noted.
    pub progress: *const VmCallProgress,
    /// How each row is passed, in the order of the arguments, and then the result.
    pub pass: *const VmPassRow,
}

impl VmComponentRows {
    /// Offset of `caller`.
    pub const CALLER: i32 = offset_of!(Self, caller) as i32;
    /// Offset of `callee`.
    pub const CALLEE: i32 = offset_of!(Self, callee) as i32;
    /// Offset of `post_return`.
    pub const POST_RETURN: i32 = offset_of!(Self, post_return) as i32;
    /// Offset of `progress`.
    pub const PROGRESS: i32 = offset_of!(Self, progress) as i32;
    /// Offset of `pass`.
    pub const PASS: i32 = offset_of!(Self, pass) as i32;
}

/// Who an adapter between components calls. None of its fields ever changes.
#[repr(C)]
#[derive(Debug)]
pub struct VmComponentCall {
    /// The flags of the instance that calls.
    pub caller: *const VmComponentFlags,
    /// The flags of what the callee belongs to.
    pub callee: *const VmComponentFlags,
    /// The function that is called.
    pub function: VmCallee,
    /// The code that calls the host, which does the call if the adapter cannot.
    pub host: usize,
    /// For rows of values, or null if none are passed.
    pub rows: *const VmComponentRows,
}

impl VmComponentCall {
    /// Offset of `caller`.
    pub const CALLER: i32 = offset_of!(Self, caller) as i32;
    /// Offset of `callee`.
    pub const CALLEE: i32 = offset_of!(Self, callee) as i32;
    /// Offset of `function`.
    pub const FUNCTION: i32 = offset_of!(Self, function) as i32;
    /// Offset of `host`.
    pub const HOST: i32 = offset_of!(Self, host) as i32;
    /// Offset of `rows`.
    pub const ROWS: i32 = offset_of!(Self, rows) as i32;
}
