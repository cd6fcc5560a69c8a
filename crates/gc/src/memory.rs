//! The region's memory, addressed by references.
//!
//! All functions are unsafe for the same reason: what a reference leads to is only as good as the reference. The heap's
//! invariant (see the crate's documentation) is what makes them right.

use std::ptr::NonNull;
use transom_layout::object::{
    ARRAY_LENGTH, CARD_SHIFT, CARDS_SIZE, ObjectKind, SIDE_TABLES_SIZE, VmTypeInfo, array_size,
};

/// The base of a region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory(NonNull<u8>);

// SAFETY: a base is an address; the heap that owns the region is used by one thread at a time.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Memory {
    /// The memory whose base is `base`.
    ///
    /// # Safety
    ///
    /// The base is that of a region laid out as `transom_layout::object` says, which outlives the value.
    pub unsafe fn new(base: NonNull<u8>) -> Memory {
        Memory(base)
    }

    pub fn base(self) -> *mut u8 {
        self.0.as_ptr()
    }

    /// The address that a reference means.
    ///
    /// # Safety
    ///
    /// None beyond the region's; what may be done with the address is the caller's business.
    #[inline(always)]
    pub unsafe fn at(self, reference: u32) -> *mut u8 {
        // SAFETY: every 32-bit offset is inside the region.
        unsafe { self.0.as_ptr().add(reference as usize) }
    }

    /// A word of an object.
    ///
    /// # Safety
    ///
    /// As [`at`](Self::at); words are aligned.
    #[inline(always)]
    pub unsafe fn word(self, reference: u32) -> *mut u32 {
        // SAFETY: as above.
        unsafe { self.at(reference).cast() }
    }

    /// The type info that a type word means.
    ///
    /// # Safety
    ///
    /// The word is that of a type.
    #[inline(always)]
    pub unsafe fn info<'a>(self, type_word: u32) -> &'a VmTypeInfo {
        // SAFETY: by the heap's invariant the word is that of a type, whose info never changes.
        unsafe { &*self.at(type_word).cast() }
    }

    /// The type info of an object.
    ///
    /// # Safety
    ///
    /// There is an object.
    #[inline(always)]
    pub unsafe fn info_of<'a>(self, reference: u32) -> &'a VmTypeInfo {
        // SAFETY: as above.
        unsafe { self.info(self.word(reference).read()) }
    }

    /// Bytes of an object of a type, whose length, if it is an array, can be read at `reference`.
    ///
    /// # Safety
    ///
    /// There is an object of the type, or what was one before the collector moved it.
    #[inline(always)]
    pub unsafe fn size(self, info: &VmTypeInfo, reference: u32) -> u32 {
        if info.kind == ObjectKind::Array as u32 {
            // SAFETY: as above.
            let length = unsafe { self.word(reference + ARRAY_LENGTH as u32).read() };
            array_size(length, info.size) as u32
        } else {
            info.size
        }
    }

    /// Bytes of an object.
    ///
    /// # Safety
    ///
    /// There is an object.
    #[inline(always)]
    pub unsafe fn size_of(self, reference: u32) -> u32 {
        // SAFETY: as above.
        unsafe { self.size(self.info_of(reference), reference) }
    }

    /// The card of an address.
    ///
    /// # Safety
    ///
    /// As [`at`](Self::at).
    #[inline(always)]
    pub unsafe fn card(self, reference: u32) -> *mut u8 {
        // SAFETY: the card table lies right below the base.
        unsafe {
            self.0
                .as_ptr()
                .sub(CARDS_SIZE as usize)
                .add((reference >> CARD_SHIFT) as usize)
        }
    }

    /// The entry of an address in the table of starts.
    ///
    /// # Safety
    ///
    /// As [`at`](Self::at).
    #[inline(always)]
    pub unsafe fn start(self, reference: u32) -> *mut u8 {
        // SAFETY: the table of starts lies right below the card table.
        unsafe {
            self.0
                .as_ptr()
                .sub(SIDE_TABLES_SIZE as usize)
                .add((reference >> CARD_SHIFT) as usize)
        }
    }
}
