//! Tables.

use crate::raw::elements::Elements;
use crate::raw::place::Place;
use transom_code::MachineClass;
use transom_layout::VmTable;
use transom_types::{TableType, TypeRegistry};

/// A table of a store. `Store::element`, `Store::fill_table` and others access its elements.
#[derive(Debug)]
pub struct TableInstance {
    ty: TableType,
    pub(crate) elements: Elements,
    /// The most elements that the engine allows.
    most: usize,
}

/// An access beyond the end of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds;

impl TableInstance {
    /// A table of nulls, and never more than `most`, that compiled code finds at `place`, or at a place of its own. `None` if there is not
    /// that much memory, or it begins with more.
    pub fn new(
        registry: &TypeRegistry,
        ty: TableType,
        place: Option<Place<VmTable>>,
        most: usize,
    ) -> Option<TableInstance> {
        let functions = MachineClass::of_heap(registry, ty.element.heap) == MachineClass::I64;
        let len = usize::try_from(ty.limits.min).ok().filter(|&len| len <= most)?;
        let elements = Elements::new(len, functions, place)?;
        Some(TableInstance { ty, elements, most })
    }

    /// Whether its elements are references to objects.
    pub fn holds_objects(&self) -> bool {
        self.elements.are_objects()
    }

    /// The type that it was made with; its size may have grown since.
    pub fn ty(&self) -> &TableType {
        &self.ty
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Bytes that its elements take.
    pub fn bytes(&self) -> usize {
        self.elements.bytes()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The positions from `start` on, if all `len` are inside.
    ///
    /// # Errors
    ///
    /// Some of them are beyond the end.
    pub fn range(&self, start: u64, len: u64) -> Result<std::ops::Range<usize>, OutOfBounds> {
        let end = start
            .checked_add(len)
            .filter(|&end| end <= self.len() as u64)
            .ok_or(OutOfBounds)?;
        Ok(start as usize..end as usize)
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

    /// Grows to `len` elements, the new ones being null. False, and nothing has changed, if there is not that much memory, or
    /// the engine does not allow so many.
    ///
    /// # Panics
    ///
    /// If there are more already.
    pub(crate) fn grow_to(&mut self, len: usize) -> bool {
        let max = self.ty.limits.max;
        let most = max.and_then(|max| usize::try_from(max).ok());
        len <= self.most && self.elements.grow(len, most.unwrap_or(usize::MAX).min(self.most))
    }
}

#[cfg(test)]
mod tests;
