//! Pointers to structures that the store shares with compiled code.

use core::arch::x86_64::__m128i;
use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Where a structure is that compiled code reads too. It is always accessed whole, and no reference to it is
/// ever made, so that compiled code may change it at any time.
#[derive(Debug)]
pub struct Place<T>(NonNull<T>);

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Place<T> {}

// SAFETY: a place is an address; the store that owns it is used by one thread at a time.
unsafe impl<T> Send for Place<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Place<T> {}

impl<T: Copy> Place<T> {
    /// A place at an address.
    ///
    /// # Safety
    ///
    /// The address is valid for reads and writes of a `T` as long as the place is used.
    pub unsafe fn new(address: NonNull<T>) -> Place<T> {
        Place(address)
    }

    /// The address.
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }

    /// What is there.
    pub fn get(self) -> T {
        // SAFETY: the address is valid, by `new`.
        unsafe { self.0.read() }
    }

    /// Replaces what is there.
    pub fn set(self, value: T) {
        // SAFETY: the address is valid, by `new`.
        unsafe { self.0.write(value) }
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

    /// Reads element `index` of an array of elements of 4 or 8 bytes.
    ///
    /// # Panics
    ///
    /// If it is not inside.
    pub fn element(&self, index: usize, size: usize) -> u64 {
        let address = self.element_address(index, size);
        // SAFETY: the address is inside and aligned.
        unsafe {
            if size == 8 {
                address.cast::<u64>().read()
            } else {
                u64::from(address.cast::<u32>().read())
            }
        }
    }

    /// Writes element `index`.
    ///
    /// # Panics
    ///
    /// If it is not inside.
    pub fn set_element(&self, index: usize, size: usize, value: u64) {
        let address = self.element_address(index, size);
        // SAFETY: the address is inside and aligned.
        unsafe {
            if size == 8 {
                address.cast::<u64>().write(value)
            } else {
                address.cast::<u32>().write(value as u32)
            }
        }
    }

    /// Copies elements from one array to another, or within one.
    ///
    /// # Panics
    ///
    /// If a range is not inside.
    pub fn copy_elements(&self, from: usize, to: &Allocation, to_start: usize, len: usize, size: usize) {
        if len > 0 {
            self.element_address(from + len - 1, size);
            to.element_address(to_start + len - 1, size);
            // SAFETY: both ranges are inside, as was just checked for their last elements.
            unsafe {
                std::ptr::copy(
                    self.base().add(from * size),
                    to.base().add(to_start * size),
                    len * size,
                )
            }
        }
    }

    fn element_address(&self, index: usize, size: usize) -> *mut u8 {
        assert!((size == 4 || size == 8) && index < self.layout.size() / size);
        // SAFETY: inside the allocation.
        unsafe { self.base().add(index * size) }
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
    pub fn place<T: Copy>(&self, offset: i32) -> Place<T> {
        let offset = offset as usize;
        assert!(offset + size_of::<T>() <= self.layout.size() && offset.is_multiple_of(align_of::<T>()));
        // SAFETY: inside the allocation, which is zeroed, owned by the store, and freed when that is dropped.
        unsafe { Place::new(self.address.add(offset).cast()) }
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
