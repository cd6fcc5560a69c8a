//! The module's branch hints.

use transom_module::{BranchHint, DefinedFuncIdx, Module};

/// The hints of the function that is translated.
#[derive(Default)]
pub struct Hints<'a> {
    pub hints: &'a [BranchHint],
    /// Where the function's body begins in the module's bytes.
    start: usize,
}

impl<'a> Hints<'a> {
    pub fn of(module: &'a Module, function: DefinedFuncIdx) -> Hints<'a> {
        Hints {
            hints: module.branch_hints(module.func_index(function)),
            start: module.bodies[function.index()].range.start,
        }
    }

    /// Whether the branch at an offset in the module's bytes is likely to be taken.
    pub fn at(&self, offset: usize) -> Option<bool> {
        let offset = u32::try_from(offset.checked_sub(self.start)?).ok()?;
        let index = self.hints.binary_search_by_key(&offset, |hint| hint.offset);
        Some(self.hints[index.ok()?].taken)
    }
}
