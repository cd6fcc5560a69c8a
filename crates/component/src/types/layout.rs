//! Representations of values: in memory, and as core values.
//!
//! See "Alignment", "Element Size" and "Flattening" of the canonical ABI. Pointers have 32 bits.

use super::definitions::FlatType;
use std::sync::{Arc, LazyLock};

/// More core values than this are passed in memory, where they are parameters.
pub const MAX_FLAT_PARAMS: usize = 16;
/// More core values than this are passed in memory, where they are results.
pub const MAX_FLAT_RESULTS: usize = 1;

/// The representations of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Bytes in memory.
    pub size: u32,
    /// The alignment in memory, in bytes.
    pub align: u32,
    /// The core values. `None` if there are more than [`MAX_FLAT_PARAMS`].
    pub flat: Option<Box<[FlatType]>>,
    /// Whether each bit pattern of `size` bytes is a value and its own representation, so that values are copied as bytes.
    pub is_bytes: bool,
    /// Whether there is a borrowed handle in it.
    pub has_borrow: bool,
    /// How a value is passed from one memory to another. `None` if it refers to something, or has cases with payloads.
    pub moves: Option<Arc<[Move]>>,
}

/// A part of a value that is passed from one memory to another. Bytes between the parts are padding, which is never passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// Any bytes.
    Bytes {
        /// Where.
        offset: u32,
        /// How many.
        size: u32,
    },
    /// A byte that becomes 0 or 1.
    Bool(u32),
    /// Four bytes that must be a character.
    Char(u32),
    /// The number of a case.
    Case {
        /// Where.
        offset: u32,
        /// In how many bytes.
        size: u32,
        /// How many cases there are.
        count: u32,
    },
    /// Flags.
    Flags {
        /// Where.
        offset: u32,
        /// In how many bytes.
        size: u32,
        /// Those that there are.
        mask: u32,
    },
}

impl Move {
    /// Which bytes of a value it is.
    pub fn range(&self) -> std::ops::Range<usize> {
        let (offset, size) = match *self {
            Move::Bytes { offset, size }
            | Move::Case { offset, size, .. }
            | Move::Flags { offset, size, .. } => (offset, size),
            Move::Bool(offset) => (offset, 1),
            Move::Char(offset) => (offset, 4),
        };
        offset as usize..offset as usize + size as usize
    }

    /// The same, at a later place.
    pub(super) fn moved(self, by: u32) -> Move {
        match self {
            Move::Bytes { offset, size } => Move::Bytes {
                offset: offset.saturating_add(by),
                size,
            },
            Move::Bool(offset) => Move::Bool(offset.saturating_add(by)),
            Move::Char(offset) => Move::Char(offset.saturating_add(by)),
            Move::Case { offset, size, count } => Move::Case {
                offset: offset.saturating_add(by),
                size,
                count,
            },
            Move::Flags { offset, size, mask } => Move::Flags {
                offset: offset.saturating_add(by),
                size,
                mask,
            },
        }
    }
}

impl Layout {
    pub(super) fn scalar(size: u32, flat: FlatType, is_bytes: bool) -> Layout {
        Layout {
            size,
            align: size,
            flat: Some([flat].into()),
            is_bytes,
            has_borrow: false,
            moves: is_bytes.then(|| [Move::Bytes { offset: 0, size }].into()),
        }
    }

    /// The same, with another way of being passed.
    pub(super) fn with_move(self, one: Move) -> Layout {
        Layout {
            moves: Some([one].into()),
            ..self
        }
    }

    pub(super) fn pointer_and_length() -> Layout {
        Layout {
            size: 8,
            align: 4,
            flat: Some([FlatType::I32; 2].into()),
            is_bytes: false,
            has_borrow: false,
            moves: None,
        }
    }
}

/// The layouts of what is not defined: by size, whether it is a float, and whether each bit pattern is a value.
pub(super) static SCALARS: LazyLock<[Layout; 10]> = LazyLock::new(|| {
    use FlatType::{F32, F64, I32, I64};
    [
        Layout::scalar(1, I32, false).with_move(Move::Bool(0)),
        Layout::scalar(1, I32, true),
        Layout::scalar(2, I32, true),
        Layout::scalar(4, I32, true),
        Layout::scalar(8, I64, true),
        // A NaN may be replaced by another, and need not.
        Layout::scalar(4, F32, true),
        Layout::scalar(8, F64, true),
        Layout::scalar(4, I32, false).with_move(Move::Char(0)),
        Layout::pointer_and_length(),
        Layout::scalar(4, I32, false),
    ]
});
