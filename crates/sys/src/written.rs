//! Which pages of the process were written: Linux says so since 6.7, without touching them.
//!
//! A page that nobody has written is not there at all, or is a page of a mapped file, or is the system's page of zeros. All others count as
//! written, also those that the system has moved to a disk. Where a file is mapped, a page of zeros was written: the system merges equal
//! pages if a process wants that.
//!
//! The descriptor that is asked belongs to the process that has opened it: in the child of a fork it would tell of the parent's pages.
//! So beside it lies a mark in a page that the system clears in every child, by whatever call it was made.

use crate::pages::page_size;
use std::fs::File;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// How many ranges a scan finds at most.
const MOST_RANGES: usize = 64;

/// What lies in a range before anything is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    Zeros,
    /// A file, at least in a part.
    File,
}

/// Looks for written pages among those of a range of whole pages, which are the caller's, and visits their ranges in ascending order, in
/// addresses. It stops when it has found `most` pages, or very many ranges; gives where. `None` if the system can't tell.
pub(crate) fn scan(
    range: Range<usize>,
    before: Before,
    most: usize,
    visit: impl FnMut(Range<usize>),
) -> Option<usize> {
    static PAGES: OnceLock<Option<OwnPages>> = OnceLock::new();
    if most == 0 {
        return None;
    }
    let pages = PAGES.get_or_init(OwnPages::open).as_ref();
    pages?.scan(range, before, most, visit)
}

/// Whether the system can tell which pages were written.
pub fn is_known() -> bool {
    let page = page_start(std::ptr::from_ref(&PAGEMAP_SCAN));
    scan(page..page + page_size(), Before::Zeros, 1, drop).is_some()
}

/// The system's file about the pages of this process.
struct OwnPages {
    /// Zero in a child of the process that has opened the file.
    mark: &'static AtomicU8,
    /// Always open; another one once a child has opened its own.
    file: Mutex<&'static File>,
    descriptor: AtomicI32,
}

/// The arguments of [`PAGEMAP_SCAN`].
#[repr(C)]
#[derive(Default)]
struct ScanArguments {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    ranges: u64,
    ranges_len: u64,
    max_pages: u64,
    inverted: u64,
    all_of: u64,
    any_of: u64,
    returned: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct PageRegion {
    start: u64,
    end: u64,
    categories: u64,
}

/// `_IOWR('f', 16, struct pm_scan_arg)`.
const PAGEMAP_SCAN: libc::Ioctl = 0xc060_6610_u32 as libc::Ioctl;
/// Categories of pages: of a file, and not this process's copy of it;
const IS_FILE: u64 = 1 << 2;
/// in memory;
const IS_PRESENT: u64 = 1 << 3;
/// on a disk, or about to come from there;
const IS_SWAPPED: u64 = 1 << 4;
/// the system's page of zeros.
const IS_ZEROS: u64 = 1 << 5;

const _: () = assert!(size_of::<ScanArguments>() == 0x60);

impl OwnPages {
    fn open() -> Option<OwnPages> {
        let mark = own_mark()?;
        let file = open_file()?;
        let pages = OwnPages {
            mark,
            descriptor: file.as_raw_fd().into(),
            file: Mutex::new(file),
        };
        mark.store(1, Ordering::Release);
        // Older systems know no such request, and some know no such file.
        let here = page_start(&raw const pages);
        pages
            .scan(here..here + page_size(), Before::Zeros, 1, drop)
            .is_some()
            .then_some(pages)
    }

    fn scan(
        &self,
        range: Range<usize>,
        before: Before,
        most: usize,
        visit: impl FnMut(Range<usize>),
    ) -> Option<usize> {
        if self.mark.load(Ordering::Acquire) == 0 {
            self.reopen()?;
        }
        let unwritten = match before {
            Before::Zeros => IS_FILE | IS_ZEROS,
            Before::File => IS_FILE,
        };
        let mut ranges = [PageRegion::default(); MOST_RANGES];
        let mut arguments = ScanArguments {
            size: size_of::<ScanArguments>() as u64,
            start: range.start as u64,
            end: range.end as u64,
            ranges: ranges.as_mut_ptr() as u64,
            ranges_len: MOST_RANGES as u64,
            max_pages: most as u64,
            inverted: unwritten,
            all_of: unwritten,
            any_of: IS_PRESENT | IS_SWAPPED,
            returned: IS_PRESENT | IS_SWAPPED,
            ..ScanArguments::default()
        };
        let descriptor = self.descriptor.load(Ordering::Relaxed);
        // SAFETY: the arguments are as the system defines them, and the ranges have the length that is given. Pages are only looked at.
        let found = unsafe { libc::ioctl(descriptor, PAGEMAP_SCAN, &raw mut arguments) };
        let found = ranges.get(..usize::try_from(found).ok()?)?;
        let end = arguments.walk_end as usize;
        // Nothing that the system says leads outside of the caller's pages.
        let inside = |part: &PageRegion| {
            range.start as u64 <= part.start && part.start <= part.end && part.end <= arguments.walk_end
        };
        if end < range.start || end > range.end || !found.iter().all(inside) {
            return None;
        }
        found
            .iter()
            .map(|part| part.start as usize..part.end as usize)
            .for_each(visit);
        Some(end)
    }

    /// In the child of a fork: opens the file of its own pages.
    fn reopen(&self) -> Option<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if self.mark.load(Ordering::Acquire) == 0 {
            *file = open_file()?;
            self.descriptor.store(file.as_raw_fd(), Ordering::Relaxed);
            self.mark.store(1, Ordering::Release);
        }
        Some(())
    }
}

/// The file about the pages of this process. It stays open, like what keeps it: one in the life of a process.
fn open_file() -> Option<&'static File> {
    let file = File::open("/proc/self/pagemap").ok()?;
    Some(Box::leak(Box::new(file)))
}

/// A byte that the system sets to zero in every child of the process.
fn own_mark() -> Option<&'static AtomicU8> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new private mapping at an address of the system's choice touches nothing that exists. It is never unmapped, so the byte lives
    // as long as the process, and nobody else knows it.
    unsafe {
        let page = libc::mmap(std::ptr::null_mut(), page_size(), protection, flags, -1, 0);
        if page == libc::MAP_FAILED || libc::madvise(page, page_size(), libc::MADV_WIPEONFORK) != 0 {
            return None;
        }
        Some(&*page.cast::<AtomicU8>())
    }
}

/// The address of the page in which something begins.
fn page_start<T>(place: *const T) -> usize {
    place.addr() & !(page_size() - 1)
}

#[cfg(test)]
mod tests;
