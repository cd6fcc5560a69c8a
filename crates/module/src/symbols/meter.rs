//! Reading DWARF on a budget.
//!
//! DWARF is full of references, so a small section can describe a lot of work: thousands of units that share a table of
//! abbreviations, or entries whose attributes take no bytes. A [`Reader`] that is told beforehand how many steps it may
//! take bounds all of that at one place, and with it the memory that anything read can take.

use gimli::{EndianSlice, Error, LittleEndian, Reader, ReaderOffsetId, Result};
use std::borrow::Cow;
use std::cell::Cell;

/// How many steps are left. A step is a byte that is read, or as much work.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

impl Budget {
    /// A budget of so many steps.
    pub fn new(steps: u64) -> Budget {
        Budget(Cell::new(steps))
    }

    /// Takes steps away, unless there are not that many.
    ///
    /// # Errors
    ///
    /// There are not; none are left then.
    pub fn pay(&self, steps: usize) -> Result<()> {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(Error::UnexpectedEof(ReaderOffsetId(0))),
        }
    }

    /// Does something that may take at most so many of the steps.
    pub fn within<T>(&self, most: u64, work: impl FnOnce() -> T) -> T {
        let before = self.0.get();
        let granted = before.min(most);
        self.0.set(granted);
        let result = work();
        self.0.set(before - granted + self.0.get());
        result
    }
}

/// Bytes of a section, read on a budget.
#[derive(Clone, Copy, Debug)]
pub struct Metered<'a> {
    bytes: EndianSlice<'a, LittleEndian>,
    budget: &'a Budget,
}

impl<'a> Metered<'a> {
    /// Bytes that are read on a budget.
    pub fn new(bytes: &'a [u8], budget: &'a Budget) -> Self {
        Metered {
            bytes: EndianSlice::new(bytes, LittleEndian),
            budget,
        }
    }
}

impl Reader for Metered<'_> {
    type Endian = LittleEndian;
    type Offset = usize;

    fn endian(&self) -> LittleEndian {
        LittleEndian
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn empty(&mut self) {
        self.bytes.empty();
    }

    fn truncate(&mut self, len: usize) -> Result<()> {
        self.bytes.truncate(len)
    }

    fn offset_from(&self, base: &Self) -> usize {
        self.bytes.offset_from(base.bytes)
    }

    fn offset_id(&self) -> ReaderOffsetId {
        self.bytes.offset_id()
    }

    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.bytes.lookup_offset_id(id)
    }

    fn find(&self, byte: u8) -> Result<usize> {
        let found = Reader::find(&self.bytes, byte);
        self.budget.pay(*found.as_ref().unwrap_or(&self.len()))?;
        found
    }

    fn skip(&mut self, len: usize) -> Result<()> {
        self.budget.pay(1)?;
        self.bytes.skip(len)
    }

    fn split(&mut self, len: usize) -> Result<Self> {
        self.budget.pay(1)?;
        Ok(Metered {
            bytes: self.bytes.split(len)?,
            budget: self.budget,
        })
    }

    fn to_slice(&self) -> Result<Cow<'_, [u8]>> {
        self.bytes.to_slice()
    }

    fn to_string(&self) -> Result<Cow<'_, str>> {
        self.budget.pay(self.len())?;
        Reader::to_string(&self.bytes)
    }

    fn to_string_lossy(&self) -> Result<Cow<'_, str>> {
        self.budget.pay(self.len())?;
        Reader::to_string_lossy(&self.bytes)
    }

    fn read_slice(&mut self, buf: &mut [u8]) -> Result<()> {
        self.budget.pay(buf.len())?;
        Reader::read_slice(&mut self.bytes, buf)
    }
}
