//! Structures that compiled code reads, and the ways into compiled code and out of it. Nothing here knows what a store is
//! above its core: only `ids` and `sync` are imported from outside this folder.
//!
//! Two rules make the safe functions here safe. What a [`place::Place`] points to lies in an allocation that the
//! store owns and frees only when it is dropped, and places never leave the store. And while compiled code runs
//! on a store, Rust touches the store only through the pointer that compiled code hands back. A shared memory's place
//! belongs to the memory, which all stores that know it keep.
//!
//! From lower to higher: [`place`], [`function`], [`bytes`], [`context`], [`stop`], [`store_core`], [`frames`], [`handler`], [`thunk`], [`enter`],
//! [`roots`], [`heap`], [`shared`].
#![expect(unsafe_code, reason = "this is where compiled code and Rust meet")]

pub mod bytes;
pub mod context;
pub mod enter;
pub mod frames;
pub mod function;
pub mod handler;
pub mod heap;
pub mod place;
pub mod roots;
pub mod shared;
pub mod stop;
pub mod store_core;
pub mod thunk;
