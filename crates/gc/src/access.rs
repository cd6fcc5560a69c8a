//! What the runtime does with single objects. Every access is held against the size of its object.

use crate::heap::Heap;
use transom_layout::object::{ARRAY_ELEMENTS, ObjectKind};

impl Heap {
    /// The address of bytes of an object.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    fn part(&self, object: u32, offset: u32, len: u32) -> *mut u8 {
        // SAFETY: the caller has a reference to an object.
        let size = unsafe { self.memory.size_of(object) };
        assert!(
            u64::from(offset) + u64::from(len) <= u64::from(size),
            "{len} bytes at {offset} of an object of {size} bytes"
        );
        // SAFETY: inside the region.
        unsafe { self.memory.at(object).add(offset as usize) }
    }

    /// Bytes of an object, at most 16, as a little-endian number.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn read(&self, object: u32, offset: u32, len: u32) -> u128 {
        let from = self.part(object, offset, len);
        let mut bytes = [0; 16];
        // SAFETY: the bytes are inside the object.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes[..len as usize].as_mut_ptr(), len as usize) };
        u128::from_le_bytes(bytes)
    }

    /// Writes bytes of an object, at most 16; a reference needs the barrier as well.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn write(&mut self, object: u32, offset: u32, len: u32, bits: u128) {
        self.write_bytes(object, offset, &bits.to_le_bytes()[..len as usize]);
    }

    /// Writes bytes of an object.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn write_bytes(&mut self, object: u32, offset: u32, bytes: &[u8]) {
        let to = self.part(object, offset, bytes.len() as u32);
        // SAFETY: the bytes are inside the object, which is no slice of anybody's.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }

    /// Copies bytes of an object out.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn read_bytes(&self, object: u32, offset: u32, bytes: &mut [u8]) {
        let from = self.part(object, offset, bytes.len() as u32);
        // SAFETY: as above.
        unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), bytes.len()) };
    }

    /// Whether so many elements from `start` on are inside an array.
    pub fn has_elements(&self, array: u32, start: u32, len: u32) -> bool {
        u64::from(start) + u64::from(len) <= u64::from(self.array_length(array))
    }

    /// The offset and bytes of elements of an array.
    fn elements(&self, array: u32, start: u32, len: u32) -> (u32, u32, u32) {
        let (kind, log2) = self.kind_and_size(array);
        assert!(kind == ObjectKind::Array && self.has_elements(array, start, len));
        (ARRAY_ELEMENTS as u32 + (start << log2), len << log2, log2)
    }

    /// Sets elements of an array to a value, and does what the barrier asks.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn fill_elements(&mut self, array: u32, start: u32, len: u32, value: u128) {
        let (offset, bytes, log2) = self.elements(array, start, len);
        let to = self.part(array, offset, bytes);
        let len = len as usize;
        // SAFETY: the elements are inside the array, and aligned to their size, but for vectors.
        unsafe {
            match log2 {
                0 => to.write_bytes(value as u8, len),
                1 => std::slice::from_raw_parts_mut(to.cast::<u16>(), len).fill(value as u16),
                2 => std::slice::from_raw_parts_mut(to.cast::<u32>(), len).fill(value as u32),
                3 => std::slice::from_raw_parts_mut(to.cast::<u64>(), len).fill(value as u64),
                _ => {
                    let value = value.to_le_bytes();
                    std::slice::from_raw_parts_mut(to.cast::<[u8; 16]>(), len).fill(value);
                }
            }
        }
        self.barrier(array, start, len as u32);
    }

    /// Copies elements of an array to another of elements of the same size, or within it, and does what the barrier
    /// asks.
    ///
    /// # Panics
    ///
    /// If they are not inside, or differ in size.
    pub fn copy_elements(&mut self, (to, to_start): (u32, u32), (from, from_start): (u32, u32), len: u32) {
        let (offset, bytes, log2) = self.elements(to, to_start, len);
        let (from_offset, from_bytes, from_log2) = self.elements(from, from_start, len);
        assert_eq!((bytes, log2), (from_bytes, from_log2));
        let target = self.part(to, offset, bytes);
        let source = self.part(from, from_offset, bytes);
        // SAFETY: both ranges are inside their arrays; they may overlap.
        unsafe { std::ptr::copy(source, target, bytes as usize) };
        self.barrier(to, to_start, len);
    }

    /// Writes elements of an array from bytes, and does what the barrier asks.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    pub fn write_elements(&mut self, array: u32, start: u32, bytes: &[u8]) {
        let (_, log2) = self.kind_and_size(array);
        let len = (bytes.len() >> log2) as u32;
        let (offset, len_bytes, _) = self.elements(array, start, len);
        assert_eq!(len_bytes as usize, bytes.len());
        self.write_bytes(array, offset, bytes);
        self.barrier(array, start, len);
    }

    fn barrier(&mut self, array: u32, start: u32, len: u32) {
        // SAFETY: the caller has a reference to an array.
        if unsafe { self.memory.info_of(array) }.references != 0 {
            self.elements_written(array, start, len);
        }
    }
}
