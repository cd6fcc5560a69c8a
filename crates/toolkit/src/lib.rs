//! What a WebAssembly module is: which features it needs, what it imports and exports, what its sections hold, its text;
//! and whether engines agree about it.
//!
//! A [`Source`] is what somebody has, in binary or text form; each module of this crate answers one question about its
//! binary. Answers are plain structures, which can be serialised, and whose `Display` is for people to read. These
//! compile and run nothing. [`compare`] gives modules to engines, [`generate`] and [`drive`] make them for that, [`reduce`]
//! and [`report`] make something of where engines part.
//!
//! ```
//! use transom_toolkit::{Source, needs, stats};
//!
//! let source = Source::new("demo.wat", b"(module (func (result v128) (v128.const i64x2 1 2)))".to_vec());
//! let binary = source.binary()?;
//! let needs = needs::needs(&binary)?;
//! assert_eq!(needs.iter().map(|need| need.feature.as_str()).collect::<Vec<_>>(), ["simd"]);
//! assert_eq!(stats::stats(&binary)?.functions.count, 1);
//! # Ok::<(), transom_toolkit::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod campaign;
pub mod compare;
pub mod difference;
pub mod drive;
mod error;
mod fold;
pub mod generate;
pub mod inspect;
pub mod link;
mod locate;
mod names;
pub mod needs;
pub mod objdump;
mod parts;
pub mod print;
pub mod process;
mod random;
mod readable;
pub mod reduce;
pub mod report;
pub mod roundtrip;
pub mod sections;
mod source;
pub mod stats;
pub mod strip;

pub use error::{Error, Place, Result};
pub use source::Source;
