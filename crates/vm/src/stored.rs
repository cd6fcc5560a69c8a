//! Code that outlives the process: it was compiled before, or is kept for later.

use serde::{Deserialize, Serialize};
use transom_code::{CompiledFunction, LoopEntry, LoopTarget};
use transom_module::{DefinedFuncIdx, Module};

/// How far the compilation of a function is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// It may be compiled once more.
    First,
    /// Nothing compiles it once more.
    Last,
}

/// Code of a module's functions. Whatever it gives is executed: it was kept for the same module by an engine whose compilers and tunables
/// are the same.
pub trait CodeStore: std::fmt::Debug + Send + Sync {
    /// The code of a function, if there is some.
    fn load(&self, function: DefinedFuncIdx) -> Option<(Stage, CompiledFunction)>;

    /// How many samples a function begins with, because of those in earlier processes.
    fn heat(&self, function: DefinedFuncIdx) -> u16;

    /// A function was compiled. Called before the code is completed for this process.
    fn keep(&self, function: DefinedFuncIdx, stage: Stage, code: &CompiledFunction);

    /// Whether there is code that begins at loops of a function.
    fn has_entries(&self, function: DefinedFuncIdx) -> bool;

    /// Code that begins at a loop, if there is some.
    fn load_entry(&self, target: &LoopTarget) -> Option<LoopEntry>;

    /// Code was compiled that begins at a loop, as [`keep`](Self::keep).
    fn keep_entry(&self, target: &LoopTarget, entry: &LoopEntry);

    /// Writes what was kept of the module, if it goes anywhere: nothing was compiled for a while, or the module is dropped. `heat` gives the samples of a
    /// function, with those of earlier processes.
    fn write(&self, _module: &Module, _heat: &dyn Fn(DefinedFuncIdx) -> u16) {}
}
