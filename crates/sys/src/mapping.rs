//! Address space: reservations that become accessible from their beginning.

mod clean;

use crate::image::Image;
use crate::pages::{check, check_mapping, page_size, round_to_pages, too_large};
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How many random addresses are tried: nearly all of the address space is free.
const RANDOM_ATTEMPTS: usize = 8;

/// The start of a page in the half of the addresses of a process that the system uses last; none if the system gives no
/// random numbers.
fn random_address() -> Option<*mut libc::c_void> {
    let mut bits = [0u8; 8];
    // SAFETY: the buffer has the length that is given.
    let got = unsafe { libc::getrandom(bits.as_mut_ptr().cast(), bits.len(), libc::GRND_NONBLOCK) };
    if usize::try_from(got) != Ok(bits.len()) {
        return None;
    }
    // 46 bits of address, not near null.
    let address = (usize::from_le_bytes(bits) & ((1 << 46) - 1) | 1 << 36) & !(page_size() - 1);
    Some(std::ptr::without_provenance_mut(address))
}

/// Maps a new inaccessible range.
fn reserve_at(address: *mut libc::c_void, len: usize, flag: libc::c_int) -> io::Result<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | flag;
    // SAFETY: a new private mapping touches nothing that exists: without `MAP_FIXED` it is never placed over another.
    check_mapping(unsafe { libc::mmap(address, len, libc::PROT_NONE, flags, -1, 0) })
}

/// A range of addresses that nothing else uses. It begins inaccessible; a first part of it can be made
/// accessible, and reads as zeros until it is written. Addresses before it may belong to it as a guard that is never
/// accessible.
#[derive(Debug)]
pub struct Reservation {
    base: NonNull<u8>,
    len: usize,
    accessible: usize,
    /// Bytes of the guard before the base.
    before: usize,
    /// What is mapped in it besides zeros, if anything is.
    pieces: Option<Box<Pieces>>,
}

/// Parts of a reservation that are not one mapping of zeros.
#[derive(Debug, Default)]
struct Pieces {
    /// Where, in bytes from the base, another mapping of the system's may begin: an image was mapped there, or pages were moved.
    seams: Vec<usize>,
    /// The image that was mapped, and where, if that is the only reason for seams.
    image: Option<(Arc<Image>, Range<usize>)>,
}

/// Whether the system has always been able to move pages so far: Linux can since 5.7, those of an image since 5.13.
static MOVES_PAGES: AtomicBool = AtomicBool::new(true);

