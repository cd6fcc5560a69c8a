//! WASI preview 1 of Transom under the names of the `wasmtime-wasi` crate, as far as it has no components.
//!
//! A host function of preview 1 blocks its thread here, also in asynchronous calls.

pub mod cli;
mod ctx;
pub mod p0;
pub mod p1;
pub mod p2;

pub use ctx::WasiCtxBuilder;
pub use transom_wasi::{FsPerms, HostMonotonicClock, HostWallClock, I32Exit};
