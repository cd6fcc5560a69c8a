//! Attributes of entries, as far as they mean the same for machine code: names, positions, numbers, and references to other entries.

use crate::source::{Made, Source, text};
use gimli::UnitOffset;
use gimli::constants::*;
use gimli::write::{AttributeValue, StringTable, UnitEntryId};
use std::collections::HashMap;
use transom_module::Metered;

/// Entries that were copied, by their offsets in the unit that is read.
pub type Copies = HashMap<UnitOffset, UnitEntryId>;

/// An attribute's value that was read.
pub type Value<'a> = gimli::AttributeValue<Metered<'a>>;

/// Copies attributes of a unit's entries.
pub struct Attributes<'e, 's, 'a> {
    pub source: &'e Source<'s, 'a>,
    pub unit: &'e mut Made,
    pub strings: &'e mut StringTable,
}

/// Names.
const TEXTS: [DwAt; 3] = [DW_AT_name, DW_AT_linkage_name, DW_AT_MIPS_linkage_name];

/// Files of the line table.
const FILES: [DwAt; 2] = [DW_AT_decl_file, DW_AT_call_file];

/// Numbers, among them codes.
const NUMBERS: [DwAt; 23] = [
    DW_AT_byte_size,
    DW_AT_bit_size,
    DW_AT_bit_offset,
    DW_AT_data_bit_offset,
    DW_AT_byte_stride,
    DW_AT_alignment,
    DW_AT_count,
    DW_AT_lower_bound,
    DW_AT_upper_bound,
    DW_AT_const_value,
    DW_AT_default_value,
    DW_AT_data_member_location,
    DW_AT_encoding,
    DW_AT_endianity,
    DW_AT_accessibility,
    DW_AT_virtuality,
    DW_AT_inline,
    DW_AT_calling_convention,
    DW_AT_discr_value,
    DW_AT_decl_line,
    DW_AT_decl_column,
    DW_AT_call_line,
    DW_AT_call_column,
];

/// Flags.
const FLAGS: [DwAt; 9] = [
    DW_AT_external,
    DW_AT_declaration,
    DW_AT_prototyped,
    DW_AT_artificial,
    DW_AT_explicit,
    DW_AT_enum_class,
    DW_AT_export_symbols,
    DW_AT_GNU_vector,
    DW_AT_noreturn,
];

/// References to entries of the unit.
const REFERENCES: [DwAt; 7] = [
    DW_AT_type,
    DW_AT_specification,
    DW_AT_abstract_origin,
    DW_AT_containing_type,
    DW_AT_object_pointer,
    DW_AT_discr,
    DW_AT_import,
];

impl<'a> Attributes<'_, '_, 'a> {
    /// Copies an attribute, if it means something here. References lead to `copies`; those to other entries are left out.
    pub fn copy(&mut self, id: UnitEntryId, name: DwAt, value: Value<'a>, copies: &Copies) {
        let value = if TEXTS.contains(&name) {
            self.text(value)
        } else if FILES.contains(&name) {
            self.file(&value)
        } else if NUMBERS.contains(&name) {
            number(&value)
        } else if FLAGS.contains(&name) {
            flag(&value)
        } else if REFERENCES.contains(&name) {
            let target = self.target(&value);
            let copy = target.and_then(|target| copies.get(&target));
            copy.map(|&copy| AttributeValue::UnitRef(copy))
        } else {
            None
        };
        if let Some(value) = value {
            self.unit.unit.get_mut(id).set(name, value);
        }
    }

    fn text(&mut self, value: Value<'a>) -> Option<AttributeValue> {
        let found = self.source.reader.debug.text(self.source.read, value)?;
        Some(AttributeValue::StringRef(self.strings.add(text(found))))
    }

    fn file(&mut self, value: &Value<'a>) -> Option<AttributeValue> {
        let Value::FileIndex(number) = *value else {
            return None;
        };
        let file = self.unit.file(self.source, number)?;
        Some(AttributeValue::FileIndex(Some(file)))
    }

    /// The entry of the unit that an attribute refers to, if it does.
    pub fn target(&self, value: &Value<'a>) -> Option<UnitOffset> {
        match *value {
            Value::UnitRef(offset) => Some(offset),
            Value::DebugInfoRef(offset) => offset.to_unit_offset(&self.source.read.header),
            _ => None,
        }
    }
}

fn flag(value: &Value<'_>) -> Option<AttributeValue> {
    match *value {
        Value::Flag(flag) => Some(AttributeValue::Flag(flag)),
        _ => None,
    }
}

/// A number as it is.
fn number(value: &Value<'_>) -> Option<AttributeValue> {
    Some(match *value {
        Value::Data1(data) => AttributeValue::Data1(data),
        Value::Data2(data) => AttributeValue::Data2(data),
        Value::Data4(data) => AttributeValue::Data4(data),
        Value::Data8(data) => AttributeValue::Data8(data),
        Value::Sdata(data) => AttributeValue::Sdata(data),
        Value::Udata(data) => AttributeValue::Udata(data),
        Value::Encoding(encoding) => AttributeValue::Encoding(encoding),
        Value::Endianity(endianity) => AttributeValue::Endianity(endianity),
        Value::Accessibility(accessibility) => AttributeValue::Accessibility(accessibility),
        Value::Virtuality(virtuality) => AttributeValue::Virtuality(virtuality),
        Value::Inline(inline) => AttributeValue::Inline(inline),
        Value::CallingConvention(convention) => AttributeValue::CallingConvention(convention),
        _ => return None,
    })
}
