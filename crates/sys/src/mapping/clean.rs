//! How a reservation is made to read as it did before anything was written.

use super::Reservation;
use crate::pages::{check, page_size, round_to_pages};
use crate::written::{self, Before};
use std::io;
use std::ops::Range;

impl Reservation {
    /// Makes what is accessible read as it did before anything was written: as zeros, or as the image that is mapped. At most `keep` bytes of
    /// what was written stay in memory, cleared: that is quicker than to give pages back and to get new ones. They are the first ones that
    /// were written, if the system is to be asked and can tell; otherwise they are the first ones. Gives how many they are.
    ///
    /// # Errors
    ///
    /// The system refused; the reservation must not be used any more.
    pub fn clean(&mut self, keep: usize, ask: bool) -> io::Result<usize> {
        let keep = keep / page_size() * page_size();
        if self.pieces.is_some() && self.image().is_none() {
            self.reset(self.accessible)?;
            return Ok(0);
        }
        let (base, end) = (self.base.as_ptr().addr(), self.accessible);
        if !ask {
            let keep = keep.min(end);
            self.restore(0..keep);
            self.discard(keep..end)?;
            return Ok(keep);
        }
        let mut kept = 0;
        let scanned = written::scan(
            base..base + end,
            self.before_writes(),
            keep / page_size(),
            |range| {
                kept += range.len();
                self.restore(range.start - base..range.end - base);
            },
        );
        self.discard(scanned.map_or(0, |end| end - base)..end)?;
        Ok(kept)
    }

    fn before_writes(&self) -> Before {
        match self.image() {
            Some(_) => Before::File,
            None => Before::Zeros,
        }
    }

    /// Takes an image away: everything that is accessible reads as zeros.
    pub fn take_image_away(&mut self) {
        if self.reset(self.accessible).is_err() {
            // SAFETY: so much is accessible, and the reservation is borrowed mutably, so there are no references to its bytes.
            unsafe { self.base.as_ptr().write_bytes(0, self.accessible) };
        }
    }

    /// Bytes of what is accessible that were written, or kept when it was [cleaned](Self::clean), and so take memory of the process's own. All, if the system can't tell.
    pub fn written(&self) -> usize {
        let base = self.base.as_ptr().addr();
        let (mut at, end, mut written) = (base, base + self.accessible, 0);
        while at < end {
            match written::scan(at..end, self.before_writes(), usize::MAX, |range| {
                written += range.len()
            }) {
                // It always gets further, or else it tells nothing.
                Some(next) if next > at => at = next,
                _ => return self.accessible,
            }
        }
        written
    }

    /// Makes whole accessible pages read as they did before anything was written.
    fn restore(&mut self, range: Range<usize>) {
        assert!(range.start <= range.end && range.end <= self.accessible);
        // SAFETY: the range is accessible, and the reservation is borrowed mutably, so there are no references to its bytes.
        let bytes =
            unsafe { std::slice::from_raw_parts_mut(self.base.as_ptr().add(range.start), range.len()) };
        let Some((image, place)) = self.image() else {
            return bytes.fill(0);
        };
        let contents = image.bytes();
        // Where in the range the image begins and ends.
        let begin = place.start.clamp(range.start, range.end);
        let end = (place.start + contents.len()).clamp(begin, range.end);
        bytes[..begin - range.start].fill(0);
        if begin < end {
            let part = &contents[begin - place.start..end - place.start];
            bytes[begin - range.start..end - range.start].copy_from_slice(part);
        }
        bytes[end - range.start..].fill(0);
    }

    /// Gives accessible whole pages back to the system. They read as zeros afterwards, or as the image that is mapped there.
    fn discard(&mut self, range: Range<usize>) -> io::Result<()> {
        assert!(range.start <= range.end && range.end <= self.accessible);
        if range.is_empty() {
            return Ok(());
        }
        // SAFETY: the range lies in this reservation, which is borrowed mutably, so there are no references to its bytes.
        check(unsafe {
            let start = self.base.as_ptr().add(range.start);
            libc::madvise(start.cast(), range.len(), libc::MADV_DONTNEED)
        })
    }

    /// Gives the first `len` accessible bytes back to the system, as [`clean`](Self::clean) does. Only right where no pages were moved.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub(crate) fn discard_first(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?.min(self.accessible);
        self.discard(0..len)
    }
}
