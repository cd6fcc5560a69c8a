//! The elements of tables: memory of their own, whose address and length compiled code finds at a [`Place`].

use super::place::{Allocation, Place};
use std::ops::Range;
use transom_layout::VmTable;

/// The elements of a table: addresses of function references, or other references of 32 bits. Zero is null.
#[derive(Debug)]
pub struct Elements {
    /// Where compiled code reads the address and the number of the elements: always those of `memory`.
    place: Place<VmTable>,
    memory: Allocation,
    capacity: usize,
    /// Bytes of an element: 8 for references to functions, else 4.
    size: usize,
}

impl Elements {
    /// `len` nulls that compiled code finds at `place`, or at a place of its own. `None` if there is not that much memory.
    pub fn new(len: usize, functions: bool, place: Option<Place<VmTable>>) -> Option<Elements> {
        let size = if functions { 8 } else { 4 };
        let memory = Allocation::try_array(len, size)?;
        let table = VmTable {
            elements: memory.base(),
            length: len,
        };
        let place = match place {
            Some(place) => {
                // SAFETY: the memory has so many elements, all null, and is kept beside the place.
                unsafe { place.set(table) };
                place
            }
            None => Place::new(table),
        };
        Some(Elements {
            place,
            memory,
            capacity: len,
            size,
        })
    }

    /// Whether they are references to objects.
    pub fn are_objects(&self) -> bool {
        self.size == 4
    }

    /// Where compiled code reads the address and the number of the elements.
    pub fn place(&self) -> &Place<VmTable> {
        &self.place
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.place.get().length
    }

    /// Bytes that they take, with room for more.
    pub fn bytes(&self) -> usize {
        self.memory.size()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bits of an element.
    ///
    /// # Panics
    ///
    /// If there is none at `index`.
    pub fn get(&self, index: usize) -> u64 {
        let address = self.address(index..index + 1);
        // SAFETY: the address is inside and aligned.
        unsafe {
            if self.size == 8 {
                address.cast::<u64>().read()
            } else {
                u64::from(address.cast::<u32>().read())
            }
        }
    }

    /// Replaces elements.
    ///
    /// # Panics
    ///
    /// If they are not inside.
    ///
    /// # Safety
    ///
    /// The bits are a value of the type of the table's elements, of the store that the table belongs to.
    pub unsafe fn fill(&self, range: Range<usize>, bits: u64) {
        let (address, len) = (self.address(range.clone()), range.len());
        // SAFETY: the elements are inside and aligned. Nobody else accesses them: compiled code of the store waits or does not
        // run, and no other reference to them is ever made.
        unsafe {
            if self.size == 8 {
                std::slice::from_raw_parts_mut(address.cast::<u64>(), len).fill(bits);
            } else {
                std::slice::from_raw_parts_mut(address.cast::<u32>(), len).fill(bits as u32);
            }
        }
    }

    /// Copies elements to another table, or within this one.
    ///
    /// # Panics
    ///
    /// If a range is not inside, or the elements have other sizes.
    ///
    /// # Safety
    ///
    /// The elements are values of the type of the other table's elements, and both tables belong to one store.
    pub unsafe fn copy_to(&self, from: Range<usize>, to: &Elements, start: usize) {
        assert_eq!(self.size, to.size, "elements of other sizes");
        let len = from.len();
        let (source, target) = (self.address(from), to.address(start..start + len));
        // SAFETY: both ranges are inside; they may overlap.
        unsafe { std::ptr::copy(source, target, len * self.size) }
    }

    /// Grows to `len` elements, the new ones being null; `most` is how many there can ever be. False, and nothing has
    /// changed, if there is not that much memory.
    ///
    /// # Panics
    ///
    /// If there are more already.
    pub fn grow(&mut self, len: usize, most: usize) -> bool {
        let old = self.len();
        assert!(len >= old, "tables never shrink");
        if len > self.capacity {
            let capacity = len.max(old.saturating_mul(2).min(most));
            let larger = Allocation::try_array(capacity, self.size)
                .map(|larger| (larger, capacity))
                .or_else(|| Allocation::try_array(len, self.size).map(|larger| (larger, len)));
            let Some((larger, capacity)) = larger else {
                return false;
            };
            let from = self.address(0..old);
            // SAFETY: as many elements are inside of both.
            unsafe { std::ptr::copy_nonoverlapping(from, larger.base(), old * self.size) };
            self.describe(&larger, len);
            (self.memory, self.capacity) = (larger, capacity);
        } else {
            self.describe(&self.memory, len);
        }
        true
    }

    fn describe(&self, memory: &Allocation, length: usize) {
        assert!(length <= memory.size() / self.size);
        let elements = memory.base();
        // SAFETY: the memory has so many elements. Those that were never set are null: memory is zeroed when it is allocated.
        unsafe { self.place.set(VmTable { elements, length }) };
    }

    /// The address of elements.
    fn address(&self, range: Range<usize>) -> *mut u8 {
        assert!(range.start <= range.end && range.end <= self.len());
        // SAFETY: inside the memory, which has at least as many elements as the table.
        unsafe { self.memory.base().add(range.start * self.size) }
    }
}

#[cfg(test)]
mod tests;
