//! Core functions whose types have been compared with those of the canonical ABI.
//!
//! Only `numeric` makes them, and calls them.

use transom_vm::FuncPtr;

/// The maximum number of values of a call: parameters, and a pointer to results.
pub(crate) const MAX_NUMBERS: usize = 17;

/// The bits of numbers. Bits above those of a number's type have no meaning.
pub(crate) type Numbers = [u64; MAX_NUMBERS];

/// A function that takes numbers and gives at most one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreFunc {
    pub(super) function: FuncPtr,
    /// The address of the adapter that enters it.
    pub(super) enter: usize,
    pub(super) params: u8,
    /// Whether the result, if there is one, has 64 bits.
    pub(super) is_wide: bool,
}
