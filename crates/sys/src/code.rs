//! Executable memory.
//!
//! All machine code of a process lies in one region of addresses, reserved once, at a random page. So a fault handler tells with
//! one comparison, and no lock, whether an address is in compiled code, and any function reaches any other, and its data, by a
//! 32-bit distance. No address can be written and executed at the same time.
//!
//! Code gets there in two ways. [`CodeMapping::publish`] gives it pages of its own, which can't be written once they can be
//! executed. A [`CodeArena`] takes many small pieces one after another, each beside code that runs.

mod chunk;
mod range;

pub use range::is_code_address;

use crate::pages::check;
use chunk::Chunk;
use range::CodeRange;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Machine code that can be executed.
#[derive(Debug)]
pub struct CodeMapping {
    address: usize,
    len: usize,
    _memory: Memory,
}

/// What keeps the pages of a mapping.
#[derive(Debug)]
#[expect(dead_code, reason = "owns the memory")]
enum Memory {
    /// The mapping alone.
    Own(CodeRange),
    /// A chunk that other mappings lie in, too.
    Shared(Arc<Chunk>),
}

impl CodeMapping {
    /// Makes `size` bytes of machine code executable. `write` writes them, and is given the address at which they will be executed.
    /// The bytes may hold anything before.
    ///
    /// # Errors
    ///
    /// There is no room for the code.
    pub fn publish(size: usize, write: impl FnOnce(&mut [u8], usize)) -> io::Result<CodeMapping> {
        // Owned from here on, so that a failure below gives the range back.
        let range = CodeRange::take(size)?;
        let (address, len, place) = (range.address(), range.len(), range.place());
        // SAFETY: the range was free, so nobody executes or reads it; it becomes writable, is filled through
        // one reference, and becomes executable when that is gone.
        unsafe {
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
        Ok(CodeMapping {
            address,
            len,
            _memory: Memory::Own(range),
        })
    }

    /// Address of the first byte.
    pub fn address(&self) -> usize {
        self.address
    }

    /// The code, to be read.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the range is readable and is not written as long as the mapping lives: a chunk's arena goes on behind it.
        unsafe { std::slice::from_raw_parts(self.address as *const u8, self.len) }
    }

    /// Bytes that belong to the mapping: whole pages, if it has pages of its own.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing belongs to it, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Bytes of a page's worth of code: the least that an arena's chunks have.
const MIN_CHUNK: usize = 16 << 10;

/// Bytes that an arena takes at once at most, unless one piece is longer.
const MAX_CHUNK: usize = 4 << 20;

/// Takes machine code in small pieces. They lie one after another in chunks; the arena keeps the last one, and each piece its own.
/// Chunks take addresses as they are made, and memory as they are filled.
#[derive(Debug)]
pub struct CodeArena {
    chunk: Option<Open>,
    /// Bytes of the next chunk.
    next: usize,
}

/// The chunk that has room for more.
#[derive(Debug)]
struct Open {
    chunk: Arc<Chunk>,
    used: usize,
    /// The process that made it. After a fork two processes have the same pages, and only this one may write to them.
    process: u32,
}

impl CodeArena {
    /// An empty arena that will hold about `expected` bytes.
    pub fn new(expected: usize) -> CodeArena {
        CodeArena {
            chunk: None,
            next: expected.clamp(MIN_CHUNK, MAX_CHUNK),
        }
    }

    /// Makes `size` bytes of machine code executable, with an `alignment` that is a power of two and not above a page. `write`
    /// writes them, and is given the address at which they will be executed.
    ///
    /// # Errors
    ///
    /// There is no room for the code.
    pub fn publish(
        &mut self,
        size: usize,
        alignment: usize,
        write: impl FnOnce(&mut [u8], usize),
    ) -> io::Result<CodeMapping> {
        /// What lies between pieces: an instruction that traps.
        const PADDING: u8 = 0xcc;
        let open = self.room_for(size, alignment)?;
        let start = open.used.next_multiple_of(alignment);
        let chunk = open.chunk.clone();
        let address = chunk.address() + start;
        // SAFETY: the bytes lie in the chunk, behind all that was published in it, so nobody knows their addresses; no other
        // reference to them exists, because the arena is borrowed mutably and moves on below even if `write` panics.
        let bytes = unsafe {
            let place = chunk.writable().add(open.used).as_ptr();
            std::slice::from_raw_parts_mut(place, start - open.used + size)
        };
        let (padding, code) = bytes.split_at_mut(start - open.used);
        open.used = start + size;
        padding.fill(PADDING);
        write(code, address);
        Ok(CodeMapping {
            address,
            len: size,
            _memory: Memory::Shared(chunk),
        })
    }

    /// The chunk that has room for a piece: the open one, or a new one.
    fn room_for(&mut self, size: usize, alignment: usize) -> io::Result<&mut Open> {
        let process = std::process::id();
        let has_room = |open: &Open| {
            let end = open.used.checked_next_multiple_of(alignment);
            let end = end.and_then(|start| start.checked_add(size));
            open.process == process && end.is_some_and(|end| end <= open.chunk.len())
        };
        if !self.chunk.as_ref().is_some_and(has_room) {
            let chunk = Arc::new(Chunk::new(size.max(self.next))?);
            // Each is as large as all before it.
            self.next = (self.next * 2).min(MAX_CHUNK);
            self.chunk = Some(Open {
                chunk,
                used: 0,
                process,
            });
        }
        Ok(self.chunk.as_mut().expect("it was made if it was not there"))
    }
}

/// Words that machine code reads, near it: in the same region, but never executable. They begin as zeros.
#[derive(Debug)]
pub struct CodeWords {
    range: CodeRange,
    len: usize,
}

impl CodeWords {
    /// Makes `len` words.
    ///
    /// # Errors
    ///
    /// There is no room for them.
    pub fn new(len: usize) -> io::Result<CodeWords> {
        let bytes = len.checked_mul(size_of::<AtomicUsize>());
        let bytes = bytes.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let range = CodeRange::take(bytes)?;
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the range was taken just now, so nobody uses it.
        check(unsafe { libc::mprotect(range.place().cast(), range.len(), rights) })?;
        Ok(CodeWords { range, len })
    }

    /// The words.
    pub fn words(&self) -> &[AtomicUsize] {
        // SAFETY: the range is readable and writable, holds so many words, which any bytes are, and begins with a page. It is only
        // accessed as atomics, for as long as this value lives.
        unsafe { std::slice::from_raw_parts(self.range.place().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests;
