//! What relies on embedders: values as bits and calls that check nothing, for those that know the types otherwise, such as a C API; memories that embedders make,
//! and artifacts; and instructions that not each processor has.
//!
//! The bits are those that compiled code uses, so nothing is converted on the way. Whoever makes values of bits, or hands bits to a
//! program, answers for their types; the functions that rely on it are `unsafe`. References to objects can be checked, so making
//! one of bits is safe.

#![expect(unsafe_code, reason = "functions with obligations for their callers")]

mod artifact;
pub(crate) mod core_func;
mod func;
mod host_memory;
pub(crate) mod numeric;
mod reference;
mod val_raw;
pub(crate) mod vectors;

pub use host_memory::MemoryCreator;
pub use val_raw::ValRaw;

#[cfg(test)]
mod tests;
