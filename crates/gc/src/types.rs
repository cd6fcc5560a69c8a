//! Type infos: what compiled code and the collector read of an object's type.

use crate::memory::Memory;
use transom_layout::object::{INFO_DISPLAY_LEN, OLD_START, ObjectKind, TYPES_START, VmTypeInfo};

/// A type of objects.
#[derive(Clone, Debug)]
pub struct TypeShape<'a> {
    /// What its objects are.
    pub kind: ObjectKind,
    /// Bytes of a structure or exception; the logarithm of the bytes of an array's element.
    pub size: u32,
    /// Offsets of the references in a structure or exception. Of an array, not empty if its elements are references.
    pub references: &'a [u32],
    /// The type words of its supertypes, the root first.
    pub supertypes: &'a [u32],
}

/// The types of a heap.
#[derive(Debug)]
pub struct Types {
    next: u32,
    /// Offsets of references, of structures that are longer than a word of bits can say.
    lists: Vec<Box<[u32]>>,
}

impl Types {
    pub fn new() -> Types {
        Types {
            next: TYPES_START,
            lists: Vec::new(),
        }
    }

    /// Takes a type in; its type word. `None` if there are too many types.
    pub fn define(&mut self, memory: Memory, shape: &TypeShape<'_>) -> Option<u32> {
        let depth = shape.supertypes.len() as u32;
        let entries = INFO_DISPLAY_LEN.max(depth + 1);
        let word = self.next;
        let end = (word + size_of::<VmTypeInfo>() as u32 + 4 * entries).next_multiple_of(8);
        if end > OLD_START {
            return None;
        }
        self.next = end;
        let mut info = VmTypeInfo {
            kind: shape.kind as u32,
            size: shape.size,
            references: 0,
            reference_list: 0,
            depth,
        };
        if shape.kind == ObjectKind::Array {
            info.references = u64::from(!shape.references.is_empty());
        } else if shape.references.iter().all(|&offset| offset < 4 * 64) {
            info.references = shape
                .references
                .iter()
                .fold(0, |bits, &offset| bits | 1 << (offset / 4));
        } else {
            self.lists.push(shape.references.into());
            info.reference_list = self.lists.len() as u32;
        }
        // SAFETY: the info lies in the part of the region for infos, aligned, and nobody uses it yet.
        unsafe {
            memory.at(word).cast::<VmTypeInfo>().write(info);
            let display = memory.word(word + VmTypeInfo::DISPLAY as u32);
            for (index, &supertype) in shape.supertypes.iter().enumerate() {
                display.add(index).write(supertype);
            }
            display.add(depth as usize).write(word);
        }
        Some(word)
    }

    /// A list of offsets, by what `VmTypeInfo::reference_list` says.
    pub fn list(&self, number: u32) -> &[u32] {
        &self.lists[number as usize - 1]
    }

    /// Whether a word is that of a type, as far as its place can tell.
    pub fn is_type_word(&self, word: u32) -> bool {
        (TYPES_START..self.next).contains(&word) && word.is_multiple_of(8)
    }
}

/// The kind that an info names.
pub(crate) fn kind(kind: u32) -> ObjectKind {
    match kind {
        0 => ObjectKind::Struct,
        1 => ObjectKind::Array,
        2 => ObjectKind::Host,
        _ => ObjectKind::Exception,
    }
}
