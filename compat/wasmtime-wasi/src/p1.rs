//! Preview 1.

/// As [`add_to_linker_sync`]: the functions block.
pub use transom_wasi::p1::add_to_linker_sync as add_to_linker_async;
pub use transom_wasi::p1::{WasiP1Ctx, add_to_linker_sync};
