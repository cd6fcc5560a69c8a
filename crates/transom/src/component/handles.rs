//! Tables of handles: each instance of a component has one, and so has the host.
//!
//! A handle is an index, which programs may invent, so nothing is believed that is not in the table. Index 0 is never used. Indices that are
//! free are used again, the last first, as the canonical ABI says.

use transom_error::{Result, bail, ensure};

/// The largest index of a handle.
pub(crate) const MAX_HANDLES: usize = (1 << 28) - 1;

/// A handle to a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Handle {
    /// The resource's type, by its position in the store.
    pub ty: u32,
    /// What the one who defines the type knows the resource by.
    pub rep: u32,
    /// How many calls it is lent to.
    pub lends: u32,
    /// The call that a borrowed handle ends with. `None` if the handle owns the resource.
    pub scope: Option<u32>,
}

impl Handle {
    /// A handle that owns a resource of a type.
    pub fn owned(ty: u32, rep: u32) -> Handle {
        Handle {
            ty,
            rep,
            lends: 0,
            scope: None,
        }
    }

    /// A handle that ends with a call.
    pub fn borrowed(ty: u32, rep: u32, scope: u32) -> Handle {
        Handle {
            scope: Some(scope),
            ..Handle::owned(ty, rep)
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    /// It is free, and so is the next.
    Free(u32),
    Taken(Handle),
}

/// A table of handles.
#[derive(Debug)]
pub(crate) struct HandleTable {
    entries: Vec<Entry>,
    /// The first free index; 0 if there is none.
    free: u32,
}

impl Default for HandleTable {
    fn default() -> HandleTable {
        HandleTable {
            entries: vec![Entry::Free(0)],
            free: 0,
        }
    }
}

impl HandleTable {
    /// How many entries there are, and how many there must be for one more handle, if that needs an allocation.
    pub fn growth(&self) -> Option<(usize, usize)> {
        let (length, capacity) = (self.entries.len(), self.entries.capacity());
        (self.free == 0 && length == capacity).then(|| (length, (2 * length).clamp(16, MAX_HANDLES + 1)))
    }

    /// Makes room for so many entries.
    ///
    /// # Errors
    ///
    /// There is no memory.
    pub fn reserve(&mut self, entries: usize) -> Result<()> {
        let more = entries.saturating_sub(self.entries.len());
        ensure!(
            self.entries.try_reserve_exact(more).is_ok(),
            "cannot allocate a table of {entries} handles"
        );
        Ok(())
    }

    /// Adds a handle, for which there is room.
    ///
    /// # Errors
    ///
    /// There are too many.
    pub fn add(&mut self, handle: Handle) -> Result<u32> {
        let index = self.free;
        if index != 0 {
            let entry = &mut self.entries[index as usize];
            let Entry::Free(next) = *entry else {
                unreachable!("the list of free entries has free entries")
            };
            self.free = next;
            *entry = Entry::Taken(handle);
            return Ok(index);
        }
        let index = self.entries.len();
        ensure!(
            index <= MAX_HANDLES,
            "a component instance has more than {MAX_HANDLES} handles"
        );
        self.entries.push(Entry::Taken(handle));
        Ok(index as u32)
    }

    /// The handle at an index.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn get(&self, index: u32) -> Result<&Handle> {
        match self.entries.get(index as usize) {
            Some(Entry::Taken(handle)) => Ok(handle),
            _ => bail!("unknown handle index {index}"),
        }
    }

    /// The handle at an index, to be changed.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn get_mut(&mut self, index: u32) -> Result<&mut Handle> {
        match self.entries.get_mut(index as usize) {
            Some(Entry::Taken(handle)) => Ok(handle),
            _ => bail!("unknown handle index {index}"),
        }
    }

    /// Takes the handle at an index out of the table.
    ///
    /// # Errors
    ///
    /// There is none, or it is lent.
    pub fn remove(&mut self, index: u32) -> Result<Handle> {
        let handle = *self.get(index)?;
        ensure!(handle.lends == 0, "cannot remove owned resource while borrowed");
        self.entries[index as usize] = Entry::Free(self.free);
        self.free = index;
        Ok(handle)
    }
}

#[cfg(test)]
mod tests;
