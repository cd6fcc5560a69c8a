//! Representations of values: in memory, and as core values.
//!
//! See "Alignment", "Element Size" and "Flattening" of the canonical ABI. Pointers have 32 bits.

use super::definitions::FlatType;
use std::sync::LazyLock;

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
}

impl Layout {
    pub(super) fn scalar(size: u32, flat: FlatType, is_bytes: bool) -> Layout {
        Layout {
            size,
            align: size,
            flat: Some([flat].into()),
            is_bytes,
            has_borrow: false,
        }
    }

    pub(super) fn pointer_and_length() -> Layout {
        Layout {
            size: 8,
            align: 4,
            flat: Some([FlatType::I32; 2].into()),
            is_bytes: false,
            has_borrow: false,
        }
    }
}

/// The layouts of what is not defined: by size, whether it is a float, and whether each bit pattern is a value.
pub(super) static SCALARS: LazyLock<[Layout; 9]> = LazyLock::new(|| {
    use FlatType::{F32, F64, I32, I64};
    [
        Layout::scalar(1, I32, false),
        Layout::scalar(1, I32, true),
        Layout::scalar(2, I32, true),
        Layout::scalar(4, I32, true),
        Layout::scalar(8, I64, true),
        // A NaN may be replaced by another, and need not.
        Layout::scalar(4, F32, true),
        Layout::scalar(8, F64, true),
        Layout::scalar(4, I32, false),
        Layout::pointer_and_length(),
    ]
});
