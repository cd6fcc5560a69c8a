//! Entries that describe functions, and the addresses that belong to them.

use super::meter::Metered;
use super::sections::Debug;
use core::ops::Range;
use gimli::{
    AttributeValue, DW_AT_high_pc, DW_AT_low_pc, DW_AT_ranges, DebuggingInformationEntry, DwTag, Result,
    Unit, UnitOffset,
};

/// An entry that was read.
pub type Entry<'a> = DebuggingInformationEntry<Metered<'a>>;

impl<'a> Debug<'a> {
    /// Gives `visit` the entries with one of the tags, among one and all that it contains; by default, all of the unit.
    ///
    /// # Errors
    ///
    /// One can't be read, the budget is used up, or `visit` fails.
    pub fn walk(
        &self,
        unit: &Unit<Metered<'a>>,
        start: Option<UnitOffset>,
        tags: &[DwTag],
        mut visit: impl FnMut(&Entry<'a>) -> Result<()>,
    ) -> Result<()> {
        let mut entries = unit.entries_raw(start)?;
        let mut entry = Entry::null();
        loop {
            entry.depth = entries.next_depth();
            entry.offset = entries.next_offset();
            if let Some(abbreviation) = entries.read_abbreviation()? {
                // Not all attributes take bytes.
                self.budget.pay(abbreviation.attributes().len())?;
                entry.tag = abbreviation.tag();
                if tags.contains(&entry.tag) {
                    entries.read_attributes(abbreviation.attributes(), &mut entry.attrs)?;
                    visit(&entry)?;
                } else {
                    entries.skip_attributes(abbreviation.attributes())?;
                }
            }
            if entries.next_depth() <= 0 {
                return Ok(());
            }
        }
    }

    /// Gives `visit` the ranges of addresses that an entry says are its own. Those without an end have one address.
    ///
    /// # Errors
    ///
    /// They can't be read, or `visit` fails.
    pub fn ranges(
        &self,
        unit: &Unit<Metered<'a>>,
        entry: &Entry<'a>,
        mut visit: impl FnMut(Range<u64>) -> Result<()>,
    ) -> Result<()> {
        let address = |value| self.dwarf.attr_address(unit, value);
        if let Some(ranges) = entry.attr_value(DW_AT_ranges)
            && let Some(mut list) = self.dwarf.attr_ranges(unit, ranges)?
        {
            while let Some(range) = list.next()? {
                visit(range.begin..range.end)?;
            }
            return Ok(());
        }
        let Some(begin) = entry.attr_value(DW_AT_low_pc).map(address).transpose()?.flatten() else {
            return Ok(());
        };
        let end = match entry.attr_value(DW_AT_high_pc) {
            None => None,
            Some(AttributeValue::Udata(length)) => begin.checked_add(length),
            Some(value) => address(value)?,
        };
        visit(begin..end.unwrap_or(begin.saturating_add(1)))
    }
}
