//! Objects of the garbage-collected heap: what compiled code, the collector and the runtime agree on.
//!
//! # References
//! A reference is a 32-bit offset from the base of the store's heap region; 0 is null. Objects are aligned to 8
//! bytes, so their references are even; an odd one is an `i31`: its value shifted left by one, plus 1.
//!
//! # Objects
//! An object begins with its *type word*: the offset, in the same region, of the [`VmTypeInfo`] of the type that it was
//! made with. While the collector runs, the word of an object that has moved is its new reference plus 1. A
//! structure's fields follow at the offsets that [`StructLayout`] gives; an array's length lies at
//! [`ARRAY_LENGTH`], its elements from [`ARRAY_ELEMENTS`] on.
//!
//! # The region
//! Below the base lie two tables of the collector, with one byte for each card of [`CARD_SIZE`] bytes: the card table, which
//! the write barrier marks, and the table of object starts. From the base on:
//!
//! | from | to | what |
//! |---|---|---|
//! | 0 | [`TYPES_START`] | never accessible: a field of null faults |
//! | [`TYPES_START`] | [`OLD_START`] | type infos |
//! | [`OLD_START`] | [`NURSERY_START`] | old and large objects |
//! | [`NURSERY_START`] | [`REGION_SIZE`] | young objects |
//!
//! Behind the region is room that is never accessible, so that no field of any reference lies outside.
//!
//! # The write barrier
//! Whoever stores a reference into an object that is not young marks a card if the value is young: a structure's
//! own card (that of its first byte), or the card of an array's element. Initialising an object that has just been
//! allocated needs no barrier: it is young, or the allocation has marked its cards.

/// Bytes from the base of a heap region to its end.
pub const REGION_SIZE: u64 = 1 << 32;
/// Bytes behind the region that are never accessible. No structure is longer.
pub const REGION_GUARD: u64 = 1 << 20;
/// Where type infos begin.
pub const TYPES_START: u32 = 1 << 20;
/// Where old objects begin.
pub const OLD_START: u32 = 64 << 20;
/// Where young objects begin. Every reference from here on is to a young object, and no other is.
pub const NURSERY_START: u32 = 0xfc00_0000;
/// The first offset behind the last young object.
pub const NURSERY_END: u32 = 0xffff_0000;

/// Bytes that one byte of the card table stands for.
pub const CARD_SIZE: u32 = 1 << CARD_SHIFT;
/// Its logarithm.
pub const CARD_SHIFT: u32 = 9;
/// Bytes of the card table, which ends at the base.
pub const CARDS_SIZE: u64 = REGION_SIZE >> CARD_SHIFT;
/// Bytes of both tables below the base.
pub const SIDE_TABLES_SIZE: u64 = 2 * CARDS_SIZE;
/// What a marked card holds; others hold 0.
pub const CARD_MARKED: u8 = 1;

/// Objects larger than this never lie in the nursery, and never move.
pub const LARGE_OBJECT: u32 = 16 << 10;
/// The longest array, in bytes.
pub const MAX_ARRAY_SIZE: u64 = 1 << 31;
/// Alignment of objects.
pub const OBJECT_ALIGN: u32 = 8;

/// Offset of an array's length, in elements.
pub const ARRAY_LENGTH: i32 = 4;
/// Offset of an array's first element.
pub const ARRAY_ELEMENTS: i32 = 8;
/// Offset of the word in a host object: the number by which the store knows the host's value.
pub const HOST_VALUE: i32 = 4;

/// The nursery's free part, as references: the next object goes to `next` if it ends at `limit` or before.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VmNursery {
    /// Where the next object goes.
    pub next: u32,
    /// Where the free part ends.
    pub limit: u32,
}

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ObjectKind {
    /// A structure.
    Struct = 0,
    /// An array.
    Array = 1,
    /// A value of the host's.
    Host = 2,
    /// An exception.
    Exception = 3,
}

impl ObjectKind {
    /// Kinds up to this one are below `eq`.
    pub const LAST_EQ: ObjectKind = ObjectKind::Array;
}

/// How many supertypes a type info holds at least.
pub const INFO_DISPLAY_LEN: u32 = 8;

/// What is known at run time of the type of objects. It lies in the region, and is followed by as many entries of the
/// display as the type is deep, [`INFO_DISPLAY_LEN`] at least: the type words of its supertypes by depth, itself
/// among them, and zeros.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmTypeInfo {
    /// An [`ObjectKind`].
    pub kind: u32,
    /// Bytes of a structure, rounded up to the alignment of objects; of an array, the logarithm of an element's bytes.
    pub size: u32,
    /// Which 4-byte words of a structure hold references, if it has no more than 64 words; of an array, not zero if its
    /// elements are references.
    pub references: u64,
    /// Position of the offsets of references among the collector's lists, plus 1; 0 where `references` says it all.
    pub reference_list: u32,
    /// How many supertypes there are above the type.
    pub depth: u32,
}

