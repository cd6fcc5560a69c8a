//! A region of memory that is all there from the beginning, as far as the program can tell: the system gives a page when it is
//! first written.

use crate::pages::{check, check_mapping, page_size, round_to_pages};
use crate::written::{self, Before};
use std::io;
use std::ops::Range;
use std::ptr::NonNull;

/// A range of addresses that nothing else uses, and that reads as zeros until it is written.
#[derive(Debug)]
pub struct Region {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a region owns its addresses; what is done through its base is the business of who does it.
unsafe impl Send for Region {}
// SAFETY: as above; shared access only reads the fields.
unsafe impl Sync for Region {}

impl Region {
    /// Maps `len` bytes, rounded up to whole pages.
    ///
    /// # Errors
    ///
    /// The system has no such range of addresses left, or does not give it.
    pub fn new(len: usize) -> io::Result<Region> {
        let len = round_to_pages(len.max(1))?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, -1, 0) };
        let base = check_mapping(base)?;
        Ok(Region { base, len })
    }

    /// The first address. A reference to bytes behind it borrows the region: it must end before anything takes the region
    /// mutably, or drops it.
    pub fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Bytes mapped.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is mapped, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes whole pages inaccessible for good.
    ///
    /// # Errors
    ///
    /// The system refused.
    ///
    /// # Panics
    ///
    /// If the range is not inside.
    pub fn forbid(&mut self, range: Range<usize>) -> io::Result<()> {
        let (start, len) = self.part(range);
        // SAFETY: the range lies in this region, which is borrowed mutably, so there are no references to its bytes.
        check(unsafe { libc::mprotect(start.cast(), len, libc::PROT_NONE) })
    }

    /// Gives whole pages back to the system; they read as zeros again. True if the system took them.
    ///
    /// # Panics
    ///
    /// If the range is not inside.
    pub fn discard(&mut self, range: Range<usize>) -> bool {
        let (start, len) = self.part(range);
        // SAFETY: as above; nothing but the contents changes, and those are forgotten on purpose.
        len == 0 || unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTNEED) } == 0
    }

    /// Makes everything read as zeros again. At most `keep` bytes of what was written in `used` stay in memory, cleared; all else is given back.
    /// `used` are whole pages, in ascending order. Gives how many bytes stay.
    ///
    /// # Errors
    ///
    /// The system refused; the region must not be used any more.
    ///
    /// # Panics
    ///
    /// If the ranges are not inside, or not in order.
    pub fn clean(&mut self, keep: usize, used: &[Range<usize>]) -> io::Result<usize> {
        let base = self.base.as_ptr().addr();
        let (mut kept, mut done) = (0, 0);
        for range in used {
            self.give_back(done..range.start)?;
            let addresses = base + range.start..base + range.end;
            let left = (keep - kept) / page_size();
            let scanned = written::scan(addresses, Before::Zeros, left, |written| {
                kept += written.len();
                let (start, len) = self.part(written.start - base..written.end - base);
                // SAFETY: the pages were written, so they are accessible; the region is borrowed mutably, so there are no references to
                // them.
                unsafe { start.write_bytes(0, len) };
            });
            done = scanned.map_or(range.start, |end| end - base);
        }
        self.give_back(done..self.len)?;
        Ok(kept)
    }

    fn give_back(&mut self, range: Range<usize>) -> io::Result<()> {
        match self.discard(range) {
            true => Ok(()),
            false => Err(io::Error::last_os_error()),
        }
    }

    fn part(&self, range: Range<usize>) -> (*mut u8, usize) {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "{range:?} is not inside a region of {} bytes",
            self.len
        );
        // SAFETY: the start is inside, or right behind the end of an empty range.
        (unsafe { self.base.as_ptr().add(range.start) }, range.len())
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: the region owns the mapping, and nothing uses it any more.
        let _unmapped = unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

#[cfg(test)]
mod tests;