// SAFETY: a reservation owns its addresses, and does nothing through its base that needs a certain thread.
unsafe impl Send for Reservation {}
// SAFETY: as above; shared access only reads the fields.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves `len` bytes, rounded up to whole pages.
    ///
    /// # Errors
    ///
    /// The system has no such range of addresses left, or does not give it.
    pub fn new(len: usize) -> io::Result<Reservation> {
        Reservation::guarded(0, len)
    }

    /// Reserves `len` bytes behind a guard of `before` bytes, both rounded up to whole pages.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn guarded(before: usize, len: usize) -> io::Result<Reservation> {
        let (before, len) = (round_to_pages(before)?, round_to_pages(len.max(1))?);
        let total = before.checked_add(len).ok_or_else(too_large)?;
        let start = reserve_at(std::ptr::null_mut(), total, 0)?;
        Ok(Reservation {
            // SAFETY: inside what has just been mapped.
            base: unsafe { start.add(before) },
            len,
            accessible: 0,
            before,
            pieces: None,
        })
    }

    /// Reserves `len` bytes, rounded up to whole pages, at an address that says nothing about other mappings: the system
    /// puts those that it places itself next to each other.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn at_random(len: usize) -> io::Result<Reservation> {
        let len = round_to_pages(len.max(1))?;
        // ThreadSanitizer ends the process where a mapping is outside of the ranges that it knows.
        let attempts = if cfg!(transom_sanitize) {
            0
        } else {
            RANDOM_ATTEMPTS
        };
        for _ in 0..attempts {
            let Some(address) = random_address() else { break };
            if let Ok(base) = reserve_at(address, len, libc::MAP_FIXED_NOREPLACE) {
                let reservation = Reservation {
                    base,
                    len,
                    accessible: 0,
                    before: 0,
                    pieces: None,
                };
                // Old systems take the address as a hint.
                if base.as_ptr().cast() == address {
                    return Ok(reservation);
                }
            }
        }
        Reservation::new(len)
    }

    /// Bytes of the guard before the first address.
    pub fn before(&self) -> usize {
        self.before
    }

    /// The first address. A reference to bytes behind it borrows the reservation: it must end before anything takes the
    /// reservation mutably, or drops it.
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Bytes reserved.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is reserved, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes accessible, in whole pages.
    pub fn accessible(&self) -> usize {
        self.accessible
    }

    /// Makes at least the first `len` bytes accessible. What was accessible keeps its contents.
    ///
    /// # Errors
    ///
    /// `len` is beyond the reservation, or the system has not that much memory.
    pub fn make_accessible(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?;
        if len > self.len {
            return Err(io::Error::new(
                io::ErrorKind::OutOfMemory,
                "beyond the reserved addresses",
            ));
        }
        if len > self.accessible {
            // SAFETY: the range lies in this reservation, which nobody could access yet.
            let result = unsafe {
                let start = self.base.as_ptr().add(self.accessible);
                libc::mprotect(start.cast(), len - self.accessible, READ_WRITE)
            };
            if let Err(error) = check(result) {
                self.take_back(self.accessible..len);
                return Err(error);
            }
            self.accessible = len;
        }
        Ok(())
    }

    /// Makes a range inaccessible again of which the system has perhaps made a part accessible before it failed. Another thread may have written
    /// there meanwhile, if it uses the memory, too.
    fn take_back(&mut self, range: Range<usize>) {
        // SAFETY: the range lies in this reservation, behind what is accessible.
        let taken_back = unsafe {
            let start = self.base.as_ptr().add(range.start).cast();
            libc::mprotect(start, range.len(), libc::PROT_NONE) == 0
                && libc::madvise(start, range.len(), libc::MADV_DONTNEED) == 0
        };
        if !taken_back {
            end_process("a memory is accessible beyond its end, and the system does not change that");
        }
    }

    /// Whether it reads as zeros, or as `image` at `offset`, once it was [cleaned](Self::clean).
    pub fn is_for(&self, image: Option<(&Arc<Image>, usize)>) -> bool {
        match (image, self.image()) {
            (None, None) => self.pieces.is_none(),
            (Some((image, offset)), Some((own, place))) => Arc::ptr_eq(image, own) && place.start == offset,
            _ => false,
        }
    }

    /// Whether it can be used for the same as another one.
    pub fn is_like(&self, other: &Reservation) -> bool {
        let image = other.image().map(|(image, place)| (image, place.start));
        self.len == other.len && self.before == other.before && self.is_for(image)
    }

    /// Whether an image is mapped in it that was [retired](Image::retire).
    pub fn is_retired(&self) -> bool {
        self.image().is_some_and(|(image, _)| image.is_retired())
    }

    /// The image that is mapped, and where, if nothing else is.
    fn image(&self) -> Option<&(Arc<Image>, Range<usize>)> {
        self.pieces.as_ref()?.image.as_ref()
    }

    /// Where other mappings may begin and end.
    fn seams(&self) -> &[usize] {
        self.pieces.as_ref().map_or(&[], |pieces| &pieces.seams)
    }

    /// Maps an image at an offset, over what is there. The rest of its last page reads as zeros.
    ///
    /// # Errors
    ///
    /// The place is not accessible or not aligned to pages, or the system refuses.
    pub fn map_image(&mut self, image: &Arc<Image>, offset: usize) -> io::Result<()> {
        let len = image.bytes().len();
        let end = offset.checked_add(len).filter(|&end| end <= self.accessible);
        if end.is_none() || !offset.is_multiple_of(page_size()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "an image that lies outside its memory",
            ));
        }
        let place = offset..round_to_pages(offset + len)?;
        let only = self.pieces.is_none();
        // Until it is known that the image is there, it is only known that something else may be.
        self.add_seams(place.clone());
        // SAFETY: the range lies in the accessible part, and the reservation is borrowed mutably, so there are no references to its
        // bytes.
        unsafe {
            let start = self.base.as_ptr().add(offset);
            map_over(
                start,
                len,
                READ_WRITE,
                (libc::MAP_PRIVATE, image.file().as_raw_fd()),
            )?;
        }
        if only {
            let image = (image.clone(), place.clone());
            self.add_seams(place).image = Some(image);
        }
        Ok(())
    }

    /// Notes that other mappings may begin and end there, so that no image is the only reason for seams.
    fn add_seams(&mut self, range: Range<usize>) -> &mut Pieces {
        let pieces = self.pieces.get_or_insert_default();
        for seam in [range.start, range.end] {
            if let Err(place) = pieces.seams.binary_search(&seam) {
                pieces.seams.insert(place, seam);
            }
        }
        pieces.image = None;
        pieces
    }

    /// Another reservation, of `len` bytes with as large a guard, of which `accessible` bytes are accessible, that holds what
    /// the first `used` bytes of this one hold. They are lost here. Pages are moved, which takes no time to speak of and leaves
    /// those alone that were never touched, or copied where the system can't move them.
    ///
    /// # Errors
    ///
    /// The system has not that much memory or so many addresses; this reservation is as it was.
    pub fn moved(&mut self, used: usize, accessible: usize, len: usize) -> io::Result<Reservation> {
        let used = round_to_pages(used)?.min(self.accessible);
        let mut larger = Reservation::guarded(self.before, len)?;
        larger.make_accessible(accessible.max(used))?;
        if MOVES_PAGES.load(Ordering::Relaxed) {
            if self.move_pages(&mut larger, used).is_ok() {
                let seams = &mut larger.add_seams(0..used).seams;
                let inside = self.seams().iter().filter(|&&seam| 0 < seam && seam < used);
                seams.splice(1..1, inside.copied());
                return Ok(larger);
            }
            MOVES_PAGES.store(false, Ordering::Relaxed);
            // When the system fails it may already have unmapped the place that pages were to come to, and another thread may
            // have it by now. So it is not unmapped, once in the life of the process.
            std::mem::forget(larger);
            larger = Reservation::guarded(self.before, len)?;
            larger.make_accessible(accessible.max(used))?;
        }
        // SAFETY: so much is accessible in both, which are apart.
        unsafe { copy_pages(self.base(), larger.base(), used) };
        Ok(larger)
    }

    /// Moves the first `used` bytes to the beginning of another reservation. If it fails, they are where they were.
    fn move_pages(&mut self, to: &mut Reservation, used: usize) -> io::Result<()> {
        let seams: Vec<_> = self
            .seams()
            .iter()
            .copied()
            .filter(|&seam| 0 < seam && seam < used)
            .collect();
        let mut start = 0;
        for end in seams.into_iter().chain([used]) {
            // SAFETY: both ranges are accessible, and apart since they lie in two reservations. Both are borrowed mutably, so there
            // are no references to their bytes.
            let moved = unsafe { move_mapping(self.base().add(start), to.base().add(start), end - start) };
            if let Err(error) = moved {
                // SAFETY: as above; what was moved so far is mapped there, and reads as zeros or the image here.
                unsafe { std::ptr::copy_nonoverlapping(to.base(), self.base(), start) };
                return Err(error);
            }
            start = end;
        }
        Ok(())
    }

    /// Makes all but the first `len` bytes inaccessible. What lay beyond keeps its contents out of reach, so this
    /// is only right for a reservation that was [`reset`](Self::reset) or [cleaned](Self::clean).
    ///
    /// # Errors
    ///
    /// The system refused; the reservation must not be used any more.
    pub fn restrict(&mut self, len: usize) -> io::Result<()> {
        let len = round_to_pages(len)?;
        if len < self.accessible {
            // SAFETY: the range lies in this reservation.
            let result = unsafe {
                let start = self.base.as_ptr().add(len);
                libc::mprotect(start.cast(), self.accessible - len, libc::PROT_NONE)
            };
            check(result)?;
            self.accessible = len;
        }
        Ok(())
    }

    /// Makes the reservation as new: what was accessible reads as zeros if it is made accessible again.
    /// Pages that were accessible up to `keep` stay so.
    ///
    /// # Errors
    ///
    /// The system refused; the reservation must not be used any more.
    pub fn reset(&mut self, keep: usize) -> io::Result<()> {
        let keep = round_to_pages(keep)?.min(self.accessible);
        self.add_seams(0..self.accessible);
        // SAFETY: both ranges lie in this reservation, which is borrowed mutably, so there are no references to its bytes.
        unsafe {
            map_over(self.base.as_ptr(), keep, READ_WRITE, (NEW, -1))?;
            let rest = self.base.as_ptr().add(keep);
            map_over(rest, self.accessible - keep, libc::PROT_NONE, (NEW, -1))?;
        }
        self.accessible = keep;
        self.pieces = None;
        Ok(())
    }
}

