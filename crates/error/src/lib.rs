//! The error type of Transom, and what belongs to it: contexts, macros, and conversions from and to the crate `anyhow`.
//!
//! [`Error`] holds any error, and contexts that say what failed because of it. Names and behaviour are those of
//! `wasmtime::error`, which in turn follows `anyhow`. It is a type of its own, and not `anyhow::Error`, so that a program can have
//! conversions from both.
#![forbid(unsafe_code)]

mod chain;
mod context;
mod convert;
mod error;
mod from_anyhow;
#[doc(hidden)]
pub mod macros;
mod out_of_memory;
mod result;

pub use chain::Chain;
pub use context::Context;
pub use convert::ToWasmtimeResult;
pub use error::Error;
pub use out_of_memory::OutOfMemory;
pub use result::{Ok, Result};
