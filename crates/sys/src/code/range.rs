//! The region of addresses that all machine code of a process lies in, and ranges of it.

use crate::mapping::Reservation;
use crate::pages::{check_mapping, page_size, round_to_pages};
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

pub(super) struct Region {
    pub(super) reservation: Reservation,
    /// Free ranges: offset to length, neighbours always joined.
    pub(super) free: Mutex<BTreeMap<usize, usize>>,
}

pub(super) fn region() -> io::Result<&'static Region> {
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
    pub(super) fn free(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, usize>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first free range that is large enough.
    pub(super) fn take(&self, len: usize) -> io::Result<usize> {
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

    pub(super) fn give_back(&self, mut offset: usize, mut len: usize) {
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

/// Addresses of the region, in whole pages, that belong to one owner. They are inaccessible until the owner changes that, and
/// again once the range is dropped.
#[derive(Debug)]
pub(super) struct CodeRange {
    offset: usize,
    address: usize,
    len: usize,
}

impl CodeRange {
    /// Takes at least `len` bytes.
    pub(super) fn take(len: usize) -> io::Result<CodeRange> {
        let region = region()?;
        let len = round_to_pages(len.max(1))?;
        let offset = region.take(len)?;
        let address = region.reservation.base() as usize + offset;
        Ok(CodeRange { offset, address, len })
    }

    /// Address of the first byte.
    pub(super) fn address(&self) -> usize {
        self.address
    }

    /// The same, as a pointer into the region.
    pub(super) fn place(&self) -> *mut u8 {
        let region = region().expect("the range was taken from it");
        region.reservation.base().wrapping_add(self.offset)
    }

    /// Bytes, in whole pages.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

impl Drop for CodeRange {
    fn drop(&mut self) {
        let region = region().expect("the range was taken from it");
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: the range belongs to this value alone. To execute it takes `unsafe`, and whoever does keeps the range meanwhile.
        let result = unsafe { libc::mmap(self.place().cast(), self.len, libc::PROT_NONE, flags, -1, 0) };
        debug_assert_eq!(self.len % page_size(), 0);
        // A range that could not be unmapped is not handed out again.
        if check_mapping(result).is_ok() {
            region.give_back(self.offset, self.len);
        }
    }
}
