//! Units: for each one of the module's that functions of the code are of, one with their lines and entries.

use crate::attributes::Attributes;
use crate::entries::{Entries, Members};
use crate::image::{Code, Image};
use crate::lines::{Lines, Row, body_start};
use crate::places::Places;
use crate::source::{Made, Source, text};
use gimli::write::{Address, AttributeValue, Dwarf, Range, RangeList, StringTable};
use gimli::{DW_AT_comp_dir, DW_AT_language, DW_AT_low_pc, DW_AT_name, DW_AT_producer, DW_AT_ranges};
use std::collections::BTreeMap;
use transom_module::{Budget, Module};

/// Steps per byte of the module's DWARF that all may take. Lines and entries are each read about twice.
const STEPS_PER_BYTE: u64 = 8;

/// The most entries that are written for an image: each takes some hundred bytes while it is made.
const MAX_ENTRIES: usize = 2 << 20;

/// Adds all units.
pub fn add(dwarf: &mut Dwarf, image: &Image<'_>, module: &Module) {
    let budget = Budget::new(module.debug_info_len().saturating_mul(STEPS_PER_BYTE));
    let Some(reader) = module.debug_info(&budget) else {
        return;
    };
    let mut units: BTreeMap<usize, Members> = BTreeMap::new();
    for (position, code) in image.functions.iter().enumerate() {
        let place = code.function.and_then(|function| reader.place(function.index()));
        if let Some(place) = place {
            units.entry(place.unit).or_default().push((position, place.entry));
        }
    }
    // Frames have the context in the same slot, if they have it at all.
    let values = |code: &Code<'_>| Some(code.frame?.values.as_ref()?.context);
    let context = image.functions.iter().find_map(values);
    let places = context.map(|context| Places::new(module, context));
    let mut room = MAX_ENTRIES;
    for (offset, members) in units {
        let Ok(read) = reader.debug.unit(offset) else {
            continue;
        };
        let source = Source {
            image,
            module,
            reader: &reader,
            read: &read,
        };
        let mut unit = source.lines(&members);
        source.describe(&mut unit, &mut dwarf.strings);
        source.ranges(&mut unit, &members);
        let attributes = Attributes {
            source: &source,
            unit: &mut unit,
            strings: &mut dwarf.strings,
        };
        Entries::add(attributes, places.as_ref(), &mut room, &members);
        dwarf.units.add(unit.unit);
    }
}

impl Source<'_, '_> {
    /// The unit with the lines of functions, and nothing else.
    fn lines(&self, members: &Members) -> Made {
        let path = self.reader.debug.source_file(self.read).unwrap_or_default();
        let mut made = Made::new(path);
        let lines = Lines::read(self.read);
        for &(position, _) in members {
            let code = &self.image.functions[position];
            self.function_lines(&mut made, &lines, code);
        }
        made
    }

    fn function_lines(&self, made: &mut Made, lines: &Lines, code: &Code<'_>) {
        let Some(function) = code.function else { return };
        let body = body_start(self.module, function);
        let rows = lines.rows(&code.locations, body, self.reader.code_start);
        if rows.is_empty() {
            return;
        }
        let address = Address::Constant(self.image.address(code));
        made.unit.line_program.begin_sequence(Some(address));
        for row in rows {
            self.row(made, &row);
        }
        made.unit.line_program.end_sequence(u64::from(code.len()));
    }

    fn row(&self, made: &mut Made, row: &Row) {
        let segment = row.segment;
        let file = segment.and_then(|segment| made.file(self, segment.file));
        let primary = made.primary;
        let to = made.unit.line_program.row();
        to.address_offset = u64::from(row.offset);
        to.is_statement = row.statement;
        match (segment, file) {
            (Some(segment), Some(file)) => {
                to.file = file;
                to.line = u64::from(segment.line);
                to.column = u64::from(segment.column);
            }
            _ => (to.file, to.line, to.column) = (primary, 0, 0),
        }
        made.unit.line_program.generate_row();
    }

    /// Copies what the module says of the unit as a whole.
    fn describe(&self, made: &mut Made, strings: &mut StringTable) {
        let debug = &self.reader.debug;
        let mut entries = self.read.entries();
        let root = entries.next_dfs().ok().flatten();
        let attribute = |name| root.and_then(|root| root.attr_value(name));
        let texts = [
            (
                DW_AT_producer,
                attribute(DW_AT_producer).and_then(|value| debug.text(self.read, value)),
            ),
            (DW_AT_name, debug.source_file(self.read)),
            (
                DW_AT_comp_dir,
                attribute(DW_AT_comp_dir).and_then(|value| debug.text(self.read, value)),
            ),
        ];
        let to = made.unit.get_mut(made.unit.root());
        for (name, found) in texts {
            if let Some(found) = found {
                to.set(name, AttributeValue::StringRef(strings.add(text(found))));
            }
        }
        if let Some(gimli::AttributeValue::Language(language)) = attribute(DW_AT_language) {
            to.set(DW_AT_language, AttributeValue::Language(language));
        }
    }

    /// The addresses of all functions.
    fn ranges(&self, made: &mut Made, members: &Members) {
        let ranges = members.iter().map(|&(position, _)| {
            let code = &self.image.functions[position];
            Range::StartLength {
                begin: Address::Constant(self.image.address(code)),
                length: u64::from(code.len()),
            }
        });
        let list = made.unit.ranges.add(RangeList(ranges.collect()));
        let root = made.unit.get_mut(made.unit.root());
        root.set(DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
        root.set(DW_AT_ranges, AttributeValue::RangeListRef(list));
    }
}
