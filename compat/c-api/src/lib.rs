//! `libwasmtime.so`: the C API of Wasmtime on Transom.

mod absent;

pub use absent::*;
pub use wasmtime_c_api::*;
