//! Structures that compiled code reads, and the crossings between it and Rust.
//!
//! Two rules make the safe functions here safe. What a [`place::Place`] points to lies in an allocation that the
//! store owns and frees only when it is dropped, and places never leave the store. And while compiled code runs
//! on a store, Rust touches the store only through the pointer that compiled code hands back. A shared memory's place
//! belongs to the memory, which all stores that know it keep.
#![expect(unsafe_code, reason = "this is where compiled code and Rust meet")]

pub mod bytes;
pub mod context;
pub mod enter;
pub mod exception;
pub mod frames;
pub mod host;
pub mod place;
pub mod roots;
pub mod shared;
pub mod thunk;
