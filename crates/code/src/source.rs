//! What a compiler reads: a module, and what is known of how it runs.

use transom_layout::VmOffsets;
use transom_module::{DefinedFuncIdx, FuncIdx, Module};

/// A valid module, as a compiler sees it.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The module.
    pub module: &'a Module,
    /// The layout of the contexts of its instances.
    pub offsets: &'a VmOffsets,
    /// What its calls through references have led to.
    pub targets: &'a dyn CallTargets,
}

/// The functions that calls through references have led to. Any answer is correct: a compiler must not rely on it, only expect it.
pub trait CallTargets: Sync {
    /// The functions that the call at an offset in the module's bytes, which is in the body of `function`, has led to in the
    /// instance that executes it. Empty if that is not known, or if there are too many to be of use.
    fn targets(&self, function: DefinedFuncIdx, offset: u32) -> Vec<FuncIdx>;
}

/// Nothing is known.
struct Unknown;

impl CallTargets for Unknown {
    fn targets(&self, _: DefinedFuncIdx, _: u32) -> Vec<FuncIdx> {
        Vec::new()
    }
}

impl<'a> Source<'a> {
    /// A module of which nothing is known but itself.
    pub fn new(module: &'a Module, offsets: &'a VmOffsets) -> Source<'a> {
        Source {
            module,
            offsets,
            targets: &Unknown,
        }
    }

    /// The same, with what its calls have led to.
    pub fn with_targets(self, targets: &'a dyn CallTargets) -> Source<'a> {
        Source { targets, ..self }
    }
}
