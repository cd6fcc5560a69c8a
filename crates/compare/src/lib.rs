//! Whether engines agree about a module, and whether assemblers do.
//!
//! All engines get the same bytes. What they do is put into one vocabulary ([`Outcome`]), and a [`Verdict`] says where they
//! diverge and what kind of divergence it is. Command lines differ in the values that they take and print, so a module gets
//! a [driver](transom_generate::drive) for each call: an export without parameters that returns integers. No engine has to
//! do more than call it. What is specific to an engine is data in `engines/*.toml`, tested against recorded output.
//!
//! [`campaign`] compares generated modules, [`reduce_divergence`] makes the module of a divergence small, [`report`] writes
//! it down, [`bisect`] finds the function that an optimiser gets wrong, and [`roundtrip`] compares assemblers. [`process`] runs the programs of others within bounds.
//!
//! ```
//! use transom_compare::process::Bounds;
//! use transom_compare::{Comparer, Kind, Wish, engines, subject};
//! use transom_inspect::Source;
//!
//! let text = r#"(module (func (export "double") (param f32) (result f32) (f32.add (local.get 0) (local.get 0))))"#;
//! let source = Source::new("demo.wat", text.as_bytes().to_vec());
//! let subject = subject(&source, &Wish::AllExports { seed: 1 })?;
//! let engines = engines(&["transom".to_owned()], None, Bounds::default())?;
//! let comparer = Comparer::new(engines.found, Bounds::default(), false)?;
//! assert_eq!(comparer.compare(subject)?.verdict.kind, Kind::Agreement);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod bisect;
pub mod campaign;
mod command;
mod comparer;
mod comparison;
mod component;
mod directives;
mod divergence;
mod engine;
mod find;
mod in_process;
mod input;
pub mod outcome;
mod probes;
pub mod process;
pub mod report;
pub mod roundtrip;
pub mod script;
mod subjects;
mod table;
mod text;
mod verdict;

pub use answer::Answer;
pub use bisect::bisect;
pub use command::CommandEngine;
pub use comparer::Comparer;
pub use comparison::{Comparison, Observed};
pub use divergence::reduce_divergence;
pub use engine::{Case, Engine, FunctionCall, Identity, Task, quoted};
pub use find::{Engines, engines};
pub use in_process::{CONFIGURATIONS, InProcess};
pub use input::subject;
pub use outcome::{Limit, Outcome, Phase, Step, Trap, Unlinkable};
pub use probes::{Support, needed};
pub use subjects::{Subject, Wish};
pub use table::{Table, table, tables};
pub use verdict::{Group, Kind, Verdict};
