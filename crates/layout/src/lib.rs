//! Structures that compiled code and the runtime share, and the offsets at which compiled code finds their
//! fields. No behaviour lives here.
//!
//! Everything that compiled code does outside its own stack starts at its *context*: the first argument of
//! every function. The context of a WebAssembly instance is a [`VmContextHeader`], a few fixed fields, and
//! then arrays whose lengths the module gives; [`VmOffsets`] says where each begins. What an instance
//! defines lies in its context itself; what it imports is reached by a pointer.
#![forbid(unsafe_code)]

pub mod object;
mod offsets;

pub use offsets::{VmCounts, VmOffsets};

use core::mem::offset_of;
use core::sync::atomic::AtomicUsize;
use transom_types::TypeDescriptor;

/// The value of [`VmStoreContext::stack_limit`] that asks compiled code to stop: no stack pointer is above it.
pub const INTERRUPTED: usize = usize::MAX;

/// The most bytes that an instruction handles without a poll: about as long as a time slice's hundredth.
pub const MAX_PART: u64 = 1 << 20;

/// Bytes of a page of WebAssembly memory, unless its type says otherwise.
pub const WASM_PAGE_SIZE: u64 = 1 << 16;

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
    /// Address of the function that compiled code calls, without arguments, when it finds the limit crossed. It keeps
    /// every register, so that the code around a poll is as if it were not there.
    pub poll: usize,
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
    pub nursery: object::VmNursery,
    /// Fuel that programs have used, less what they were given: they go on while it is below zero.
    pub fuel: i64,
}

impl VmStoreContext {
    /// Offset of `stack_limit`.
    pub const STACK_LIMIT: i32 = offset_of!(Self, stack_limit) as i32;
    /// Offset of `stack_end`.
    pub const STACK_END: i32 = offset_of!(Self, stack_end) as i32;
    /// Offset of `poll`.
    pub const POLL: i32 = offset_of!(Self, poll) as i32;
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
    pub const NURSERY_NEXT: i32 = (offset_of!(Self, nursery) + offset_of!(object::VmNursery, next)) as i32;
    /// Offset of `nursery.limit`.
    pub const NURSERY_LIMIT: i32 = (offset_of!(Self, nursery) + offset_of!(object::VmNursery, limit)) as i32;
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

/// The context of a host function.
#[repr(C)]
#[derive(Debug)]
pub struct VmHostContext {
    /// The common beginning.
    pub header: VmContextHeader,
    /// Address of the host's code: what it expects depends on the adapter in `slot`.
    pub body: usize,
    /// What the host's code finds its closure by.
    pub environment: *const (),
    /// The slot that `function` points to: it holds the adapter that calls `body`.
    pub slot: CodeSlot,
    /// The function reference by which the function is known.
    pub function: VmFuncRef,
}

impl VmHostContext {
    /// Offset of `body`.
    pub const BODY: i32 = offset_of!(Self, body) as i32;
}

/// Where the current code of a function is kept. All instances of a module share the slot of a function, and
/// replacing its code is one store.
#[repr(transparent)]
#[derive(Debug, Default)]
pub struct CodeSlot(pub AtomicUsize);

/// A function instance: the one that its definition made, which every import, table, global and reference
/// holds. None of its fields ever changes.
#[repr(C)]
#[derive(Debug)]
pub struct VmFuncRef {
    /// The function's code slot.
    pub slot: *const CodeSlot,
    /// The context that the function runs in.
    pub context: *mut VmContextHeader,
    /// The type that the function was defined with.
    pub ty: *const TypeDescriptor,
}

impl VmFuncRef {
    /// Bytes of a function reference.
    pub const SIZE: u32 = size_of::<Self>() as u32;
    /// Offset of `slot`.
    pub const SLOT: i32 = offset_of!(Self, slot) as i32;
    /// Offset of `context`.
    pub const CONTEXT: i32 = offset_of!(Self, context) as i32;
    /// Offset of `ty`.
    pub const TY: i32 = offset_of!(Self, ty) as i32;
}

/// A linear memory.
///
/// That of a shared memory belongs to the memory, and every store that holds it reads it: its base never changes,
/// and its length is only accessed atomically. All instances reach it as if they had imported it, the one that
/// defines the memory too: see [`VmOffsets::memory`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmMemory {
    /// Address of its first byte. It changes only when a memory without a whole reservation grows.
    pub base: *mut u8,
    /// Bytes that can be accessed.
    pub length: usize,
}

/// One takes the place of the other in the context of an instance that defines a shared memory.
const _: () = assert!(size_of::<VmMemory>() == size_of::<VmMemoryImport>());

impl VmMemory {
    /// Offset of `base`.
    pub const BASE: i32 = offset_of!(Self, base) as i32;
    /// Offset of `length`.
    pub const LENGTH: i32 = offset_of!(Self, length) as i32;
}

/// An imported memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmMemoryImport {
    /// The memory itself.
    pub memory: *mut VmMemory,
    /// A copy of its base, only to be used where the base never changes.
    pub base: *mut u8,
}

impl VmMemoryImport {
    /// Offset of `memory`.
    pub const MEMORY: i32 = offset_of!(Self, memory) as i32;
    /// Offset of `base`.
    pub const BASE: i32 = offset_of!(Self, base) as i32;
}

/// A table: function references take 8 bytes an element, all other references 4.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VmTable {
    /// Address of its first element; growing may move it.
    pub elements: *mut u8,
    /// Number of elements.
    pub length: usize,
}

impl VmTable {
    /// Offset of `elements`.
    pub const ELEMENTS: i32 = offset_of!(Self, elements) as i32;
    /// Offset of `length`.
    pub const LENGTH: i32 = offset_of!(Self, length) as i32;
}

/// A global: its value in the first bytes, as many as its type has.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct VmGlobal {
    /// The bytes of the value.
    pub bytes: [u8; 16],
}

/// A value on its way between the host and compiled code: its bytes first, the rest of no meaning.
#[repr(C, align(16))]
#[derive(Clone, Copy, Default)]
pub struct VmValue {
    /// The bytes of the value, little-endian.
    pub bytes: [u8; 16],
}

impl core::fmt::Debug for VmValue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#x}", u128::from_le_bytes(self.bytes))
    }
}

/// Bytes between the elements of an array of [`VmValue`].
pub const VALUE_SIZE: i32 = size_of::<VmValue>() as i32;
