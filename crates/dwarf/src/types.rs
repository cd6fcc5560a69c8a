//! Types: what kinds there are, and what a type is under however many names.

use gimli::UnitOffset;
use gimli::constants::*;
use gimli::write::UnitEntryId;
use std::collections::HashMap;

/// How many entries a name of a type, or an instance of something, leads to at most until there is one of its own. Debuggers would follow
/// those that lead to themselves for ever, so what leads to more leads to nothing.
pub const MAX_HOPS: usize = 16;

/// Types that lead to an address.
pub const POINTERS: [DwTag; 3] = [
    DW_TAG_pointer_type,
    DW_TAG_reference_type,
    DW_TAG_rvalue_reference_type,
];

/// Types that are another one under a name, or with a quality.
pub const NAMES: [DwTag; 5] = [
    DW_TAG_const_type,
    DW_TAG_volatile_type,
    DW_TAG_restrict_type,
    DW_TAG_atomic_type,
    DW_TAG_typedef,
];

/// Types of data.
pub const DATA: [DwTag; 9] = [
    DW_TAG_base_type,
    DW_TAG_pointer_type,
    DW_TAG_reference_type,
    DW_TAG_rvalue_reference_type,
    DW_TAG_structure_type,
    DW_TAG_class_type,
    DW_TAG_union_type,
    DW_TAG_enumeration_type,
    DW_TAG_array_type,
];

/// What belongs to a type.
pub const PARTS: [DwTag; 4] = [
    DW_TAG_member,
    DW_TAG_inheritance,
    DW_TAG_enumerator,
    DW_TAG_subrange_type,
];

/// Types whose data can be elsewhere.
pub const PLACED: [DwTag; 4] = [
    DW_TAG_structure_type,
    DW_TAG_class_type,
    DW_TAG_union_type,
    DW_TAG_array_type,
];

/// A type that was read.
pub struct Type {
    pub tag: DwTag,
    /// The type that it is made of, such as that which it is a pointer to, or a name of.
    pub target: Option<UnitOffset>,
    pub parent: UnitEntryId,
    /// Whether it has parts.
    pub has_parts: bool,
}

/// The types of a unit, by their offsets in it.
#[derive(Default)]
pub struct Types(pub HashMap<UnitOffset, Type>);

impl Types {
    /// The type of data that a type is, under however many names.
    pub fn data(&self, mut offset: UnitOffset) -> Option<UnitOffset> {
        for _ in 0..MAX_HOPS {
            let ty = self.0.get(&offset)?;
            if !NAMES.contains(&ty.tag) {
                return Some(offset);
            }
            offset = ty.target?;
        }
        None
    }

    /// Whether names of types end, if with nothing.
    pub fn ends(&self, mut offset: UnitOffset) -> bool {
        for _ in 0..MAX_HOPS {
            match self.0.get(&offset) {
                Some(ty) if NAMES.contains(&ty.tag) => match ty.target {
                    Some(target) => offset = target,
                    None => return true,
                },
                _ => return true,
            }
        }
        false
    }

    /// Whether the data of a type can be elsewhere. Of structures without parts, they can't.
    pub fn is_placed(&self, offset: UnitOffset) -> bool {
        let ty = self.data(offset).and_then(|data| self.0.get(&data));
        ty.is_some_and(|ty| PLACED.contains(&ty.tag) && ty.has_parts)
    }
}
