//! The part of a function's code that follows the module instruction by instruction.
//!
//! Scopes and lists of places are ranges of the module's addresses. In this part each such range is a range of code. What is out of line,
//! and all that the optimiser has moved, is outside of it.

use core::ops::Range;
use transom_code::Location;

/// Locations whose offsets in the module never go back.
#[derive(Clone, Copy, Debug)]
pub struct Straight<'a>(&'a [Location]);

impl<'a> Straight<'a> {
    /// The part of a function with these locations.
    pub fn of(locations: &'a [Location]) -> Straight<'a> {
        let known = |location: &Location| location.wasm_offset != u32::MAX;
        let begin = locations.iter().position(known).unwrap_or(locations.len());
        let rest = &locations[begin..];
        let back = |pair: &[Location]| !known(&pair[1]) || pair[1].wasm_offset < pair[0].wasm_offset;
        let end = rest.windows(2).position(back).map_or(rest.len(), |last| last + 1);
        Straight(&rest[..end])
    }

    /// The code of instructions, as offsets in the function's code, by their offsets in the module. `None` if there is no such code, or
    /// none whose end is known.
    pub fn code(&self, instructions: &Range<u64>) -> Option<Range<u32>> {
        let place = |offset: u64| {
            self.0
                .partition_point(|location| u64::from(location.wasm_offset) < offset)
        };
        let start = self.0.get(place(instructions.start))?.code_offset;
        // What follows the part is out of line, so its last location ends it.
        let end = self.0.get(place(instructions.end)).or(self.0.last())?.code_offset;
        (start < end).then_some(start..end)
    }
}

#[cfg(test)]
mod tests;
