//! The index: which unit, and which entry in it, describes a function of the module.

use super::meter::{Budget, Metered};
use super::sections::{Debug, Sections};
use crate::FunctionBody;
use gimli::{DW_TAG_compile_unit, DW_TAG_skeleton_unit, DW_TAG_subprogram, Result, Unit, UnitOffset};

/// Steps per byte of the sections that the index may take. Usually one is enough; units that share tables of
/// abbreviations read them again.
const STEPS_PER_BYTE: u64 = 8;

/// Where a function is described.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The unit's offset in `.debug_info`.
    pub unit: usize,
    /// The entry, if there is one: some units only tell lines.
    pub entry: Option<UnitOffset>,
    /// Whether the entry says that the function ends where it does. Of functions that several units define, linkers keep
    /// one, and point all entries there; they may have been compiled differently.
    fits: bool,
}

/// The functions of a module.
#[derive(Debug)]
pub struct Index {
    /// Offsets of all units in `.debug_info`, in their order.
    units: Vec<usize>,
    /// By [`DefinedFuncIdx`](crate::DefinedFuncIdx).
    functions: Vec<Option<Place>>,
}

/// Addresses of functions, in their order.
struct Code<'a> {
    start: usize,
    bodies: &'a [FunctionBody],
}

impl Code<'_> {
    /// The function that an address lies in, or the first one after it.
    fn function_from(&self, address: u64) -> usize {
        self.bodies.partition_point(|body| self.end(body) <= address)
    }

    /// The address where a function ends.
    fn end(&self, body: &FunctionBody) -> u64 {
        body.range.end.saturating_sub(self.start) as u64
    }
}

impl Index {
    /// Reads all units. One that can't be read says nothing about the others.
    pub fn build(sections: &Sections, bytes: &[u8], bodies: &[FunctionBody]) -> Index {
        let budget = Budget::new(sections.len().saturating_mul(STEPS_PER_BYTE));
        let debug = sections.open(bytes, &budget);
        let code = Code {
            start: sections.code_start,
            bodies,
        };
        let mut index = Index {
            units: Vec::new(),
            functions: vec![None; bodies.len()],
        };
        let mut headers = debug.dwarf.units();
        while let Ok(Some(header)) = headers.next() {
            let Some(offset) = header.debug_info_offset() else {
                continue;
            };
            index.units.push(offset.0);
            let _: Result<()> = debug
                .unit(offset.0)
                .and_then(|unit| index.add(&debug, &code, (offset.0, &unit)));
        }
        index
    }

    fn add(&mut self, debug: &Debug<'_>, code: &Code<'_>, unit: (usize, &Unit<Metered<'_>>)) -> Result<()> {
        let (offset, unit) = unit;
        let tags = [DW_TAG_compile_unit, DW_TAG_skeleton_unit, DW_TAG_subprogram];
        debug.walk(unit, None, &tags, |entry| {
            let entry_offset = (entry.tag() == DW_TAG_subprogram).then_some(entry.offset());
            debug.ranges(unit, entry, |range| {
                // Compilers put what was removed at address zero, where there is no code, or beyond the end of it.
                if range.start == 0 {
                    return Ok(());
                }
                let first = code.function_from(range.start);
                let end = match entry_offset {
                    // A description of several functions is one of the first, with the size of another.
                    Some(_) => first + 1,
                    None => code.function_from(range.end),
                };
                debug.budget.pay(end.saturating_sub(first))?;
                for function in first..end.min(code.bodies.len()) {
                    let fits = entry_offset.is_some() && code.end(&code.bodies[function]) == range.end;
                    self.describe(
                        function,
                        Place {
                            unit: offset,
                            entry: entry_offset,
                            fits,
                        },
                    );
                }
                Ok(())
            })
        })
    }

    /// Takes note of a place, unless a better one is known.
    fn describe(&mut self, function: usize, place: Place) {
        let rank = |place: Place| (place.entry.is_some(), place.fits);
        let known = &mut self.functions[function];
        if known.is_none_or(|known| rank(known) < rank(place)) {
            *known = Some(place);
        }
    }

    /// Where a function is described.
    pub fn place(&self, function: usize) -> Option<Place> {
        *self.functions.get(function)?
    }

    /// The unit that an offset in `.debug_info` lies in.
    pub fn unit_at(&self, offset: usize) -> Option<usize> {
        let after = self.units.partition_point(|unit| *unit <= offset);
        self.units.get(after.checked_sub(1)?).copied()
    }
}
