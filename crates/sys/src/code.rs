//! Executable memory.
//!
//! All machine code of a process lies in one region of addresses, reserved once, at a random page. So a fault handler tells with
//! one comparison, and no lock, whether an address is in compiled code, and any function reaches any other by a
//! 32-bit distance. Code is written while its pages can't be executed, and can't be written once they can.

use crate::mapping::{Reservation, check, check_mapping, page_size, round_to_pages};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Sizes of the region that are tried in turn, in bytes; some systems limit the address space.
const REGION_SIZES: [usize; 4] = [2 << 30, 1 << 30, 256 << 20, 64 << 20];

static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Whether an address is in the region of compiled code. Callable from a signal handler.
pub fn is_code_address(address: usize) -> bool {
    (START.load(Ordering::Relaxed)..END.load(Ordering::Relaxed)).contains(&address)
}

struct Region {
    reservation: Reservation,
    /// Free ranges: offset to length, neighbours always joined.
    free: Mutex<BTreeMap<usize, usize>>,
}

fn region() -> io::Result<&'static Region> {
    static REGION: OnceLock<Option<Region>> = OnceLock::new();
    let region = REGION.get_or_init(|| {
        let reservation = REGION_SIZES
            .iter()
            .find_map(|&size| Reservation::at_random(size).ok())?;
        START.store(reservation.base() as usize, Ordering::Relaxed);
        END.store(reservation.base() as usize + reservation.len(), Ordering::Relaxed);
        let free = Mutex::new(BTreeMap::from([(0, reservation.len())]));
        Some(Region { reservation, free })
    });
    region.as_ref().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::OutOfMemory,
            "cannot reserve addresses for compiled code",
        )
    })
}

impl Region {
    fn free(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, usize>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first free range that is large enough.
    fn take(&self, len: usize) -> io::Result<usize> {
        let mut free = self.free();
        let found = free
            .iter()
            .find(|&(_, &available)| available >= len)
            .map(|(&offset, &available)| (offset, available));
        let message = "the region for compiled code is full; drop modules that are not in use";
        let (offset, available) = found.ok_or_else(|| io::Error::new(io::ErrorKind::OutOfMemory, message))?;
        free.remove(&offset);
        if available > len {
            free.insert(offset + len, available - len);
        }
        Ok(offset)
    }

    fn give_back(&self, mut offset: usize, mut len: usize) {
        let mut free = self.free();
        if let Some(next) = free.remove(&(offset + len)) {
            len += next;
        }
        if let Some((&before, &before_len)) = free.range(..offset).next_back()
            && before + before_len == offset
        {
            offset = before;
            len += before_len;
        }
        free.insert(offset, len);
    }
}

/// Machine code that can be executed.
#[derive(Debug)]
pub struct CodeMapping {
    offset: usize,
    address: usize,
    len: usize,
}

impl CodeMapping {
    /// Makes `size` bytes of machine code executable. `write` writes them, and is given the address at which they will be executed.
    /// The bytes may hold anything before.
    ///
    /// # Errors
    ///
    /// There is no room for the code.
    pub fn publish(size: usize, write: impl FnOnce(&mut [u8], usize)) -> io::Result<CodeMapping> {
        let region = region()?;
        let len = round_to_pages(size.max(1))?;
        let offset = region.take(len)?;
        let address = region.reservation.base() as usize + offset;
        // Owned from here on, so that a failure below gives the range back.
        let mapping = CodeMapping { offset, address, len };
        // SAFETY: the range was free, so nobody executes or reads it; it becomes writable, is filled through
        // one reference, and becomes executable when that is gone.
        unsafe {
            let place = region.reservation.base().add(offset);
            check(libc::mprotect(
                place.cast(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
            ))?;
            write(std::slice::from_raw_parts_mut(place, size), address);
            check(libc::mprotect(
                place.cast(),
                len,
                libc::PROT_READ | libc::PROT_EXEC,
            ))?;
        }
        Ok(mapping)
    }

    /// Address of the first byte.
    pub fn address(&self) -> usize {
        self.address
    }

    /// The code, to be read.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the range is readable and is not written as long as the mapping lives.
        unsafe { std::slice::from_raw_parts(self.address as *const u8, self.len) }
    }

    /// Bytes mapped, in whole pages.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is mapped, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for CodeMapping {
    fn drop(&mut self) {
        let region = region().expect("code was published in it");
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: the range belongs to this mapping. To execute it takes `unsafe`, and whoever does keeps the mapping meanwhile.
        let result = unsafe {
            let place = region.reservation.base().add(self.offset);
            libc::mmap(place.cast(), self.len, libc::PROT_NONE, flags, -1, 0)
        };
        debug_assert_eq!(self.len % page_size(), 0);
        // A range that could not be unmapped is not handed out again.
        if check_mapping(result).is_ok() {
            region.give_back(self.offset, self.len);
        }
    }
}

#[cfg(test)]
mod tests;