impl VmTypeInfo {
    /// Offset of `kind`.
    pub const KIND: i32 = core::mem::offset_of!(Self, kind) as i32;
    /// Offset of `depth`.
    pub const DEPTH: i32 = core::mem::offset_of!(Self, depth) as i32;
    /// Offset of the display.
    pub const DISPLAY: i32 = size_of::<Self>() as i32;
}

/// A tag as compiled code sees it: what exceptions of the tag hold.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VmTag {
    /// Index of the tag in its store: equal for equal tags.
    pub id: u32,
    /// The type word of its exceptions.
    pub ty: u32,
}

impl VmTag {
    /// Offset of `id`.
    pub const ID: i32 = core::mem::offset_of!(Self, id) as i32;
    /// Offset of `ty`.
    pub const TY: i32 = core::mem::offset_of!(Self, ty) as i32;
}

/// What a field holds, to the machine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FieldClass {
    /// 8 bits.
    I8,
    /// 16 bits.
    I16,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 128-bit vector.
    V128,
    /// The address of a function reference.
    Function,
    /// A reference to an object.
    Object,
}

impl FieldClass {
    /// Bytes of a field.
    pub fn size(self) -> u32 {
        1 << self.size_log2()
    }

    /// The logarithm of its bytes.
    pub fn size_log2(self) -> u32 {
        match self {
            FieldClass::I8 => 0,
            FieldClass::I16 => 1,
            FieldClass::I32 | FieldClass::F32 | FieldClass::Object => 2,
            FieldClass::I64 | FieldClass::F64 | FieldClass::Function => 3,
            FieldClass::V128 => 4,
        }
    }
}

/// Where the fields of a structure lie.
///
/// Fields are placed one after the other, each at the lowest place that is free, large enough and aligned (vectors to 8
/// bytes). So a structure's fields lie where its supertype's do, and small fields fill the gaps that large ones
/// leave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StructLayout {
    /// Offsets of the fields.
    pub offsets: Vec<u32>,
    /// Bytes of the whole structure, a multiple of the alignment of objects.
    pub size: u32,
}

impl StructLayout {
    /// The layout of structures with these fields.
    pub fn new(fields: impl IntoIterator<Item = FieldClass>) -> StructLayout {
        StructLayout::after(ARRAY_LENGTH as u32, fields)
    }

    /// The layout of exceptions with this payload: their tag's number comes first.
    pub fn of_exception(payload: impl IntoIterator<Item = FieldClass>) -> StructLayout {
        StructLayout::after(EXCEPTION_TAG as u32 + 4, payload)
    }

    fn after(mut end: u32, fields: impl IntoIterator<Item = FieldClass>) -> StructLayout {
        // Free places below `end`, by the logarithm of their size: aligned to it, at most one of each size.
        let mut gaps = [None; 3];
        let mut offsets = Vec::new();
        for field in fields {
            let log2 = field.size_log2();
            let size = 1 << log2;
            let found = (log2 as usize..3).find(|&gap| gaps[gap].is_some());
            let offset = match found.and_then(|gap| gaps[gap].take().map(|at: u32| (at, gap))) {
                Some((at, gap)) => {
                    for (rest, free) in gaps.iter_mut().enumerate().take(gap).skip(log2 as usize) {
                        *free = Some(at + (1 << rest));
                    }
                    at
                }
                None => {
                    let align = size.min(OBJECT_ALIGN);
                    let mut at = end;
                    while !at.is_multiple_of(align) {
                        let gap = at.trailing_zeros() as usize;
                        gaps[gap] = Some(at);
                        at += 1 << gap;
                    }
                    end = at + size;
                    at
                }
            };
            offsets.push(offset);
        }
        StructLayout {
            offsets,
            size: end.next_multiple_of(OBJECT_ALIGN),
        }
    }
}

/// Offset of the number of an exception's tag.
pub const EXCEPTION_TAG: i32 = 4;

/// Bytes of an array of `length` elements, rounded up to the alignment of objects.
pub fn array_size(length: u32, element_log2: u32) -> u64 {
    let size = ARRAY_ELEMENTS as u64 + (u64::from(length) << element_log2);
    size.next_multiple_of(u64::from(OBJECT_ALIGN))
}

/// The reference that an `i31` is, of its value's low 31 bits.
pub fn i31(value: u32) -> u32 {
    value << 1 | 1
}

#[cfg(test)]
mod tests;
