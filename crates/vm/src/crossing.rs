//! The ways into compiled code and out of it, with a store and its host.
//!
//! # Aliasing
//! While compiled code runs, somebody's `&mut` to the host (of which the store is a part) waits further out on the stack. Whatever
//! compiled code calls needs the host again. [`enter`](enter::enter) takes a pointer that the caller derives from that very `&mut`, and
//! puts it where libcalls and host functions find it; they make their own `&mut` from it, for as long as their body runs. So
//! each reference is derived from the one outside it and ends before that one is used again, however deeply host functions
//! and compiled code call each other: a nested entry puts its own pointer there, and the outer one back when it ends.
//! What compiled code itself reads and writes lies in allocations of its own, which are reached by pointers only
//! ([`Place`](crate::raw::place::Place)), not in the host.
#![expect(unsafe_code, reason = "compiled code and Rust call each other here")]

pub mod bytes;
mod collect;
pub mod component_call;
pub mod enter;
mod fault;
pub mod fiber;
mod frames;
mod fuel;
pub mod functions;
pub mod host;
pub mod host_stack;
pub(crate) mod instance;
pub mod objects;
pub(crate) mod segments;
pub mod slots;
