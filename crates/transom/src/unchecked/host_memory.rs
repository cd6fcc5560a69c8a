//! Linear memories in memory of an embedder.

use crate::{Config, MemoryType};
use std::sync::Arc;
use transom_vm::raw::backing::{LinearMemory, NewMemory};

/// Creates linear memories; see [`Config::with_host_memory`].
///
/// # Safety
///
/// Implementations must create memories that are as [`LinearMemory`] and [`new_memory`](Self::new_memory) require: compiled code relies on
/// the sizes and on the guard.
pub unsafe trait MemoryCreator: Send + Sync {
    /// Creates a memory of `minimum` bytes, all of them zero, which is asked to grow to at most `maximum` bytes.
    ///
    /// If `reserved_size_in_bytes` is given, code relies on the address space: the address must never change, and every access to
    /// that many bytes from there on, and to `guard_size_in_bytes` bytes behind them, must fault unless it is inside the memory. Without it,
    /// code compares each access with the memory's length. [`Config::memory_reservation`] and [`Config::memory_guard_size`] decide.
    ///
    /// # Errors
    ///
    /// There is no memory, for the reason that is returned. Whoever requires it gets the error.
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String>;
}

impl Config {
    /// Creates linear memories, of programs and of the host, by `mem_creator`. Shared memories are not among them.
    ///
    /// ```
    /// # use transom::*;
    /// use std::sync::Arc;
    ///
    /// /// Memory of the allocator's. It cannot grow.
    /// struct Bytes(Box<[std::cell::UnsafeCell<u8>]>);
    ///
    /// // SAFETY: the bytes are changed by the program only, and the allocator's memory is for all threads.
    /// unsafe impl Sync for Bytes {}
    /// // SAFETY: the bytes are those of the box, whose address and size never change.
    /// unsafe impl LinearMemory for Bytes {
    ///     fn byte_size(&self) -> usize { self.0.len() }
    ///     fn byte_capacity(&self) -> usize { self.0.len() }
    ///     fn grow_to(&mut self, _: usize) -> Result<()> { bail!("all memory is in use") }
    ///     fn as_ptr(&self) -> *mut u8 { self.0.as_ptr().cast_mut().cast() }
    /// }
    ///
    /// struct Creator;
    /// // SAFETY: the memory has the size, and no address space is required of it.
    /// unsafe impl MemoryCreator for Creator {
    ///     fn new_memory(&self, _: MemoryType, minimum: usize, _: Option<usize>, reserved: Option<usize>, _: usize)
    ///         -> Result<Box<dyn LinearMemory>, String>
    ///     {
    ///         assert_eq!(reserved, None);
    ///         Ok(Box::new(Bytes((0..minimum).map(|_| 0.into()).collect())))
    ///     }
    /// }
    ///
    /// let mut config = Config::new();
    /// config.with_host_memory(Arc::new(Creator)).memory_reservation(0).memory_guard_size(0);
    /// let mut store = Store::new(&Engine::new(&config)?, ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// memory.write(&mut store, 7, b"text")?;
    /// assert_eq!(memory.data(&store)[8], b'e');
    /// assert!(memory.grow(&mut store, 1).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn with_host_memory(&mut self, mem_creator: Arc<dyn MemoryCreator>) -> &mut Self {
        let make = move |wanted: &NewMemory| {
            let bytes = |pages: u64| pages.checked_mul(wanted.ty.page_size());
            let maximum = wanted.ty.limits.max.and_then(bytes);
            mem_creator.new_memory(
                MemoryType::lift(&wanted.ty),
                wanted.size,
                maximum.and_then(|maximum| usize::try_from(maximum).ok()),
                wanted.reserved,
                wanted.guard,
            )
        };
        self.options.memories.make = Some(Arc::new(make));
        self
    }
}
