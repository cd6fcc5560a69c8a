//! Transom under the name of the `wasmtime` crate.

pub use transom::*;
