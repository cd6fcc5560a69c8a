//! Tables.

use crate::raw::context::Standalone;
use crate::raw::place::{Allocation, Place};
use transom_layout::VmTable;
use transom_types::TableType;

/// An element as compiled code knows it: the address of a function reference, or any other reference's 32 bits.
/// Zero is null.
pub type Element = u64;

/// A table of a store.
#[derive(Debug)]
pub struct TableInstance {
    ty: TableType,
    /// Where compiled code reads the elements' address and number.
    place: Place<VmTable>,
    /// Kept for tables that the host made.
    _standalone: Option<Standalone>,
    elements: Allocation,
    capacity: usize,
    /// Bytes of an element: 8 for references to functions, else 4.
    element_size: usize,
}

/// An access beyond the end of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds;

impl TableInstance {
    /// A table of nulls that compiled code finds at `place`, or at a place of its own. `None` if there is not that
    /// much memory.
    pub fn new(ty: TableType, functions: bool, place: Option<Place<VmTable>>) -> Option<TableInstance> {
        let element_size = if functions { 8 } else { 4 };
        let len = usize::try_from(ty.limits.min).ok()?;
        let elements = Allocation::try_array(len, element_size)?;
        let (standalone, place) = Standalone::unless(place);
        place.set(VmTable {
            elements: elements.base(),
            length: len,
        });
        Some(TableInstance {
            ty,
            place,
            _standalone: standalone,
            elements,
            capacity: len,
            element_size,
        })
    }

    /// Whether its elements are references to objects.
    pub fn holds_objects(&self) -> bool {
        self.element_size == 4
    }

    /// The type that it was made with; its size may have grown since.
    pub fn ty(&self) -> &TableType {
        &self.ty
    }

    /// Where compiled code reads the elements' address and number.
    pub fn place(&self) -> Place<VmTable> {
        self.place
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.place.get().length
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An element, if there is one at `index`.
    pub fn get(&self, index: u64) -> Option<Element> {
        let index = usize::try_from(index).ok().filter(|&index| index < self.len())?;
        Some(self.elements.element(index, self.element_size))
    }

    /// Replaces an element.
    ///
    /// # Errors
    ///
    /// There is none at `index`.
    pub fn set(&self, index: u64, value: Element) -> Result<(), OutOfBounds> {
        self.fill(index, 1, value)
    }

    /// Replaces `len` elements from `start` on.
    ///
    /// # Errors
    ///
    /// Some of them are beyond the end; none is replaced.
    pub fn fill(&self, start: u64, len: u64, value: Element) -> Result<(), OutOfBounds> {
        for index in self.range(start, len)? {
            self.elements.set_element(index, self.element_size, value);
        }
        Ok(())
    }

    /// The positions from `start` on, if all `len` are inside.
    pub fn range(&self, start: u64, len: u64) -> Result<std::ops::Range<usize>, OutOfBounds> {
        let end = start
            .checked_add(len)
            .filter(|&end| end <= self.len() as u64)
            .ok_or(OutOfBounds)?;
        Ok(start as usize..end as usize)
    }

    /// Copies elements to another table, or within this one.
    ///
    /// # Errors
    ///
    /// One of the ranges is not inside; nothing is copied.
    pub fn copy_to(&self, from: u64, to: &TableInstance, to_start: u64, len: u64) -> Result<(), OutOfBounds> {
        let (from, target) = (self.range(from, len)?, to.range(to_start, len)?);
        self.elements.copy_elements(
            from.start,
            &to.elements,
            target.start,
            from.len(),
            self.element_size,
        );
        Ok(())
    }

    /// The number of elements after growing by `delta`, unless it is beyond the type's maximum or what its
    /// indices can express.
    pub fn grown_len(&self, delta: u64) -> Option<usize> {
        let len = (self.len() as u64).checked_add(delta)?;
        let most = if self.ty.index64 {
            u64::MAX
        } else {
            u64::from(u32::MAX)
        };
        let allowed = self.ty.limits.max.unwrap_or(u64::MAX).min(most);
        if len <= allowed {
            usize::try_from(len).ok()
        } else {
            None
        }
    }

    /// Grows to `len` elements, the new ones being `value`. False, and nothing has changed, if there is not that
    /// much memory.
    pub fn grow_to(&mut self, len: usize, value: Element) -> bool {
        let old = self.len();
        if len > self.capacity {
            let most = self
                .ty
                .limits
                .max
                .and_then(|max| usize::try_from(max).ok())
                .unwrap_or(usize::MAX);
            let capacity = len.max(old.saturating_mul(2).min(most));
            let larger = Allocation::try_array(capacity, self.element_size)
                .map(|larger| (larger, capacity))
                .or_else(|| Allocation::try_array(len, self.element_size).map(|larger| (larger, len)));
            let Some((larger, capacity)) = larger else {
                return false;
            };
            self.elements.copy_elements(0, &larger, 0, old, self.element_size);
            (self.elements, self.capacity) = (larger, capacity);
        }
        self.place.set(VmTable {
            elements: self.elements.base(),
            length: len,
        });
        // New memory is zeroed already.
        if value != 0 {
            self.fill(old as u64, (len - old) as u64, value)
                .expect("the table has just become this large");
        }
        true
    }
}

#[cfg(test)]
mod tests;
