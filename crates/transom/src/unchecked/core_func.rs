//! Core functions whose types have been compared with those of the canonical ABI.
//!
//! Only `numeric` makes them, and calls them.

use transom_vm::FuncPtr;
use transom_vm::layout::VmValue;

/// The maximum number of values of a call: parameters, and a pointer to results.
pub(crate) const MAX_NUMBERS: usize = 17;

/// A number where compiled code leaves and finds it. Bits above those of its type have no meaning.
#[repr(transparent)]
#[derive(Clone, Copy, Default)]
pub(crate) struct Number(VmValue);

impl Number {
    /// The bits of the number.
    #[inline(always)]
    pub fn get(&self) -> u64 {
        u64::from_le_bytes(self.0.bytes[..8].try_into().expect("eight bytes"))
    }

    /// The bits of a number that has 32. It was written as such, and to read more than was written last would wait until that is in the cache.
    #[inline(always)]
    pub fn word(&self) -> u32 {
        u32::from_le_bytes(self.0.bytes[..4].try_into().expect("four bytes"))
    }

    /// Replaces the number.
    #[inline(always)]
    pub fn set(&mut self, number: u64) {
        self.0.bytes[..8].copy_from_slice(&number.to_le_bytes());
    }
}

/// As many numbers as a call may have.
pub(crate) type Numbers = [Number; MAX_NUMBERS];

/// A function that takes numbers and gives at most one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreFunc {
    pub(super) function: FuncPtr,
    /// The address of the adapter that enters it.
    pub(super) enter: usize,
    /// How many numbers the parameters are, or the result, whichever are more.
    pub(super) numbers: u8,
}
