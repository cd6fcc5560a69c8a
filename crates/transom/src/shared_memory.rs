//! Memories that several stores share.

use crate::{Engine, MemoryAccessError, MemoryType, Trap};
use std::cell::UnsafeCell;
use std::sync::Arc;
use std::time::Duration;
use transom_error::{Context, Result, ensure};
pub use transom_vm::WaitResult;
use transom_vm::raw::bytes;

/// A linear memory that several stores share, possibly on several threads. It belongs to an engine, and lives until
/// its last handle is dropped and the last store that holds it is dropped.
///
/// ```
/// # use transom::*;
/// let mut config = Config::new();
/// config.wasm_threads(true);
/// let engine = Engine::new(&config)?;
/// let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
/// let module = Module::new(&engine, r#"(module
///     (import "host" "memory" (memory 1 2 shared))
///     (func (export "count") (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))))"#)?;
/// let threads: Vec<_> = (0..2)
///     .map(|_| {
///         let (module, memory) = (module.clone(), memory.clone());
///         std::thread::spawn(move || -> Result<()> {
///             let mut store = Store::new(module.engine(), ());
///             let instance = Instance::new(&mut store, &module, &[memory.into()])?;
///             let count = instance.get_typed_func::<(), ()>(&mut store, "count")?;
///             (0..100).try_for_each(|_| count.call(&mut store, ()))
///         })
///     })
///     .collect();
/// for thread in threads {
///     thread.join().expect("no thread panics")?;
/// }
/// let mut bytes = [0; 4];
/// memory.read(0, &mut bytes)?;
/// assert_eq!(u32::from_le_bytes(bytes), 200);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SharedMemory(Arc<transom_vm::SharedMemory>);

impl SharedMemory {
    /// Creates a shared memory. Address space for the maximum of its type is reserved, so the memory never moves.
    ///
    /// # Errors
    ///
    /// The type is not shared, or the system has not enough memory or address space.
    pub fn new(engine: &Engine, ty: MemoryType) -> Result<SharedMemory> {
        ensure!(ty.is_shared(), "a `SharedMemory` needs a shared memory type");
        let memory = transom_vm::SharedMemory::new(engine.vm(), ty.lower())?;
        Ok(SharedMemory(Arc::new(memory)))
    }

    pub(crate) fn of(memory: &Arc<transom_vm::SharedMemory>) -> SharedMemory {
        SharedMemory(memory.clone())
    }

    /// The memory, if it belongs to the store's engine.
    pub(crate) fn checked(&self, store: &transom_vm::Store) -> Result<&Arc<transom_vm::SharedMemory>> {
        ensure!(
            Arc::ptr_eq(self.0.engine(), store.engine()),
            "a shared memory is used with a store of another engine"
        );
        Ok(&self.0)
    }

    /// The type that the memory was created with.
    pub fn ty(&self) -> MemoryType {
        MemoryType::lift(self.0.ty())
    }

    /// The size in pages.
    pub fn size(&self) -> u64 {
        self.0.pages()
    }

    /// The size of a page in bytes.
    pub fn page_size(&self) -> u64 {
        self.0.ty().page_size()
    }

    /// The size in bytes.
    pub fn data_size(&self) -> usize {
        self.data().len()
    }

    /// The bytes of the memory at its current size. Other threads may change them at any time, so every access
    /// requires `unsafe` code that prevents data races. [`read`](Self::read) and [`write`](Self::write) are safe
    /// alternatives.
    pub fn data(&self) -> &[UnsafeCell<u8>] {
        self.0.data()
    }

    /// Copies bytes out of the memory. If another thread writes the range at the same time, each copied byte is an
    /// old or a new one.
    ///
    /// # Errors
    ///
    /// A byte is beyond the end of the memory. Then nothing is copied.
    pub fn read(&self, offset: usize, buffer: &mut [u8]) -> std::result::Result<(), MemoryAccessError> {
        let copied = bytes::copy_from(self.0.place(), offset as u64, buffer);
        copied.then_some(()).ok_or_else(MemoryAccessError::new)
    }

    /// Copies bytes into the memory.
    ///
    /// # Errors
    ///
    /// A byte is beyond the end of the memory. Then nothing is copied.
    pub fn write(&self, offset: usize, buffer: &[u8]) -> std::result::Result<(), MemoryAccessError> {
        let copied = bytes::copy_into(self.0.place(), offset as u64, buffer);
        copied.then_some(()).ok_or_else(MemoryAccessError::new)
    }

    /// Grows the memory by `delta` pages, and returns the previous size in pages. This method calls no store's
    /// limiter.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().wasm_threads(true))?;
    /// let memory = SharedMemory::new(&engine, MemoryType::shared(1, 2))?;
    /// let other = memory.clone();
    /// std::thread::spawn(move || other.grow(1)).join().expect("no panic")?;
    /// assert_eq!(memory.size(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The type of the memory or the system forbids the new size.
    pub fn grow(&self, delta: u64) -> Result<u64> {
        let grown = self.0.grow(delta);
        let message = || format!("failed to grow memory by `{delta}`");
        grown.with_context(message)?.with_context(message)
    }

    /// Wakes at most `count` waiters at an address, and returns the number of woken waiters.
    ///
    /// # Errors
    ///
    /// The address is not a multiple of 4, or is beyond the end of the memory.
    pub fn atomic_notify(&self, addr: u64, count: u32) -> std::result::Result<u32, Trap> {
        self.0.notify(addr, count)
    }

    /// Waits until the address is notified, if the 32-bit value at the address is `expected`. Interrupt handles and
    /// epochs wake waiting programs, but not this method. Pass a timeout, unless a notification is certain.
    ///
    /// # Errors
    ///
    /// The address is not a multiple of 4, or is beyond the end of the memory.
    pub fn atomic_wait32(
        &self,
        addr: u64,
        expected: u32,
        timeout: Option<Duration>,
    ) -> std::result::Result<WaitResult, Trap> {
        self.wait(addr, 4, expected.into(), timeout)
    }

    /// As [`atomic_wait32`](Self::atomic_wait32), for a 64-bit value.
    ///
    /// # Errors
    ///
    /// The address is not a multiple of 8, or is beyond the end of the memory.
    pub fn atomic_wait64(
        &self,
        addr: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> std::result::Result<WaitResult, Trap> {
        self.wait(addr, 8, expected, timeout)
    }

    fn wait(
        &self,
        addr: u64,
        size: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> std::result::Result<WaitResult, Trap> {
        self.0.wait(addr, size, expected, timeout)
    }
}
