//! Crates from the registry that depend on `wasmtime`, compiled against Transom. Each of them runs a program in `tests`.
//!
//! Crates that were made for versions of `wasmtime` before it had an error type of its own do not compile, because Transom has the
//! API of version 48: `linera-witty` (25), `fluvio-smartengine` (34) and `arrow-udf-runtime` (36) return `anyhow`'s errors from host functions.
