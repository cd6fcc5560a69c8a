//! Where the DWARF sections of a module are.

use super::meter::{Budget, Metered};
use crate::bodies::to_usize;
use core::ops::Range;
use gimli::{DebugInfoOffset, Dwarf, DwarfSections, Unit};
use wasmparser::{Parser, Payload};

/// Steps that opening a unit may take. What is read then is kept as long as the unit is open, so this bounds memory
/// too; the largest units of whole-program builds need a tenth.
const OPEN_STEPS: u64 = 1 << 20;

/// The sections, as ranges of the module's bytes.
#[derive(Debug)]
pub struct Sections {
    /// Where the code section's content begins, from which addresses count.
    pub code_start: usize,
    ranges: DwarfSections<Range<usize>>,
}

impl Sections {
    /// Finds them, if there are any that something can be found in.
    pub fn find(bytes: &[u8]) -> Option<Sections> {
        let mut named: Vec<(&str, Range<usize>)> = Vec::new();
        let mut code_start = None;
        for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
            match payload {
                Payload::CodeSectionStart { unchecked_range, .. } => {
                    code_start = usize::try_from(unchecked_range.start).ok();
                }
                Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                    let range = section.data_offset()..section.range().end;
                    named.push((section.name(), to_usize(&range)));
                }
                _ => {}
            }
        }
        let range = |name: &str| {
            let found = named.iter().find(|(known, _)| *known == name);
            found.map_or(0..0, |(_, range)| range.clone())
        };
        let load = |id: gimli::SectionId| Ok::<_, gimli::Error>(range(id.name()));
        if range(".debug_info").is_empty() {
            return None;
        }
        Some(Sections {
            code_start: code_start?,
            ranges: DwarfSections::load(load).ok()?,
        })
    }

    /// The number of bytes that the sections have.
    pub fn len(&self) -> u64 {
        let mut total = 0;
        self.ranges.borrow(|range| total += range.len() as u64);
        total
    }

    /// The content of the sections.
    pub fn open<'a>(&'a self, bytes: &'a [u8], budget: &'a Budget) -> Debug<'a> {
        let section = |range: &Range<usize>| Metered::new(bytes.get(range.clone()).unwrap_or(&[]), budget);
        Debug {
            dwarf: self.ranges.borrow(section),
            budget,
        }
    }
}

/// The content of the sections, and the budget on which it is read.
pub struct Debug<'a> {
    /// The sections.
    pub dwarf: Dwarf<Metered<'a>>,
    /// What reading them may take.
    pub budget: &'a Budget,
}

impl<'a> Debug<'a> {
    /// Opens the unit at an offset of the section `.debug_info`.
    ///
    /// # Errors
    ///
    /// There is none, or it takes too long.
    pub fn unit(&self, offset: usize) -> gimli::Result<Unit<Metered<'a>>> {
        self.budget.within(OPEN_STEPS, || {
            let header = self.dwarf.unit_header(DebugInfoOffset(offset))?;
            self.dwarf.unit(header)
        })
    }
}
