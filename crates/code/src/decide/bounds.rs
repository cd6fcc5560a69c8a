//! How an access to a linear memory is kept in bounds.

use crate::{MemoryStyle, Tunables};
use transom_types::MemoryType;

/// How an access at a constant offset from an index is kept in bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Every address that the access may touch lies in the memory's reservation or its guard: no check.
    Guard,
    /// The end of the access is compared with the memory's length.
    Length,
}

impl Check {
    /// The check of an access of `size` bytes at a constant offset.
    pub fn of(tunables: &Tunables, memory: &MemoryType, offset: u64, size: u32) -> Check {
        let reserved = tunables.memory_style(memory) == MemoryStyle::Reserved;
        let end = offset.checked_add(u64::from(size));
        match reserved && end.is_some_and(|end| end <= tunables.memory_guard) {
            true => Check::Guard,
            false => Check::Length,
        }
    }

    /// The offset as the displacement of an instruction, if it may be one. A displacement is signed and not checked: an offset that
    /// is not a positive one, or is not covered by the guard, has to be added.
    pub fn displacement(self, offset: u64) -> Option<i32> {
        i32::try_from(offset).ok().filter(|_| self == Check::Guard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use transom_types::Limits;

    fn memory(index64: bool) -> MemoryType {
        MemoryType {
            index64,
            shared: false,
            limits: Limits::new(1, None),
            page_size_log2: 16,
        }
    }

    #[test]
    fn the_guard_covers_offsets_below_its_length() {
        let tunables = Tunables::default();
        let of = |offset, size| Check::of(&tunables, &memory(false), offset, size);
        let guard = tunables.memory_guard;
        assert_eq!(of(0, 16), Check::Guard);
        assert_eq!(of(guard - 16, 16), Check::Guard);
        assert_eq!(of(guard - 15, 16), Check::Length);
        assert_eq!(of(u64::MAX, 1), Check::Length);
        assert_eq!(Check::of(&tunables, &memory(true), 0, 1), Check::Length);
    }

    #[test]
    fn displacements_are_positive_and_guarded() {
        assert_eq!(Check::Guard.displacement(0x7fff_ffff), Some(0x7fff_ffff));
        assert_eq!(Check::Guard.displacement(0x8000_0000), None);
        assert_eq!(Check::Length.displacement(8), None);
    }
}
