//! Components: which features of the component model there are, and whether a component is valid.
//!
//! The component model's specification has features that are frozen and features behind gates. The first are on, the second are refused by
//! name; see [`GATES`].
//!
//! ```
//! use transom_component::{FROZEN, validate};
//! use wasmparser::WasmFeatures;
//!
//! validate(b"\0asm\x0d\0\x01\0", WasmFeatures::WASM3 | FROZEN)?;
//! # Ok::<(), transom_component::Error>(())
//! ```
#![forbid(unsafe_code)]

mod definitions;
mod features;
mod flatten;
mod subtype;
pub mod types;
mod validate;
pub mod wiring;

pub use features::{FROZEN, GATES, Gate};
pub use subtype::{Comparison, Mismatch, Side};
pub use validate::{Error, is_component, validate};
