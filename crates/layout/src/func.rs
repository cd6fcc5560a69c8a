//! Functions: where their code is, the one reference by which each is known, and the context of a host's.
//!
//! Whoever calls a function finds everything at its [`VmFuncRef`], whichever instance it belongs to.

use crate::code_slot::CodeSlot;
use crate::component::VmComponentCall;
use crate::context::VmContextHeader;
use core::mem::offset_of;
use core::sync::atomic::AtomicU32;
use transom_types::TypeDescriptor;

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
