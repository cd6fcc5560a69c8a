//! The guest's memory: every pointer and length that a program passes is checked here, and nowhere else.

use crate::errno::{Errno, Result};
use smallvec::SmallVec;

/// A range that the guest passed as a pointer and a length: a buffer, a path, a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    pub(crate) ptr: u32,
    pub(crate) len: u32,
}

/// The bytes of the memory that the program exports as `memory`; none if there is no such export.
pub(crate) struct Guest<'a> {
    bytes: &'a mut [u8],
}

/// The length of the host's paths, with the NUL at their end.
const PATH_MAX: usize = 4096;

/// How many ranges of a list are looked at in one go, so that a huge list costs no memory; few enough to lie on
/// the stack.
pub(crate) const CHUNK: usize = 8;

impl<'a> Guest<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Guest { bytes }
    }

    fn bounds(&self, range: Range) -> Result<std::ops::Range<usize>> {
        let start = usize::try_from(range.ptr)?;
        let end = start
            .checked_add(usize::try_from(range.len)?)
            .ok_or(Errno::FAULT)?;
        if end > self.bytes.len() {
            Err(Errno::FAULT)
        } else {
            Ok(start..end)
        }
    }

    /// Checks that a range lies in memory; for results, before the call has an effect.
    pub(crate) fn check(&self, ptr: u32, len: u32) -> Result<()> {
        self.bounds(Range { ptr, len }).map(drop)
    }

    pub(crate) fn slice(&self, range: Range) -> Result<&[u8]> {
        Ok(&self.bytes[self.bounds(range)?])
    }

    pub(crate) fn slice_mut(&mut self, range: Range) -> Result<&mut [u8]> {
        let bounds = self.bounds(range)?;
        Ok(&mut self.bytes[bounds])
    }

    /// A path: UTF-8 without NUL, and no longer than the host would take it, so that nobody copies what is.
    pub(crate) fn path(&self, range: Range) -> Result<&str> {
        let bytes = self.slice(range)?;
        if bytes.len() >= PATH_MAX {
            return Err(Errno::NAMETOOLONG);
        }
        let path = std::str::from_utf8(bytes).map_err(|_| Errno::ILSEQ)?;
        match path {
            "" => Err(Errno::NOENT),
            path if path.contains('\0') => Err(Errno::INVAL),
            path => Ok(path),
        }
    }

    pub(crate) fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<()> {
        self.slice_mut(Range {
            ptr,
            len: bytes.len().try_into()?,
        })?
        .copy_from_slice(bytes);
        Ok(())
    }

    pub(crate) fn write_u32(&mut self, ptr: u32, value: u32) -> Result<()> {
        self.write(ptr, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, ptr: u32, value: u64) -> Result<()> {
        self.write(ptr, &value.to_le_bytes())
    }

    /// The ranges of a list of `iovec`s or `ciovec`s from number `from` on, at most [`CHUNK`] of them, each
    /// checked to lie in memory. Of their bytes only the first `budget` count.
    pub(crate) fn iovecs(&self, list: Range, from: u32, mut budget: u32) -> Result<SmallVec<[Range; CHUNK]>> {
        let count = list.len.saturating_sub(from).min(CHUNK as u32);
        let start = u64::from(list.ptr) + 8 * u64::from(from);
        let records = Range {
            ptr: start.try_into().map_err(|_| Errno::FAULT)?,
            len: 8 * count,
        };
        let records = self.slice(records)?.as_chunks::<8>().0.iter();
        records
            .map(|[p0, p1, p2, p3, len @ ..]| {
                let mut range = Range {
                    ptr: u32::from_le_bytes([*p0, *p1, *p2, *p3]),
                    len: u32::from_le_bytes(*len),
                };
                self.bounds(range)?;
                range.len = range.len.min(budget);
                budget -= range.len;
                Ok(range)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_checked() {
        let mut bytes = [0; 16];
        let mut guest = Guest::new(&mut bytes);
        assert!(guest.slice(Range { ptr: 16, len: 0 }).is_ok());
        assert_eq!(guest.slice(Range { ptr: 16, len: 1 }), Err(Errno::FAULT));
        assert_eq!(
            guest.slice(Range {
                ptr: u32::MAX,
                len: u32::MAX
            }),
            Err(Errno::FAULT)
        );
        assert_eq!(guest.write_u64(9, 1), Err(Errno::FAULT));
        assert_eq!(guest.write(0, &[0xff]), Ok(()));
        assert_eq!(guest.path(Range { ptr: 0, len: 2 }), Err(Errno::ILSEQ));
    }

    #[test]
    fn lists_are_read_in_chunks() {
        let mut bytes = vec![0; 8 * 100];
        bytes[8 * 99] = 5;
        bytes[8 * 99 + 4] = 7;
        let guest = Guest::new(&mut bytes);
        let list = Range { ptr: 0, len: 100 };
        assert_eq!(guest.iovecs(list, 0, u32::MAX).unwrap().len(), CHUNK);
        let rest = guest.iovecs(list, 96, u32::MAX).unwrap();
        assert_eq!((rest.len(), rest[3].ptr, rest[3].len), (4, 5, 7));
        assert!(guest.iovecs(list, 100, u32::MAX).unwrap().is_empty());
        assert!(
            guest
                .iovecs(
                    Range {
                        ptr: 0,
                        len: u32::MAX
                    },
                    0,
                    u32::MAX
                )
                .is_ok()
        );
        assert!(
            guest
                .iovecs(
                    Range {
                        ptr: 0,
                        len: u32::MAX
                    },
                    96,
                    u32::MAX
                )
                .is_err()
        );
    }

    #[test]
    fn lengths_of_a_list_do_not_overflow() {
        let mut bytes = vec![0; 64];
        bytes[4..8].copy_from_slice(&65u32.to_le_bytes());
        let guest = Guest::new(&mut bytes);
        assert_eq!(
            guest.iovecs(Range { ptr: 0, len: 1 }, 0, u32::MAX).unwrap_err(),
            Errno::FAULT
        );
    }
}
