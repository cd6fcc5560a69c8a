//! What the fuzz targets check, one module per target.
//!
//! A check takes the fuzzer's input and panics on a finding; nothing here knows libFuzzer, so a check can run in a test as well.
//! Inputs that are not interesting return early. Checks are clients of the public API.

pub mod compile;
pub mod component;
pub mod decode;
pub mod embed;
pub mod execute;
pub mod panics;
mod smith;
pub mod text;
pub mod wasi;
