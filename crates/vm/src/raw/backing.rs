//! What the bytes of a memory lie in: address space that the engine reserved, or memory of an embedder.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use transom_error::Result;
use transom_sys::Reservation;

/// Linear memory of an embedder; see [`MakeMemory`]. It is freed by dropping it.
///
/// # Safety
///
/// From [`as_ptr`](Self::as_ptr) on, [`byte_size`](Self::byte_size) bytes can be read and written by any thread, and nothing else uses
/// them; they are zero when they become part of the memory. Address and size change by [`grow_to`](Self::grow_to) only. If address space was
/// required (see [`NewMemory::reserved`]), the address never changes, and an access to what is behind the bytes, up to the
/// end of the address space and the guard, faults.
pub unsafe trait LinearMemory: Send + Sync + 'static {
    /// The bytes that can be accessed.
    fn byte_size(&self) -> usize;

    /// The bytes that the memory can grow to without a change of its address.
    fn byte_capacity(&self) -> usize;

    /// Makes `new_size` bytes accessible.
    ///
    /// # Errors
    ///
    /// There is no memory. Nothing has changed.
    fn grow_to(&mut self, new_size: usize) -> Result<()>;

    /// The address of the first byte.
    fn as_ptr(&self) -> *mut u8;
}

/// What is required of a new memory.
#[derive(Clone, Copy, Debug)]
pub struct NewMemory {
    /// Its type.
    pub ty: transom_types::MemoryType,
    /// Bytes that are accessible at first.
    pub size: usize,
    /// Bytes of address space, if code relies on it that none of the accesses to them, and to the guard behind, reaches something else.
    pub reserved: Option<usize>,
    /// Bytes of the guard.
    pub guard: usize,
}

/// Makes memories for an embedder's own reasons.
pub type MakeMemory = Arc<dyn Fn(&NewMemory) -> Result<Box<dyn LinearMemory>, String> + Send + Sync>;

/// What the bytes of a memory lie in.
#[derive(Debug)]
pub enum Backing {
    /// Address space of the system's.
    System(Reservation),
    /// Memory of an embedder.
    Host(HostMemory),
}

/// Memory of an embedder, with what it has said of itself when it was last asked.
pub struct HostMemory {
    memory: Box<dyn LinearMemory>,
    base: *mut u8,
    accessible: usize,
    /// Bytes from the base on that belong to it, accessible or not.
    len: usize,
    /// Whether code relies on the address.
    fixed: bool,
}

// SAFETY: the address is that of memory which any thread may use, by the contract of `LinearMemory`.
unsafe impl Send for HostMemory {}
// SAFETY: as above; nothing is changed through a shared reference.
unsafe impl Sync for HostMemory {}

impl std::fmt::Debug for HostMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes at {:p}", self.accessible, self.base)
    }
}

impl HostMemory {
    /// A new memory.
    ///
    /// # Errors
    ///
    /// The embedder has none, or what it made is too small.
    pub fn new(make: &MakeMemory, wanted: &NewMemory) -> io::Result<HostMemory> {
        let memory = make(wanted).map_err(io::Error::other)?;
        let mut memory = HostMemory {
            base: memory.as_ptr(),
            memory,
            accessible: 0,
            len: 0,
            fixed: wanted.reserved.is_some(),
        };
        memory.ask(wanted.size)?;
        if let Some(reserved) = wanted.reserved {
            memory.len = reserved.saturating_add(wanted.guard);
        }
        Ok(memory)
    }

    /// Asks the memory for what it has.
    fn ask(&mut self, size: usize) -> io::Result<()> {
        let (accessible, capacity) = (self.memory.byte_size(), self.memory.byte_capacity());
        self.base = self.memory.as_ptr();
        self.accessible = accessible;
        self.len = self.len.max(capacity).max(accessible);
        // A null address would make an access fault at an address that no memory explains.
        if accessible < size || (self.base.is_null() && size > 0) {
            return Err(io::Error::other(format!(
                "the embedder's memory has {accessible} bytes instead of {size}"
            )));
        }
        Ok(())
    }

    /// Makes `size` bytes accessible; the address may change.
    ///
    /// # Errors
    ///
    /// The embedder has no memory.
    ///
    /// # Panics
    ///
    /// If the address changes although code relies on it.
    pub fn grow(&mut self, size: usize) -> io::Result<()> {
        let base = self.base;
        self.memory.grow_to(size).map_err(io::Error::other)?;
        self.ask(size)?;
        assert!(
            !self.fixed || self.base == base,
            "the embedder has moved a memory whose address was to stay"
        );
        Ok(())
    }
}

impl Backing {
    /// The address of the first byte.
    pub fn base(&self) -> *mut u8 {
        match self {
            Backing::System(reservation) => reservation.base(),
            Backing::Host(memory) => memory.base,
        }
    }

    /// How many bytes can be accessed.
    pub fn accessible(&self) -> usize {
        match self {
            Backing::System(reservation) => reservation.accessible(),
            Backing::Host(memory) => memory.accessible,
        }
    }

    /// Bytes that take memory, as far as is known: those of an embedder all do.
    pub fn resident(&self) -> usize {
        match self {
            Backing::System(reservation) => reservation.written(),
            Backing::Host(memory) => memory.accessible,
        }
    }

    /// The range of addresses that belongs to it, accessible or not.
    pub fn addresses(&self) -> Range<usize> {
        let (base, len) = match self {
            Backing::System(reservation) => (reservation.base(), reservation.len()),
            Backing::Host(memory) => (memory.base, memory.len),
        };
        base.addr()..base.addr().saturating_add(len)
    }
}

#[cfg(test)]
mod tests;
