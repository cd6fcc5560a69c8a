//! The address space of memories that were dropped, kept for new ones.
//!
//! It is cleaned before it is kept, so it holds nothing of the memory that it was. It may hold what its module begins with: an image that is mapped
//! stays so, for the next instance of the same module.

use super::image::MemoryImage;
use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use transom_sys::Reservation;

/// What is kept of memories, and for how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMemories {
    /// How many are kept.
    pub count: usize,
    /// Bytes of each that stay in memory, cleared, instead of being given back to the system.
    pub resident: usize,
    /// Whether the system is asked which pages were written. Otherwise the first bytes are those that stay.
    pub ask: bool,
}

impl Default for KeptMemories {
    fn default() -> KeptMemories {
        KeptMemories {
            count: 64,
            resident: 128 << 10,
            ask: true,
        }
    }
}

/// Bytes that are accessible, from which on all of a reservation is replaced before it is kept: the system has tables of its pages, of a
/// 512th of its size.
const MUCH: usize = 64 << 20;

/// Bytes that stay accessible then: enough for small programs to start without asking.
const STILL_ACCESSIBLE: usize = 1 << 20;

/// How many are looked at for one that fits exactly.
const LOOKED_AT: usize = 32;

/// All that an engine keeps.
#[derive(Debug)]
pub struct KeptSpaces {
    options: KeptMemories,
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    reservation: Reservation,
    /// Bytes that are in memory.
    resident: usize,
}

/// What a new memory needs.
pub struct Wanted<'a> {
    /// Bytes of the guard before it.
    pub before: usize,
    /// Bytes of its addresses.
    pub len: usize,
    /// Bytes that are accessible.
    pub size: usize,
    /// What it begins with, unless it is zeros.
    pub image: Option<&'a MemoryImage>,
}

impl Wanted<'_> {
    /// How well a reservation fits: the less the better; `None` if it does not, or begins with what another module does.
    fn misfit(&self, kept: &Reservation) -> Option<u8> {
        if kept.len() != self.len || kept.before() != self.before {
            return None;
        }
        match kept.is_for(self.image.map(MemoryImage::placed)) {
            true if kept.accessible() == self.size => Some(0),
            true => Some(1),
            false => kept.is_for(None).then_some(2),
        }
    }
}

impl KeptSpaces {
    /// None yet.
    pub fn new(options: KeptMemories) -> KeptSpaces {
        KeptSpaces {
            options,
            kept: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Address space for a memory, of which as many bytes are accessible as it wants: that of the last dropped ones that fits best,
    /// or a new one. It reads as zeros or, if that is still mapped, as the image that is wanted.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left.
    pub fn take(&self, wanted: &Wanted<'_>) -> io::Result<Reservation> {
        let kept = {
            let mut kept = self.lock();
            let newest = kept.iter().enumerate().rev().take(LOOKED_AT);
            let fitting = newest.filter_map(|(index, kept)| Some((wanted.misfit(&kept.reservation)?, index)));
            let best = fitting.min_by_key(|&(misfit, _)| misfit);
            best.and_then(|(_, index)| kept.remove(index))
        };
        let mut reservation = match kept {
            Some(kept) => kept.reservation,
            None => Reservation::guarded(wanted.before, wanted.len)?,
        };
        // It may be accessible beyond the end, where accesses have to fault.
        reservation.restrict(wanted.size)?;
        reservation.make_accessible(wanted.size)?;
        Ok(reservation)
    }

    /// Keeps the address space of a dropped memory.
    pub fn give(&self, mut reservation: Reservation) {
        if self.is_plenty(&reservation) {
            return;
        }
        let cleaned = if reservation.accessible() > MUCH {
            reservation.reset(STILL_ACCESSIBLE).map(|()| 0)
        } else {
            reservation.clean(self.options.resident, self.options.ask)
        };
        // What could not be cleaned is dropped.
        let Ok(resident) = cleaned else { return };
        let mut kept = self.lock();
        if reservation.is_retired() {
            return;
        }
        let oldest = (kept.len() >= self.options.count).then(|| kept.pop_front());
        kept.push_back(Kept {
            reservation,
            resident,
        });
        drop(kept);
        drop(oldest);
    }

    /// Whether there are as many as may be, of the same kind: then one more need not be cleaned.
    fn is_plenty(&self, reservation: &Reservation) -> bool {
        let kept = self.lock();
        let full = kept.len() >= self.options.count;
        full && kept
            .front()
            .is_none_or(|oldest| oldest.reservation.is_like(reservation))
    }

    /// Gives everything back that begins with an image, whose module is gone.
    pub fn retire(&self, image: &MemoryImage) {
        image.image.retire();
        let mut kept = self.lock();
        let (gone, rest) = kept.drain(..).partition(|kept| kept.reservation.is_retired());
        *kept = rest;
        drop(kept);
        drop::<VecDeque<Kept>>(gone);
    }

    /// How many are kept, and how many of their bytes are in memory.
    pub fn kept(&self) -> (usize, usize) {
        let kept = self.lock();
        (kept.len(), kept.iter().map(|kept| kept.resident).sum())
    }
}

#[cfg(test)]
mod tests;
