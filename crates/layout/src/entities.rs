//! Memories, tables and globals: what an instance's context has in its arrays.
//!
//! Those that an instance defines lie in its context, those that it imports are reached by a pointer.

use core::mem::offset_of;

/// Bytes of a page of WebAssembly memory, unless its type says otherwise.
pub const WASM_PAGE_SIZE: u64 = 1 << 16;

/// A linear memory.
///
/// That of a shared memory belongs to the memory, and every store that holds it reads it: its base never changes,
/// and its length is only accessed atomically. All instances reach it as if they had imported it, the one that
/// defines the memory too: see [`VmOffsets::memory`](crate::VmOffsets::memory).
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
