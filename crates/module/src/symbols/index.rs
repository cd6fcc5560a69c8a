//! The index: which unit, and which entry in it, describes a function of the module.

use super::meter::{Budget, Metered};
use super::sections::{Debug, Sections};
use crate::FunctionBody;
use core::ops::Range;
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
        let Some(offset) = usize::try_from(address)
            .ok()
            .and_then(|at| at.checked_add(self.start))
        else {
            return self.bodies.len();
        };
        self.bodies.partition_point(|body| body.range.end <= offset)
    }

    /// The functions that begin in a range of addresses. Compilers put functions that were removed at address zero, where
    /// there is no code, or beyond the end of it.
    fn functions(&self, range: Range<u64>) -> Range<usize> {
        let first = self.function_from(range.start);
        match range.start {
            0 => 0..0,
            _ => {
                first
                    ..self
                        .function_from(range.end.saturating_sub(1))
                        .saturating_add(1)
                        .min(self.bodies.len())
            }
        }
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
            let whole = entry.tag() != DW_TAG_subprogram;
            debug.ranges(unit, entry, |range| {
                let functions = code.functions(range);
                debug.budget.pay(functions.len())?;
                for place in self.functions.get_mut(functions).unwrap_or_default() {
                    if place.is_none_or(|place| place.entry.is_none() && !whole) {
                        *place = Some(Place {
                            unit: offset,
                            entry: (!whole).then_some(entry.offset()),
                        });
                    }
                }
                Ok(())
            })
        })
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
