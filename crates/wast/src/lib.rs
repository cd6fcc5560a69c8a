//! Runs the specification's scripts (`.wast`) on Transom, and says of every directive how it went.
//!
//! A script is a list of directives: modules to instantiate, functions to call, and assertions about what should
//! happen. A [`Runner`] gives each of them an [`Outcome`] of its own; a directive that fails doesn't end the script,
//! so one run shows everything that a script has to say about an engine.
//!
//! Rejections of invalid and malformed modules are not compared with the script's words, since each validator
//! has words of its own; traps are, through one table (`messages`).
//!
//! ```
//! let engine = transom::Engine::default();
//! let script = r#"
//!     (module (func (export "one") (result i32) i32.const 1))
//!     (assert_return (invoke "one") (i32.const 1))
//! "#;
//! let outcomes = transom_wast::Runner::new(&engine)?.run(script)?;
//! assert!(outcomes.iter().all(|outcome| outcome.verdict.is_pass()));
//! # Ok::<(), transom::Error>(())
//! ```
#![forbid(unsafe_code)]

mod expect;
mod features;
mod messages;
mod outcome;
mod runner;
mod spectest;
mod text;
mod values;

pub use features::{config, config_of};
pub use outcome::{Outcome, ScriptError, Verdict};
pub use runner::{Encoder, Runner};
