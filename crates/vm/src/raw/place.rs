//! Structures that the store shares with compiled code, and the memory that they lie in.

use core::arch::x86_64::__m128i;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;
use transom_layout::VmGlobal;

/// Where a structure is that compiled code reads too. It is always accessed whole, and no reference to it is
/// ever made, so that compiled code may change it at any time. A place owns a share of the memory that it lies in.
#[derive(Debug)]
pub struct Place<T> {
    address: NonNull<T>,
    /// Kept for as long as the place.
    _allocation: Arc<Allocation>,
}

// SAFETY: a place is an address and a share of the memory there. The store that owns the place is used by one thread at a time;
// of a shared memory's structure only the length changes, which is accessed atomically.
unsafe impl<T> Send for Place<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Place<T> {}

impl<T: Copy> Place<T> {
    /// A place of its own, which holds `value`.
    pub(super) fn new(value: T) -> Place<T> {
        let allocation = Arc::new(Allocation::new(size_of::<T>()));
        // SAFETY: a value is put there before anybody reads it, and nothing else ever lies there.
        unsafe {
            let place = allocation.place(0);
            place.set(value);
            place
        }
    }

    /// The address, which is valid as long as the place is.
    pub fn as_ptr(&self) -> *mut T {
        self.address.as_ptr()
    }

    /// What is there, if no other thread writes it.
    pub(super) fn get(&self) -> T {
        // SAFETY: inside the allocation and aligned; a `T` lies there, as whoever has made the place has vouched for.
        unsafe { self.as_ptr().read() }
    }

    /// Replaces what is there.
    ///
    /// # Safety
    ///
    /// Nobody accesses the structure at the same time. Compiled code may read the value from now on: addresses in it are valid
    /// for what compiled code does with them, and bits are a value of the type that they have in its module.
    pub unsafe fn set(&self, value: T) {
        // SAFETY: inside the allocation and aligned, as `Allocation::place` has checked.
        unsafe { self.as_ptr().write(value) }
    }
}

impl Place<VmGlobal> {
    /// A place of its own, where all bytes are zero.
    pub fn zero() -> Place<VmGlobal> {
        Place::new(VmGlobal { bytes: [0; 16] })
    }
}

/// Memory for a structure whose size is known at run time, zeroed, aligned to 16 bytes.
#[derive(Debug)]
pub struct Allocation {
    address: NonNull<u8>,
    layout: Layout,
}

// SAFETY: an allocation is owned memory.
unsafe impl Send for Allocation {}
// SAFETY: as above; shared access goes through places only.
unsafe impl Sync for Allocation {}

impl Allocation {
    /// Allocates `size` bytes.
    pub fn new(size: usize) -> Allocation {
        let layout = Layout::from_size_align(size.max(16), 16).expect("sizes of contexts are limited");
        Allocation::of_layout(layout).unwrap_or_else(|| handle_alloc_error(layout))
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.layout.size()
    }

    /// Allocates `count` elements of `size` bytes each, unless there is not that much memory.
    pub fn try_array(count: usize, size: usize) -> Option<Allocation> {
        let layout = Layout::from_size_align(count.checked_mul(size)?.max(16), 16).ok()?;
        Allocation::of_layout(layout)
    }

    fn of_layout(layout: Layout) -> Option<Allocation> {
        // SAFETY: the layout's size is not zero.
        let address = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        Some(Allocation { address, layout })
    }

    /// The first byte.
    pub fn base(&self) -> *mut u8 {
        self.address.as_ptr()
    }

    /// The place of a `T` at an offset.
    ///
    /// # Panics
    ///
    /// If it is not all inside, or not aligned.
    ///
    /// # Safety
    ///
    /// The bytes there, zeros at first, are a `T`, and nothing else ever lies there.
    pub unsafe fn place<T: Copy>(self: &Arc<Self>, offset: i32) -> Place<T> {
        Place {
            address: self.at(offset),
            _allocation: self.clone(),
        }
    }

    /// The address of a `T` at an offset, which is valid as long as the allocation is.
    ///
    /// # Panics
    ///
    /// If it is not all inside, or not aligned.
    pub fn at<T>(&self, offset: i32) -> NonNull<T> {
        let offset = usize::try_from(offset).expect("offsets are positive");
        let aligned = align_of::<T>() <= 16 && offset.is_multiple_of(align_of::<T>());
        assert!(aligned && offset + size_of::<T>() <= self.layout.size());
        // SAFETY: inside the allocation.
        unsafe { self.address.add(offset).cast() }
    }
}

impl Drop for Allocation {
    /// Clears the memory, so that a pointer which outlives it by mistake finds null instead of what something else has put
    /// there. A large table is not cleared: the allocator gives it back to the system, where accesses fault.
    fn drop(&mut self) {
        /// The most bytes that are cleared: glibc never keeps more in one piece.
        const MAX_CLEARED: usize = 32 << 20;
        // SAFETY: allocated with this layout; the barrier keeps the stores, which nothing reads.
        unsafe {
            if self.layout.size() <= MAX_CLEARED {
                self.address.write_bytes(0, self.layout.size());
                std::hint::black_box(self.address);
            }
            dealloc(self.address.as_ptr(), self.layout);
        }
    }
}

/// The bits of a vector register.
#[inline(always)]
pub fn vector_bits(vector: __m128i) -> u128 {
    // SAFETY: both are sixteen bytes of any value.
    unsafe { std::mem::transmute(vector) }
}

/// A vector register of its bits.
#[inline(always)]
pub fn vector_of_bits(bits: u128) -> __m128i {
    // SAFETY: both are sixteen bytes of any value.
    unsafe { std::mem::transmute(bits) }
}

#[cfg(test)]
mod tests;
