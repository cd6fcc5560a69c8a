//! The version of preview 1 that is called `wasi_unstable`.

pub use transom_wasi::p0::add_to_linker_sync;
/// As [`add_to_linker_sync`]: the functions block.
pub use transom_wasi::p0::add_to_linker_sync as add_to_linker_async;
