//! The bodies of a module, as they are described.

use super::facts::{FunctionFacts, HotLocal, Uses};
use super::hot::HotLocals;
use core::ops::Range;

/// What a walk over a valid body finds.
pub(super) type Found = (FunctionFacts, Uses);

/// The body of a function that the module defines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionBody {
    /// Where in the module's bytes it is, from the declarations of locals to the final `end`.
    pub range: Range<usize>,
    /// What is in it.
    pub facts: FunctionFacts,
    /// Calls, and instructions that may call the runtime, as if each loop had [`TURNS`](super::TURNS) turns.
    pub calls: u32,
    /// Where its locals are in those of all.
    pub(super) hot: Range<u32>,
}

/// The bodies of the functions that a module defines, by [`DefinedFuncIdx`](crate::DefinedFuncIdx).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Bodies {
    pub(super) all: Vec<FunctionBody>,
    pub(super) hot: HotLocals,
}

impl core::ops::Deref for Bodies {
    type Target = [FunctionBody];

    fn deref(&self) -> &[FunctionBody] {
        &self.all
    }
}

impl Bodies {
    /// The locals that are used most in a function, the most used first.
    pub fn hot_locals(&self, body: &FunctionBody) -> impl Iterator<Item = HotLocal> {
        self.hot.at(&body.hot)
    }

    /// Adds the body of the next function.
    pub(super) fn push(&mut self, range: Range<usize>, (facts, uses): Found) {
        self.all.push(FunctionBody {
            range,
            facts,
            calls: uses.calls,
            hot: self.hot.push(&uses.hot),
        });
    }
}
