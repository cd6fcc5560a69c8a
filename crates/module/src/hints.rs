//! Branch hints: which conditional branches are hardly ever, or nearly always, taken.
//!
//! They come from the custom section `metadata.code.branch_hint`. They change nothing but speed, so nothing about them
//! can be an error: from the first hint on that can't be read, the section is taken to say nothing.

use crate::FuncIdx;
use wasmparser::BranchHintSectionReader;

/// What the section says of one branch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BranchHint {
    function: u32,
    /// Where the instruction is, in bytes from the beginning of its function's body.
    pub offset: u32,
    /// Whether it is likely to be taken; else it is unlikely.
    pub taken: bool,
}

/// All hints of a module, by function and offset.
#[derive(Default, Debug)]
pub(crate) struct BranchHints(Vec<BranchHint>);

impl BranchHints {
    /// Reads the section.
    pub(crate) fn read(section: BranchHintSectionReader<'_>) -> BranchHints {
        BranchHints(read(section).unwrap_or_default())
    }

    /// The hints of a function, by offset.
    pub(crate) fn of(&self, function: FuncIdx) -> &[BranchHint] {
        let function = function.as_u32();
        let start = self.0.partition_point(|hint| hint.function < function);
        let rest = &self.0[start..];
        &rest[..rest.partition_point(|hint| hint.function == function)]
    }
}

fn read(section: BranchHintSectionReader<'_>) -> wasmparser::Result<Vec<BranchHint>> {
    let mut all = Vec::new();
    for function in section {
        let function = function?;
        for hint in function.hints {
            let hint = hint?;
            all.push(BranchHint {
                function: function.func,
                offset: hint.func_offset,
                taken: hint.taken,
            });
        }
    }
    all.sort_unstable();
    Ok(all)
}

#[cfg(test)]
mod tests;
