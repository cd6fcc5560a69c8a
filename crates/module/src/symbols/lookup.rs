//! A lookup: the functions that are active at an address, and the lines where they are.

use super::entries::Entry;
use super::frame::FrameSymbol;
use super::index::Index;
use super::lines;
use super::meter::{Budget, Metered};
use super::sections::{Debug, Sections};
use gimli::{
    AttributeValue, DW_AT_MIPS_linkage_name, DW_AT_abstract_origin, DW_AT_call_column, DW_AT_call_file,
    DW_AT_call_line, DW_AT_linkage_name, DW_AT_name, DW_AT_specification, DW_TAG_inlined_subroutine,
    DW_TAG_subprogram, Result, Unit,
};

/// Steps that a lookup may take: about a tenth of a second. The line tables of the largest units need half.
const STEPS: u64 = 32 << 20;
/// How deep functions are inlined at most; what is further inside isn't told.
const MAX_INLINED: usize = 100;
/// How often an entry may refer to another for its name.
const MAX_HOPS: usize = 8;

/// A function that is active at the address.
struct Scope {
    depth: isize,
    name: Option<String>,
    /// Where it was inlined, if it was.
    call: FrameSymbol,
}

struct Lookup<'a> {
    debug: Debug<'a>,
    index: &'a Index,
}

/// The functions that are active at an address in a function, innermost first.
pub fn symbols(
    sections: &Sections,
    bytes: &[u8],
    index: &Index,
    (function, address): (usize, u64),
) -> Option<Vec<FrameSymbol>> {
    let place = index.place(function)?;
    let budget = Budget::new(STEPS);
    let lookup = Lookup {
        debug: sections.open(bytes, &budget),
        index,
    };
    let unit = lookup.debug.unit(place.unit).ok()?;
    let mut at = lines::at(&unit, &lookup.debug, address).unwrap_or_default();
    let mut found = Vec::new();
    let mut scopes = Vec::new();
    if let Some(entry) = place.entry {
        // The scopes that were found before something can't be read are right.
        let tags = [DW_TAG_subprogram, DW_TAG_inlined_subroutine];
        let _: Result<()> = lookup.debug.walk(&unit, Some(entry), &tags, |entry| {
            lookup.visit(&unit, entry, address, &mut scopes)
        });
    }
    for scope in scopes.into_iter().rev() {
        let name = scope.name;
        found.push(FrameSymbol { name, ..at });
        at = scope.call;
    }
    if found.is_empty() && at != FrameSymbol::default() {
        found.push(at);
    }
    Some(found)
}

impl<'a> Lookup<'a> {
    /// Adds an entry to the scopes if it is active at the address, in the innermost of them.
    fn visit(
        &self,
        unit: &Unit<Metered<'a>>,
        entry: &Entry<'a>,
        address: u64,
        scopes: &mut Vec<Scope>,
    ) -> Result<()> {
        let inside = scopes.last().is_none_or(|scope| scope.depth < entry.depth());
        let mut active = scopes.is_empty();
        if !inside || scopes.len() > MAX_INLINED {
            return Ok(());
        }
        if !active {
            self.debug.ranges(unit, entry, |range| {
                active |= range.contains(&address);
                Ok(())
            })?;
        }
        if active {
            scopes.push(Scope {
                depth: entry.depth(),
                name: self.name(unit, entry, MAX_HOPS),
                call: self.call(unit, entry),
            });
        }
        Ok(())
    }

    /// Where an entry says that it was inlined.
    fn call(&self, unit: &Unit<Metered<'a>>, entry: &Entry<'a>) -> FrameSymbol {
        let number = |name| entry.attr_value(name)?.udata_value();
        let position = |name| number(name).and_then(lines::position);
        let file = entry.attr(DW_AT_call_file).map(|attribute| attribute.value());
        let file = match file {
            Some(AttributeValue::FileIndex(file)) => self.debug.file(unit, file),
            _ => None,
        };
        FrameSymbol {
            name: None,
            file,
            line: position(DW_AT_call_line),
            column: position(DW_AT_call_column),
        }
    }

    /// The name of the function that an entry describes: the linker's if there is one, of this entry or of the one
    /// that it is an instance or the definition of.
    fn name(&self, unit: &Unit<Metered<'a>>, entry: &Entry<'a>, hops: usize) -> Option<String> {
        self.debug.budget.pay(entry.attrs().len()).ok()?;
        for name in [DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name] {
            if let Some(text) = entry
                .attr_value(name)
                .and_then(|value| self.debug.text(unit, value))
            {
                return Some(text);
            }
        }
        let hops = hops.checked_sub(1)?;
        let origin = entry.attr_value(DW_AT_abstract_origin);
        match origin.or_else(|| entry.attr_value(DW_AT_specification))? {
            AttributeValue::UnitRef(offset) => self.name(unit, &unit.entry(offset).ok()?, hops),
            AttributeValue::DebugInfoRef(offset) => {
                let other = self.debug.unit(self.index.unit_at(offset.0)?).ok()?;
                let offset = offset.to_unit_offset(&other.header)?;
                self.name(&other, &other.entry(offset).ok()?, hops)
            }
            _ => None,
        }
    }
}
