//! The types of WebAssembly 3.0, as every other crate of Transom sees them.
//!
//! A type is written in terms of references to defined types, and *what such a reference is* is a type
//! parameter: [`TypeId`] once a type lives in an engine's registry, [`RecRef`] while a rec group is being
//! put together. So a type that still talks about its own rec group can't be mistaken for one that any
//! function may compare.
#![forbid(unsafe_code)]

mod ty;

pub use ty::*;
