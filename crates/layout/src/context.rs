//! Where compiled code starts from: its store, and the context of its function.
//!
//! A context points to its store's, and a store's to the context of the last caller; neither knows more of the other.

use crate::object::VmNursery;
use core::mem::offset_of;
use core::sync::atomic::AtomicUsize;

/// The value of [`VmStoreContext::stack_limit`] that asks compiled code to stop: no stack pointer is above it.
pub const INTERRUPTED: usize = usize::MAX;

/// The most bytes that an instruction handles without a poll: about as long as a time slice's hundredth.
pub const MAX_PART: u64 = 1 << 20;

/// What compiled code knows of a store: where its stack ends, and how it was entered and left.
///
/// `stack_limit` doubles as the interruption flag: another thread stores [`INTERRUPTED`] there.
#[repr(C)]
#[derive(Debug)]
pub struct VmStoreContext {
    /// The lowest stack pointer that a function may have at its entry, or [`INTERRUPTED`].
    pub stack_limit: AtomicUsize,
    /// The lowest stack pointer at which compiled code may call the runtime or the host: below it there would not be
    /// enough stack for them. Unlike `stack_limit` it is never anything else.
    pub stack_end: usize,
    /// What is called to find out whether to go on, and how.
    pub polls: VmPolls,
    /// Context of the function that last called through a function reference: the caller that a host
    /// function sees.
    pub caller: *mut VmContextHeader,
    /// Frame pointer of the compiled function that last called into the runtime or the host.
    pub exit_fp: usize,
    /// Where that call returns to.
    pub exit_pc: usize,
    /// Frame pointer of the adapter through which the host last entered compiled code.
    pub entry_fp: usize,
    /// Its stack pointer.
    pub entry_sp: usize,
    /// Where in it execution goes on after a trap.
    pub entry_handler: usize,
    /// The innermost activation of compiled code, a structure of the runtime.
    pub activation: *const (),
    /// Where the heap's next object goes.
    pub nursery: VmNursery,
    /// Fuel that programs have used, less what they were given: they go on while it is below zero.
    pub fuel: i64,
}

/// What compiled code calls to find out whether to go on, and how.
#[repr(C)]
#[derive(Debug)]
pub struct VmPolls {
    /// Address of the function that compiled code calls, without arguments, when it finds the limit crossed. It keeps
    /// every register, so that the code around a poll is as if it were not there.
    pub poll: usize,
    /// Address of the function that baseline code calls, without arguments, when the budget is used up, or at a loop when the program
    /// is to stop. It keeps every register, unless it goes on in other code for the same function.
    pub tick: usize,
    /// The values of locals and operands with which optimised code of a loop begins, where `tick` goes on in it: each in 16 bytes.
    pub replaced: *const u8,
    /// Counts down while baseline code runs: at each function's entry and each turn of a loop by about the bytes of machine code that
    /// are executed until the next. Where it falls below zero, the code calls `tick`.
    pub budget: i32,
    /// Address of the function that compiled code calls, without arguments, when it finds the fuel used up. It keeps every register.
    pub out_of_fuel: usize,
}

impl VmStoreContext {
    /// Offset of `stack_limit`.
    pub const STACK_LIMIT: i32 = offset_of!(Self, stack_limit) as i32;
    /// Offset of `stack_end`.
    pub const STACK_END: i32 = offset_of!(Self, stack_end) as i32;
    /// Offset of `poll`.
    pub const POLL: i32 = (offset_of!(Self, polls) + offset_of!(VmPolls, poll)) as i32;
    /// Offset of `budget`.
    pub const BUDGET: i32 = (offset_of!(Self, polls) + offset_of!(VmPolls, budget)) as i32;
    /// Offset of `tick`.
    pub const TICK: i32 = (offset_of!(Self, polls) + offset_of!(VmPolls, tick)) as i32;
    /// Offset of `replaced`.
    pub const REPLACED: i32 = (offset_of!(Self, polls) + offset_of!(VmPolls, replaced)) as i32;
    /// Offset of `out_of_fuel`.
    pub const OUT_OF_FUEL: i32 = (offset_of!(Self, polls) + offset_of!(VmPolls, out_of_fuel)) as i32;
    /// Offset of `caller`.
    pub const CALLER: i32 = offset_of!(Self, caller) as i32;
    /// Offset of `exit_fp`.
    pub const EXIT_FP: i32 = offset_of!(Self, exit_fp) as i32;
    /// Offset of `exit_pc`.
    pub const EXIT_PC: i32 = offset_of!(Self, exit_pc) as i32;
    /// Offset of `entry_fp`.
    pub const ENTRY_FP: i32 = offset_of!(Self, entry_fp) as i32;
    /// Offset of `entry_sp`.
    pub const ENTRY_SP: i32 = offset_of!(Self, entry_sp) as i32;
    /// Offset of `entry_handler`.
    pub const ENTRY_HANDLER: i32 = offset_of!(Self, entry_handler) as i32;
    /// Offset of `nursery.next`.
    pub const NURSERY_NEXT: i32 = (offset_of!(Self, nursery) + offset_of!(VmNursery, next)) as i32;
    /// Offset of `nursery.limit`.
    pub const NURSERY_LIMIT: i32 = (offset_of!(Self, nursery) + offset_of!(VmNursery, limit)) as i32;
    /// Offset of `fuel`.
    pub const FUEL: i32 = offset_of!(Self, fuel) as i32;
}

/// What the context of every function begins with, WebAssembly's and the host's alike.
#[repr(C)]
#[derive(Debug)]
pub struct VmContextHeader {
    /// The store that the function belongs to.
    pub store: *mut VmStoreContext,
    /// Index of the instance in its store, or [`VmContextHeader::HOST`].
    pub instance: usize,
}

impl VmContextHeader {
    /// Offset of `store`.
    pub const STORE: i32 = offset_of!(Self, store) as i32;
    /// The `instance` of a host function's context.
    pub const HOST: usize = usize::MAX;
}
