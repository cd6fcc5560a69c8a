//! Where instructions come from: functions, files and lines, from the DWARF sections that compilers leave in a module.
//!
//! As with names, nothing about them can be an error: what can't be read isn't there. Nothing is read before somebody
//! asks, and then in two steps. An *index* is made once, which leads from each function of the module to the entry that
//! describes it; it holds offsets only. A *lookup* reads that entry and the line table of its unit again, from the
//! module's bytes. Both read through a [`meter`], since sections may be made to be hard to read.
//!
//! Addresses in these sections are offsets from the beginning of the code section's content.

mod entries;
mod frame;
mod index;
mod lines;
mod lookup;
mod meter;
mod sections;
mod strings;

pub use frame::FrameSymbol;

use crate::FunctionBody;
use index::Index;
use sections::Sections;
use std::sync::OnceLock;

/// What is known of a module's debug information so far.
#[derive(Default, Debug)]
pub(crate) struct DebugInfo {
    sections: OnceLock<Option<Sections>>,
    index: OnceLock<Index>,
}

impl DebugInfo {
    /// The sections, if there are any that something can be found in.
    pub(crate) fn sections(&self, bytes: &[u8]) -> Option<&Sections> {
        self.sections.get_or_init(|| Sections::find(bytes)).as_ref()
    }

    /// The functions that the instruction at an offset of the module belongs to, innermost first.
    pub(crate) fn symbols(
        &self,
        bytes: &[u8],
        bodies: &[FunctionBody],
        offset: usize,
    ) -> Option<Vec<FrameSymbol>> {
        let sections = self.sections(bytes)?;
        let index = self.index.get_or_init(|| Index::build(sections, bytes, bodies));
        let function = bodies.partition_point(|body| body.range.end <= offset);
        let address = offset.checked_sub(sections.code_start)? as u64;
        lookup::symbols(sections, bytes, index, (function, address))
    }
}

#[cfg(test)]
mod tests;
