//! Structures that compiled code reads, and the ways into compiled code and out of it. Nothing here knows what a store is
//! above its core: only `ids` and `sync` are imported from outside this folder.
//!
//! A [`place::Place`] owns a share of the allocation that it lies in, and writing to it is unsafe: what compiled code finds there
//! is what it trusts. One rule remains to make the safe functions here safe: while compiled code runs on a store, Rust touches
//! the store only through the pointer that compiled code hands back.
//!
//! From lower to higher: [`place`], [`elements`], [`function`], [`backing`], [`bytes`], [`context`], [`component_link`], [`stop`], [`replace`], [`waiting`], [`frames`], [`store_core`], `frame_code`, [`handler`], [`thunk`], [`enter`],
//! [`roots`], [`heap`], [`shared`].
#![expect(unsafe_code, reason = "this is where compiled code and Rust meet")]

pub mod backing;
pub mod bytes;
pub mod component_link;
pub mod context;
pub mod elements;
pub mod enter;
mod frame_code;
pub mod frames;
pub mod function;
pub mod handler;
pub mod heap;
pub mod place;
pub mod replace;
pub mod roots;
pub mod shared;
pub mod stop;
pub mod store_core;
pub mod thunk;
pub mod waiting;
