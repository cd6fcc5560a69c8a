//! Functions: where their code is, the one reference by which each is known, and the context of a host's.
//!
//! Whoever calls a function finds everything at its [`VmFuncRef`], whichever instance it belongs to.

use crate::context::VmContextHeader;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize};
use transom_types::TypeDescriptor;

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

/// The functions that a call through a reference has led to, by the lower halves of the addresses of their code slots. Threads write it
/// without order: what it says is likely, not certain.
#[repr(C)]
#[derive(Debug, Default)]
pub struct VmCallSite {
    /// The first functions that were called, each once; zero where there was none yet.
    pub targets: [AtomicU32; Self::TARGETS],
    /// Not zero if there were more.
    pub more: AtomicU32,
}

impl VmCallSite {
    /// How many functions are noted: as many as there are handlers in a small interpreter.
    pub const TARGETS: usize = 16;
    /// Offset of `more`. It follows `targets`, which are at the beginning.
    pub const MORE: i32 = offset_of!(Self, more) as i32;
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
    /// What an adapter between components finds its callee by; null for a function of the host.
    pub link: *const VmComponentCall,
    /// The slot that `function` points to: it holds the adapter that calls `body`.
    pub slot: CodeSlot,
    /// The function reference by which the function is known.
    pub function: VmFuncRef,
}

impl VmHostContext {
    /// Offset of `body`.
    pub const BODY: i32 = offset_of!(Self, body) as i32;
    /// Offset of `link`.
    pub const LINK: i32 = offset_of!(Self, link) as i32;
}

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
}
