//! Linear memories.

use crate::Engine;
use crate::compiled::MemoryImage;
use crate::raw::context::Standalone;
use crate::raw::place::Place;
use std::sync::Arc;
use transom_code::MemoryStyle;
use transom_layout::VmMemory;
use transom_sys::Reservation;
use transom_types::MemoryType;

/// A linear memory of a store.
#[derive(Debug)]
pub struct MemoryInstance {
    engine: Arc<Engine>,
    ty: MemoryType,
    /// Where compiled code reads base and length.
    place: Place<VmMemory>,
    /// Kept for memories that the host made.
    _standalone: Option<Standalone>,
    /// `None` only while the memory is dropped.
    reservation: Option<Reservation>,
    /// Whether an image is mapped in it.
    mapped: bool,
}

/// Why a memory could not be made or grown.
#[derive(Debug, thiserror::Error)]
#[error("a memory of {pages} pages of {page_size} bytes can't be had: {reason}")]
pub struct MemoryError {
    pages: u64,
    page_size: u64,
    reason: String,
}

impl MemoryInstance {
    /// A new memory that compiled code finds at `place`, or at a place of its own.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left.
    pub fn new(
        engine: &Arc<Engine>,
        ty: MemoryType,
        place: Option<Place<VmMemory>>,
    ) -> Result<MemoryInstance, MemoryError> {
        let error = |reason: &dyn ToString| MemoryError {
            pages: ty.limits.min,
            page_size: ty.page_size(),
            reason: reason.to_string(),
        };
        let beyond = || error(&"it is larger than the address space");
        let size = ty
            .limits
            .min
            .checked_mul(ty.page_size())
            .and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(beyond)?;
        let tunables = &engine.options().tunables;
        let len = match tunables.memory_style(&ty) {
            MemoryStyle::Reserved => tunables.memory_reservation.checked_add(tunables.memory_guard),
            MemoryStyle::Checked => Some(checked_reservation(engine, &ty, size as u64)),
        };
        let len = len.and_then(|len| usize::try_from(len).ok()).ok_or_else(beyond)?;
        let mut reservation = engine.reserve(len).map_err(|reason| error(&reason))?;
        // A reservation that was used before may be accessible beyond the end, where accesses have to fault.
        reservation.restrict(size).map_err(|reason| error(&reason))?;
        reservation
            .make_accessible(size)
            .map_err(|reason| error(&reason))?;
        let (standalone, place) = match place {
            Some(place) => (None, place),
            None => {
                let (standalone, place) = Standalone::new();
                (Some(standalone), place)
            }
        };
        place.set(VmMemory {
            base: reservation.base(),
            length: size,
        });
        let (engine, reservation) = (engine.clone(), Some(reservation));
        Ok(MemoryInstance {
            engine,
            ty,
            place,
            _standalone: standalone,
            reservation,
            mapped: false,
        })
    }

    /// The type that it was made with; its size may have grown since.
    pub fn ty(&self) -> &MemoryType {
        &self.ty
    }

    /// Where compiled code reads base and length.
    pub fn place(&self) -> Place<VmMemory> {
        self.place
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        self.place.get().length
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
        let reservation = self.reservation();
        let base = reservation.base() as usize;
        base..base + reservation.len()
    }

    fn reservation(&self) -> &Reservation {
        self.reservation.as_ref().expect("only dropping takes it")
    }

    /// Maps an image, in place of what would be copied.
    pub(crate) fn map_image(&mut self, image: &MemoryImage) -> std::io::Result<()> {
        let reservation = self.reservation.as_mut().expect("only dropping takes it");
        self.mapped = true;
        image.image.map(reservation, image.offset)
    }

    /// The size in bytes after growing by `delta` pages, unless it is beyond the type's maximum, what its
    /// addresses can express, or the address space.
    pub fn grown_size(&self, delta: u64) -> Option<usize> {
        let pages = self.pages().checked_add(delta)?;
        let allowed = self.ty.limits.max.unwrap_or(u64::MAX).min(self.ty.max_pages());
        if pages > allowed {
            return None;
        }
        usize::try_from(pages.checked_mul(self.ty.page_size())?).ok()
    }

    /// Grows to `size` bytes.
    ///
    /// # Errors
    ///
    /// The system has not that much memory. The memory is as it was.
    pub fn grow_to(&mut self, size: usize) -> std::io::Result<()> {
        let old = self.place.get();
        let reservation = self.reservation.as_mut().expect("only dropping takes it");
        if size <= reservation.len() {
            reservation.make_accessible(size)?;
        } else {
            // Only memories whose accesses are checked get here: others have their whole range reserved.
            let mut larger = Reservation::new(size.saturating_add(size / 2))?;
            larger.make_accessible(size)?;
            crate::raw::place::copy_bytes(old.base, larger.base(), old.length);
            *reservation = larger;
            self.mapped = false;
        }
        self.place.set(VmMemory {
            base: reservation.base(),
            length: size,
        });
        Ok(())
    }
}

/// Bytes to reserve for a memory whose accesses are checked: room to grow, but no more than its type allows.
fn checked_reservation(engine: &Engine, ty: &MemoryType, size: u64) -> u64 {
    let room = engine.options().tunables.memory_reservation;
    let most = ty
        .limits
        .max
        .and_then(|max| max.checked_mul(ty.page_size()))
        .unwrap_or(u64::MAX);
    size.max(room.min(most))
}

impl Drop for MemoryInstance {
    fn drop(&mut self) {
        if let Some(reservation) = self.reservation.take() {
            self.engine.give_back(reservation, self.mapped);
        }
    }
}
