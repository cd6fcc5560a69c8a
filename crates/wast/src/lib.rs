//! Runs the specification's scripts (`.wast`) on Transom, and says of every directive how it went.
//!
//! A script is a list of directives: modules to instantiate, functions to call, and assertions about what should
//! happen. A [`Runner`] gives each of them an [`Outcome`] of its own; a directive that fails doesn't end the script,
//! so one run shows everything that a script has to say about an engine. A directive that the runner can't run
//! has an outcome that says so, and is no pass.
//!
//! Rejections of invalid and malformed modules are not compared with the script's words, since each validator
//! has words of its own; traps and link errors are, with the words of the reference interpreter and of Wasmtime
//! (`messages`). [`Settings`] reads the configuration lines at the head of Wasmtime's scripts.
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

mod assertions;
mod components;
mod expect;
mod features;
mod lines;
mod messages;
mod outcome;
mod runner;
mod script;
mod session;
mod settings;
mod spectest;
mod text;
mod values;

pub use features::{config, config_of};
pub use outcome::{Outcome, ScriptError, Verdict};
pub use runner::Runner;
pub use session::Encoder;
pub use settings::{Note, Settings};
