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

/// What the callee of an adapter has allocated for the arguments of a call, in their order, so that the host need not let it allocate again if
/// the adapter leaves the call to it. Only the thread that has the store reads and writes it, as above.
#[repr(C)]
#[derive(Debug, Default)]
pub struct VmAllocations {
    /// How many allocations there are.
    pub count: AtomicU32,
    /// Their addresses in the callee's memory.
    pub pointers: [AtomicU32; Self::MAX],
}

impl VmAllocations {
    /// The most allocations: each is for an argument of two numbers, of which there are 16.
    pub const MAX: usize = 8;
    /// Offset of `count`.
    pub const COUNT: i32 = offset_of!(Self, count) as i32;
    /// Offset of the first pointer, each of which has 4 bytes.
    pub const POINTERS: i32 = offset_of!(Self, pointers) as i32;
}

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

/// What an adapter that passes rows of values needs besides. None of its fields ever changes.
#[repr(C)]
#[derive(Debug)]
pub struct VmComponentRows {
    /// The memory of the instance that calls.
    pub source: *const VmMemory,
    /// That of the callee, which is another.
    pub destination: *const VmMemory,
    /// The flags of the callee's instance, which must not call its imports while it allocates.
    pub allocator: *const VmComponentFlags,
    /// The code slot of the callee's `realloc`.
    pub realloc: *const CodeSlot,
    /// The context that it runs in.
    pub realloc_context: *mut VmContextHeader,
    /// Where allocations are noted.
    pub allocations: *const VmAllocations,
    /// How each row is passed, in the order of the arguments.
    pub pass: *const VmPassRow,
}

impl VmComponentRows {
    /// Offset of `source`.
    pub const SOURCE: i32 = offset_of!(Self, source) as i32;
    /// Offset of `destination`.
    pub const DESTINATION: i32 = offset_of!(Self, destination) as i32;
    /// Offset of `allocator`.
    pub const ALLOCATOR: i32 = offset_of!(Self, allocator) as i32;
    /// Offset of `realloc`.
    pub const REALLOC: i32 = offset_of!(Self, realloc) as i32;
    /// Offset of `realloc_context`.
    pub const REALLOC_CONTEXT: i32 = offset_of!(Self, realloc_context) as i32;
    /// Offset of `allocations`.
    pub const ALLOCATIONS: i32 = offset_of!(Self, allocations) as i32;
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
    /// The callee's code slot.
    pub slot: *const CodeSlot,
    /// The context that the callee runs in.
    pub context: *mut VmContextHeader,
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
    /// Offset of `slot`.
    pub const SLOT: i32 = offset_of!(Self, slot) as i32;
    /// Offset of `context`.
    pub const CONTEXT: i32 = offset_of!(Self, context) as i32;
    /// Offset of `host`.
    pub const HOST: i32 = offset_of!(Self, host) as i32;
    /// Offset of `rows`.
    pub const ROWS: i32 = offset_of!(Self, rows) as i32;
}
