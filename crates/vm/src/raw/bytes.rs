//! The bytes of linear memories.
//!
//! Other threads may change the bytes of a shared memory at any time. So what compiled code can ask for copies
//! through addresses and makes no reference to bytes; slices are made of memories that belong to one store only.
//! What a copy finds that races with a write is unspecified, byte by byte, as the specification has it for accesses
//! that are not atomic. A shared memory never shrinks and never moves, so a range that was once found inside stays so.

use super::backing::Backing;
use super::place::Place;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use transom_layout::VmMemory;
use transom_ops::Trap;

impl Place<VmMemory> {
    /// The place of a memory whose bytes are the beginning of its backing: a given one, or one of its own. Whoever keeps the
    /// place keeps the backing, too.
    ///
    /// # Panics
    ///
    /// If not so many bytes are accessible.
    pub(crate) fn of_space(place: Option<Self>, backing: &Backing, length: usize) -> Self {
        let empty = VmMemory {
            base: backing.base(),
            length: 0,
        };
        let place = place.unwrap_or_else(|| Place::new(empty));
        place.describe(backing, length);
        place
    }

    /// Replaces base and length of a memory that belongs to one store.
    ///
    /// # Panics
    ///
    /// If not so many bytes are accessible.
    pub(crate) fn describe(&self, backing: &Backing, length: usize) {
        assert!(
            length <= backing.accessible(),
            "a memory ends where its space does"
        );
        let base = backing.base();
        // SAFETY: so many bytes are accessible from the base on.
        unsafe { self.set(VmMemory { base, length }) };
    }

    /// Address of the memory's first byte.
    pub fn base(&self) -> *mut u8 {
        // SAFETY: the place is valid. Of a shared memory the field never changes; others are the store's alone.
        unsafe { (*self.as_ptr()).base }
    }

    /// Bytes of the memory.
    pub fn length(&self) -> usize {
        self.atomic_length().load(Ordering::SeqCst)
    }

    /// Replaces the length of a memory whose base stays.
    ///
    /// # Panics
    ///
    /// If not so many bytes are accessible.
    pub(crate) fn set_length(&self, backing: &Backing, length: usize) {
        assert!(length <= backing.accessible() && self.base() == backing.base());
        self.atomic_length().store(length, Ordering::SeqCst);
    }

    fn atomic_length(&self) -> &AtomicUsize {
        // SAFETY: the place is valid and aligned. Once another thread may know it, its length is only accessed like
        // this, or by compiled code with single instructions.
        unsafe { AtomicUsize::from_ptr(&raw mut (*self.as_ptr()).length) }
    }

    /// Whether `len` bytes are inside.
    pub fn has_range(&self, start: u64, len: u64) -> bool {
        self.range(start, len).is_some()
    }

    /// The address of `len` bytes, if all of them are inside.
    fn range(&self, start: u64, len: u64) -> Option<*mut u8> {
        let end = start.checked_add(len)?;
        // SAFETY: not beyond the memory's end.
        (end <= self.length() as u64).then(|| unsafe { self.base().add(start as usize) })
    }
}

/// Copies bytes into a linear memory; false, and nothing is copied, if they do not fit.
pub fn copy_into(memory: &Place<VmMemory>, start: u64, from: &[u8]) -> bool {
    let Some(to) = memory.range(start, from.len() as u64) else {
        return false;
    };
    // SAFETY: the range is inside the memory, whose bytes are accessible; nothing of the host's lies in it.
    unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()) }
    true
}

/// Copies bytes out of a linear memory; false, and nothing is copied, if there are not so many.
pub fn copy_from(memory: &Place<VmMemory>, start: u64, to: &mut [u8]) -> bool {
    let Some(from) = memory.range(start, to.len() as u64) else {
        return false;
    };
    // SAFETY: as above.
    unsafe { std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), to.len()) }
    true
}

/// Copies bytes between linear memories, or within one; false, and nothing is copied, if a range is not inside.
pub fn copy_between(
    from: &Place<VmMemory>,
    from_start: u64,
    to: &Place<VmMemory>,
    to_start: u64,
    len: u64,
) -> bool {
    let (Some(from), Some(to)) = (from.range(from_start, len), to.range(to_start, len)) else {
        return false;
    };
    // SAFETY: both ranges are inside their memories, whose bytes are accessible; they may overlap.
    unsafe { std::ptr::copy(from, to, len as usize) }
    true
}

/// Fills bytes of a linear memory; false, and nothing is written, if the range is not inside.
pub fn fill(memory: &Place<VmMemory>, start: u64, value: u8, len: u64) -> bool {
    let Some(to) = memory.range(start, len) else {
        return false;
    };
    // SAFETY: the range is inside the memory, whose bytes are accessible.
    unsafe { std::ptr::write_bytes(to, value, len as usize) }
    true
}

/// Whether all bytes of a linear memory are zero.
#[cfg(test)]
pub fn is_zero(memory: &Place<VmMemory>) -> bool {
    let mut bytes = vec![1; memory.length()];
    assert!(copy_from(memory, 0, &mut bytes));
    bytes.iter().all(|&byte| byte == 0)
}

/// Checks the address of an atomic access of `size` bytes, a power of two.
///
/// # Errors
///
/// [`Trap::HeapMisaligned`], which the specification checks first, or [`Trap::MemoryOutOfBounds`].
pub fn check_atomic(memory: &Place<VmMemory>, address: u64, size: u64) -> Result<u64, Trap> {
    if !address.is_multiple_of(size) {
        return Err(Trap::HeapMisaligned);
    }
    let inside = memory.range(address, size).is_some();
    inside.then_some(address).ok_or(Trap::MemoryOutOfBounds)
}

/// Reads a value of 4 or 8 bytes, sequentially consistent, zero-extended.
///
/// # Panics
///
/// If it is not all inside, or not aligned.
pub fn atomic_load(memory: &Place<VmMemory>, address: u64, size: u64) -> u64 {
    let from = memory.range(address, size).expect("the address was checked");
    assert!(matches!(size, 4 | 8) && from.addr().is_multiple_of(size as usize));
    // SAFETY: the bytes are inside the memory, and aligned; others access them through raw addresses or atomics.
    unsafe {
        if size == 4 {
            u64::from(AtomicU32::from_ptr(from.cast()).load(Ordering::SeqCst))
        } else {
            AtomicU64::from_ptr(from.cast()).load(Ordering::SeqCst)
        }
    }
}
