//! Analysis of WebAssembly modules: the features a module needs, its imports, exports and sections, its text, and where it differs from
//! another module. Some questions can be asked about components, too.
//!
//! A [`Source`] is a module in binary or text form; each module of this crate answers one question about its binary.
//! Answers are plain structures that can be serialised, and `Display` shows them to people. Nothing here compiles or runs
//! a module, and nothing starts a process.
//!
//! ```
//! use transom_inspect::{Source, needs, stats};
//!
//! let source = Source::new("demo.wat", b"(module (func (result v128) (v128.const i64x2 1 2)))".to_vec());
//! let binary = source.binary()?;
//! let needs = needs::needs(&binary)?;
//! assert_eq!(needs.iter().map(|need| need.feature.as_str()).collect::<Vec<_>>(), ["simd"]);
//! assert_eq!(stats::stats(&binary)?.functions.count, 1);
//! # Ok::<(), transom_inspect::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod addresses;
pub mod component;
pub mod compose;
mod custom;
pub mod difference;
mod error;
mod fold;
pub mod functions;
mod guard;
pub mod inspect;
pub mod invocation;
pub mod link;
pub mod literal;
mod locate;
pub mod make;
pub mod metadata;
#[cfg(test)]
mod mutated;
mod names;
pub mod needs;
pub mod nested;
pub mod objdump;
pub mod parts;
pub mod print;
mod readable;
pub mod script;
pub mod sections;
mod source;
pub mod stats;
pub mod strip;
pub mod wave;

pub use error::{Error, Place, Result};
pub use guard::is_guarded;
pub use source::Source;
