//! Where instructions come from: functions, files and lines, from the DWARF sections that compilers leave in a module.
//!
//! As with names, nothing about them can be an error: what can't be read isn't there. Nothing is read before somebody
//! asks, and then in two steps. An *index* is made once, which leads from each function of the module to the entry that
//! describes it; it holds offsets only. A *lookup* reads that entry and the line table of its unit again, from the
//! module's bytes. Both read through a [`meter`], since sections may be made to be hard to read.
//!
//! Addresses in these sections are offsets from the beginning of the code section's content.

mod entries;
mod index;
mod lines;
mod lookup;
mod meter;
mod sections;

use crate::{FunctionBody, Module};
use index::Index;
use sections::Sections;
use std::sync::OnceLock;

/// A function that an instruction belongs to according to the module's debug information: the one that it was written
/// in, or one that it was inlined into.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FrameSymbol {
    pub(crate) name: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
}

impl FrameSymbol {
    /// The function's name, as the linker knows it if it is known: see [`Demangled`](crate::Demangled).
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The source file.
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line in the file, from 1.
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// The column in the line, from 1.
    pub fn column(&self) -> Option<u32> {
        self.column
    }
}

/// What is known of a module's debug information so far.
#[derive(Default, Debug)]
pub(crate) struct DebugInfo {
    sections: OnceLock<Option<Sections>>,
    index: OnceLock<Index>,
}

impl DebugInfo {
    fn sections(&self, bytes: &[u8]) -> Option<&Sections> {
        self.sections.get_or_init(|| Sections::find(bytes)).as_ref()
    }

    fn symbols(&self, bytes: &[u8], bodies: &[FunctionBody], offset: usize) -> Option<Vec<FrameSymbol>> {
        let sections = self.sections(bytes)?;
        let index = self.index.get_or_init(|| Index::build(sections, bytes, bodies));
        let function = bodies.partition_point(|body| body.range.end <= offset);
        let address = offset.checked_sub(sections.code_start)? as u64;
        lookup::symbols(sections, bytes, index, (function, address))
    }
}

impl Module {
    /// Whether the module has debug information that [`symbols`](Self::symbols) might find something in.
    pub fn has_debug_info(&self) -> bool {
        self.custom.debug_info.sections(self.bytes()).is_some()
    }

    /// The functions that an instruction belongs to, by its offset in the module's bytes: the innermost of those that
    /// were inlined first, and the function that the module has last. Empty if nothing is known.
    pub fn symbols(&self, offset: usize) -> Vec<FrameSymbol> {
        let debug_info = &self.custom.debug_info;
        debug_info
            .symbols(self.bytes(), &self.bodies, offset)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
