//! Machine code of the process: published, called through slots, found by address, reported to profilers.
//!
//! Compilers return machine code as bytes ([`transom_code::CompiledFunction`]). Here it becomes executable, as a
//! [`CodeObject`]: the code of some functions of one module, or of an adapter. A module's functions may be published in
//! several objects, at different times, by different compilers: a [`ModuleCode`] has one slot for each function, and
//! whoever calls through the slot reaches the code that was published last.
//!
//! From lower to higher: `origin` (what code was made of), `profiler`, `tables` (what is known of places in the code),
//! `error`, `budget`, `object`, `stubs` (what calls go through while code can be replaced), `module_code`, `adapters`.
#![forbid(unsafe_code)]

mod adapters;
mod budget;
mod error;
mod module_code;
mod object;
mod origin;
mod profiler;
mod stubs;
mod tables;

pub use adapters::Adapters;
pub use budget::{Charge, CodeBudget};
pub use error::PublishError;
pub use module_code::ModuleCode;
pub use object::{CodeLocation, CodeObject, LiveSlots, Publisher, lookup};
pub use origin::Origin;
pub use profiler::{ProfileError, Profiler, ProfilingStrategy};
