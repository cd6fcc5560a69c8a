//! Linear memories.

mod image;
pub(crate) mod kept;
mod shared;
mod space;
mod waiters;

pub(crate) use image::{MemoryImage, images};
pub use shared::SharedMemory;
pub(crate) use space::grown_size;
pub use waiters::WaitResult;

use crate::engine::Engine;
use crate::raw::place::Place;
use space::{MemoryError, Space};
use std::sync::Arc;
use transom_layout::VmMemory;
use transom_types::MemoryType;

/// A linear memory of a store, or the store's hold on a shared one.
#[derive(Debug)]
pub struct MemoryInstance {
    ty: MemoryType,
    owner: Owner,
}

#[derive(Debug)]
enum Owner {
    /// The memory is the store's alone.
    Store {
        /// Where compiled code reads base and length, which are always those of the space.
        place: Place<VmMemory>,
        space: Space,
    },
    /// Other stores may hold it too.
    Many(Arc<SharedMemory>),
}

impl MemoryInstance {
    /// A new memory of zeros.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left, or the engine allows no memory of that size.
    ///
    /// # Panics
    ///
    /// If the type is shared.
    pub fn new(engine: &Arc<Engine>, ty: MemoryType) -> Result<MemoryInstance, MemoryError> {
        MemoryInstance::with_image(engine, ty, None, None)
    }

    /// A new memory that compiled code finds at `place`, or at a place of its own. It is to begin with an image, which may be there already;
    /// [`map_image`](Self::map_image) makes sure of it.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left.
    ///
    /// # Panics
    ///
    /// If the type is shared.
    pub(crate) fn with_image(
        engine: &Arc<Engine>,
        ty: MemoryType,
        place: Option<Place<VmMemory>>,
        image: Option<&MemoryImage>,
    ) -> Result<MemoryInstance, MemoryError> {
        assert!(!ty.shared, "a shared memory is not a store's alone");
        let (space, length) = Space::new(engine, &ty, image)?;
        let place = Place::of_space(place, space.backing(), length);
        let owner = Owner::Store { place, space };
        Ok(MemoryInstance { ty, owner })
    }

    /// A hold on a shared memory.
    pub fn of_shared(memory: Arc<SharedMemory>) -> MemoryInstance {
        MemoryInstance {
            ty: *memory.ty(),
            owner: Owner::Many(memory),
        }
    }

    /// The shared memory, if it is one.
    pub fn shared(&self) -> Option<&Arc<SharedMemory>> {
        match &self.owner {
            Owner::Store { .. } => None,
            Owner::Many(memory) => Some(memory),
        }
    }

    /// The engine that it belongs to.
    pub fn engine(&self) -> &Arc<Engine> {
        match &self.owner {
            Owner::Store { space, .. } => space.engine(),
            Owner::Many(memory) => memory.engine(),
        }
    }

    /// The type that it was made with; its size may have grown since.
    pub fn ty(&self) -> &MemoryType {
        &self.ty
    }

    /// Where compiled code reads base and length.
    pub fn place(&self) -> &Place<VmMemory> {
        match &self.owner {
            Owner::Store { place, .. } => place,
            Owner::Many(memory) => memory.place(),
        }
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.place().length()
    }

    /// Bytes that take memory, unless other stores have the memory, too.
    pub fn resident(&self) -> usize {
        match &self.owner {
            Owner::Store { space, .. } => space.backing().resident(),
            Owner::Many(_) => 0,
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Pages.
    pub fn pages(&self) -> u64 {
        self.len() as u64 >> self.ty.page_size_log2
    }

    /// The address range that belongs to it, accessible or not.
    pub fn addresses(&self) -> std::ops::Range<usize> {
        match &self.owner {
            Owner::Store { space, .. } => space.addresses(),
            Owner::Many(memory) => memory.addresses(),
        }
    }

    /// Maps an image, in place of what would be copied. Only for a memory that was just made: a shared one must not be
    /// known to anybody else yet, whose writes the image would take away.
    pub(crate) fn map_image(&mut self, image: &MemoryImage) -> std::io::Result<()> {
        match &mut self.owner {
            Owner::Store { space, .. } => space.map_image(image),
            Owner::Many(memory) => memory.map_image(image),
        }
    }

    /// Takes an image away that was there already when the memory was made. Only for a memory that begins with it.
    pub(crate) fn unmap_image(&mut self) {
        if let Owner::Store { space, .. } = &mut self.owner {
            space.unmap_image();
        }
    }

    /// Grows from `from` to `to` bytes; false, and nothing happens, if the memory has another size than `from`
    /// because another thread has grown it meanwhile.
    ///
    /// # Errors
    ///
    /// The system has not that much memory. The memory is as it was.
    pub fn grow(&mut self, from: usize, to: usize) -> std::io::Result<bool> {
        let (place, space) = match &mut self.owner {
            Owner::Store { place, space } => (place, space),
            Owner::Many(memory) => return memory.grow_from(from, to),
        };
        space.grow_anywhere(from, to)?;
        place.describe(space.backing(), to);
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