const READ_WRITE: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;

/// New pages of zeros.
const NEW: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;

/// Maps a file, or new pages if there is no descriptor, over pages that are mapped. If the system can't, there is what was there, or
/// new pages with the same protection.
///
/// # Safety
///
/// The range consists of whole pages, but for its end, which the caller owns; nobody has references to them.
unsafe fn map_over(
    start: *mut u8,
    len: usize,
    protection: libc::c_int,
    (flags, descriptor): (libc::c_int, libc::c_int),
) -> io::Result<()> {
    if len == 0 {
        return Ok(());
    }
    // SAFETY: by the contract.
    unsafe {
        let start: *mut libc::c_void = start.cast();
        let mapped = libc::mmap(start, len, protection, flags | libc::MAP_FIXED, descriptor, 0);
        let Err(error) = check_mapping(mapped) else {
            return Ok(());
        };
        // Before Linux 6.12, what was there may be gone by now, and another thread may get these addresses. Pages of zeros must be there before.
        if !is_mapped(start, len) {
            let flags = NEW | libc::MAP_FIXED_NOREPLACE;
            if libc::mmap(start, len, protection, flags, -1, 0) != start {
                end_process("pages of a memory are gone");
            }
        }
        Err(error)
    }
}

/// Whether all pages of a range are mapped.
fn is_mapped(start: *mut libc::c_void, len: usize) -> bool {
    let mut pages = vec![0u8; len.div_ceil(page_size())];
    // SAFETY: the system only looks at the range, and there is a byte for each of its pages.
    unsafe { libc::mincore(start, len, pages.as_mut_ptr()) == 0 }
}

