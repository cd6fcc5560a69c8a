//! The address space of a memory: taken from its engine, and given back.

use super::image::MemoryImage;
use super::kept::Wanted;
use crate::engine::Engine;
use crate::raw::backing::{Backing, HostMemory, NewMemory};
use std::io;
use std::sync::Arc;
use transom_code::MemoryStyle;
use transom_types::MemoryType;

/// The most bytes reserved for a shared memory whose accesses are checked: its maximum, or as much as a process may
/// ask for without harm. It never moves, so it can't grow beyond.
const MAX_SHARED_RESERVATION: u64 = 1 << 40;

/// Why a memory could not be made or grown.
#[derive(Debug, thiserror::Error)]
#[error("cannot allocate {pages} pages of {page_size} bytes: {reason}")]
pub struct MemoryError {
    pages: u64,
    page_size: u64,
    reason: String,
}

impl MemoryError {
    pub(super) fn new(ty: &MemoryType, reason: &dyn ToString) -> MemoryError {
        MemoryError {
            pages: ty.limits.min,
            page_size: ty.page_size(),
            reason: reason.to_string(),
        }
    }
}

/// The addresses that belong to a memory.
#[derive(Debug)]
pub struct Space {
    engine: Arc<Engine>,
    /// `None` only while the space is dropped.
    backing: Option<Backing>,
}

impl Space {
    /// Space for a memory of a type, of which as many bytes are accessible as the memory begins with. They are zeros, or the image, if that
    /// is mapped already; [`map_image`](Self::map_image) makes sure of it.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left, or the engine has no shared memories, or none of that size.
    pub fn new(
        engine: &Arc<Engine>,
        ty: &MemoryType,
        image: Option<&MemoryImage>,
    ) -> Result<(Space, usize), MemoryError> {
        let error = |reason: &dyn ToString| MemoryError::new(ty, reason);
        if ty.shared && !engine.options().memories.shared {
            return Err(error(&"the engine's configuration has `shared_memory(false)`"));
        }
        let beyond = || error(&"the memory is larger than the address space");
        let size = ty.limits.min.checked_mul(ty.page_size());
        let size = size.and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(beyond)?;
        check_size(engine, size).map_err(|reason| error(&reason))?;
        let tunables = &engine.options().tunables;
        let len = match tunables.memory_style(ty) {
            MemoryStyle::Reserved => tunables.memory_reservation.checked_add(tunables.memory_guard),
            MemoryStyle::Checked => Some(checked_reservation(engine, ty, size as u64)),
        };
        let len = len.and_then(|len| usize::try_from(len).ok()).ok_or_else(beyond)?;
        let backing = match &engine.options().memories.make {
            // What is shared can't be in an embedder's memory: nothing says that it may be used by several threads at once.
            Some(make) if !ty.shared => {
                let reserved = tunables.memory_style(ty) == MemoryStyle::Reserved;
                let wanted = NewMemory {
                    ty: *ty,
                    size,
                    reserved: reserved.then(|| saturated(tunables.memory_reservation)),
                    guard: saturated(tunables.memory_guard),
                };
                HostMemory::new(make, &wanted).map(Backing::Host)
            }
            _ => {
                let before = guard_before(engine, ty);
                let wanted = Wanted {
                    before,
                    len,
                    size,
                    image,
                };
                engine.spaces().take(&wanted).map(Backing::System)
            }
        };
        let space = Space {
            engine: engine.clone(),
            backing: Some(backing.map_err(|reason| error(&reason))?),
        };
        Ok((space, size))
    }

    /// The engine that it was taken from.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What the bytes lie in.
    pub fn backing(&self) -> &Backing {
        self.backing.as_ref().expect("only dropping takes it")
    }

    fn backing_mut(&mut self) -> &mut Backing {
        self.backing.as_mut().expect("only dropping takes it")
    }

    /// The range of addresses.
    pub fn addresses(&self) -> std::ops::Range<usize> {
        self.backing().addresses()
    }

