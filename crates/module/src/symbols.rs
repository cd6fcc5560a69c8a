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

pub use entries::Entry;
pub use frame::FrameSymbol;
pub use index::Place;
pub use meter::{Budget, Metered};
pub use sections::Debug;

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

/// A module's debug information, read on a budget.
pub struct DebugReader<'a> {
    /// The sections.
    pub debug: Debug<'a>,
    /// Where the code section's content begins in the module's bytes, from which addresses count.
    pub code_start: usize,
    index: &'a Index,
}

impl DebugReader<'_> {
    /// Where a function is described, by its position among those that the module defines.
    pub fn place(&self, function: usize) -> Option<Place> {
        self.index.place(function)
    }
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
        let index = self.index(sections, bytes, bodies);
        let function = bodies.partition_point(|body| body.range.end <= offset);
        let address = offset.checked_sub(sections.code_start)? as u64;
        lookup::symbols(sections, bytes, index, (function, address))
    }

    fn index(&self, sections: &Sections, bytes: &[u8], bodies: &[FunctionBody]) -> &Index {
        self.index.get_or_init(|| Index::build(sections, bytes, bodies))
    }

    /// All of it, if there is any.
    pub(crate) fn read<'a>(
        &'a self,
        bytes: &'a [u8],
        bodies: &[FunctionBody],
        budget: &'a Budget,
    ) -> Option<DebugReader<'a>> {
        let sections = self.sections(bytes)?;
        Some(DebugReader {
            debug: sections.open(bytes, budget),
            code_start: sections.code_start,
            index: self.index(sections, bytes, bodies),
        })
    }

    /// Bytes of the sections.
    pub(crate) fn len(&self, bytes: &[u8]) -> u64 {
        self.sections(bytes).map_or(0, Sections::len)
    }
}

#[cfg(test)]
mod tests;