/// Ends the process, whose sandbox can't be kept.
fn end_process(reason: &str) -> ! {
    eprintln!(
        "transom: the process ends: {reason}: {}",
        io::Error::last_os_error()
    );
    std::process::abort()
}

/// Moves pages that are one mapping of the system's to a place that is mapped, too; in the old place are new ones.
///
/// # Safety
///
/// Both ranges are whole pages, owned by the caller, and apart. If it fails, the new place may have been unmapped.
unsafe fn move_mapping(from: *mut u8, to: *mut u8, len: usize) -> io::Result<()> {
    if len == 0 {
        return Ok(());
    }
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP;
    // SAFETY: by the contract.
    let result = unsafe { libc::mremap(from.cast(), len, len, flags, to.cast::<libc::c_void>()) };
    check_mapping(result).map(drop)
}

/// Copies whole pages to others that are all zeros; what is zero is not touched there.
///
/// # Safety
///
/// Both ranges are accessible whole pages, owned by the caller, and apart.
unsafe fn copy_pages(from: *const u8, to: *mut u8, len: usize) {
    for start in (0..len).step_by(page_size()) {
        // SAFETY: by the contract; nobody else writes to the page.
        unsafe {
            let page = std::slice::from_raw_parts(from.add(start), page_size());
            if page.iter().any(|&byte| byte != 0) {
                std::ptr::copy_nonoverlapping(page.as_ptr(), to.add(start), page.len());
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the reservation owns the range, and ends here.
        let result = unsafe {
            let start = self.base.as_ptr().sub(self.before);
            libc::munmap(start.cast(), self.before + self.len)
        };
        debug_assert_eq!(result, 0, "a reservation could not be unmapped");
    }
}

#[cfg(test)]
mod tests;