    /// Maps an image, over what is there, unless it is there already.
    ///
    /// # Errors
    ///
    /// The system can't, or the memory is an embedder's.
    pub fn map_image(&mut self, image: &MemoryImage) -> io::Result<()> {
        match self.backing_mut() {
            Backing::System(space) if space.is_for(Some(image.placed())) => Ok(()),
            Backing::System(space) => space.map_image(&image.image, image.offset),
            Backing::Host(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Takes away an image that is mapped already: everything reads as zeros.
    pub fn unmap_image(&mut self) {
        match self.backing_mut() {
            Backing::System(space) if !space.is_for(None) => space.take_image_away(),
            _ => {}
        }
    }

    /// Makes `size` bytes accessible in place.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or the range ends before.
    pub fn grow(&mut self, size: usize) -> io::Result<()> {
        check_size(&self.engine, size)?;
        match self.backing_mut() {
            Backing::System(reservation) => reservation.make_accessible(size),
            Backing::Host(memory) => memory.grow(size),
        }
    }

    /// Makes `size` bytes accessible instead of `old`: in place if they fit, otherwise by moving to a larger range.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or memories must not move. The space is as it was.
    pub fn grow_anywhere(&mut self, old: usize, size: usize) -> io::Result<()> {
        match self.backing() {
            // Only memories whose accesses are checked move: others have their whole range reserved.
            Backing::System(reservation) if size > reservation.len() => {
                check_size(&self.engine, size)?;
                self.grow_elsewhere(old, size)
            }
            _ => self.grow(size),
        }
    }

    /// Moves to a larger range of which `size` bytes are accessible, with the `old` bytes that it has.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or memories must not move. The space is as it was.
    fn grow_elsewhere(&mut self, old: usize, size: usize) -> io::Result<()> {
        let options = &self.engine.options().memories;
        if !options.may_move {
            return Err(io::Error::other(
                "the memory has no address space left where it is, and the configuration does not let it move",
            ));
        }
        let room = options.room_for_growth.map_or(size / 2, saturated);
        let room = size.saturating_add(room);
        if let Backing::System(reservation) = self.backing_mut() {
            *reservation = reservation.moved(old, size, room)?;
        }
        Ok(())
    }
}

/// The size in bytes of a memory of `size` bytes after growing by `delta` pages, unless it is beyond the type's
/// maximum, what its addresses can express, or the address space.
pub(crate) fn grown_size(ty: &MemoryType, size: usize, delta: u64) -> Option<usize> {
    let pages = (size as u64 >> ty.page_size_log2).checked_add(delta)?;
    let allowed = ty.limits.max.unwrap_or(u64::MAX).min(ty.max_pages());
    if pages > allowed {
        return None;
    }
    usize::try_from(pages.checked_mul(ty.page_size())?).ok()
}

/// Whether the engine's memories may have so many bytes.
fn check_size(engine: &Engine, size: usize) -> io::Result<()> {
    match engine.pool() {
        Some(pool) if size > pool.options().memory_size => Err(io::Error::other(format!(
            "a memory of the engine's pool has at most {} bytes (`max_memory_size`), and this one would have {size}",
            pool.options().memory_size
        ))),
        _ => Ok(()),
    }
}

/// Bytes to keep inaccessible before a memory. They are as many as a 32-bit index or displacement reaches backwards if
/// it is taken for a signed one, where addresses are reserved generously.
fn guard_before(engine: &Engine, ty: &MemoryType) -> usize {
    const REACH: u64 = 1 << 31;
    let tunables = &engine.options().tunables;
    if !engine.options().memories.guard_before {
        return 0;
    }
    let guard = match tunables.memory_style(ty) {
        MemoryStyle::Reserved => REACH,
        MemoryStyle::Checked => tunables.memory_guard.min(REACH),
    };
    usize::try_from(guard).expect("addresses have 64 bits")
}

/// Bytes to reserve for a memory whose accesses are checked: room to grow, but no more than its type allows. What is
/// shared can't move, so all that its type allows is reserved.
fn checked_reservation(engine: &Engine, ty: &MemoryType, size: u64) -> u64 {
    let most = ty
        .limits
        .max
        .and_then(|max| max.checked_mul(ty.page_size()))
        .unwrap_or(u64::MAX);
    let usual = engine.options().tunables.memory_reservation;
    let room = if ty.shared {
        MAX_SHARED_RESERVATION
    } else if size > usual {
        size.saturating_add(engine.options().memories.room_for_growth.unwrap_or(0))
    } else {
        usual
    };
    size.max(room.min(most))
}

/// A number of bytes, or the largest that there is.
fn saturated(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

impl Drop for Space {
    fn drop(&mut self) {
        if let Some(Backing::System(reservation)) = self.backing.take() {
            self.engine.spaces().give(reservation);
        }
    }
}
