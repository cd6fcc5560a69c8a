//! Linear memories.

use crate::handle::Handle;
use crate::store::StoreOpaque;
use crate::{AsContext, AsContextMut, ExternType, MemoryType, StoreContext, StoreContextMut};
use std::fmt;
use transom_error::{Context, Result, bail, ensure};
use transom_vm::{Host, Kind, MemoryId, MemoryInstance, libcalls};

/// A linear memory of a store.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, ());
/// let memory = Memory::new(&mut store, MemoryType::new(1, Some(2)))?;
/// memory.write(&mut store, 10, b"hello")?;
/// assert_eq!(&memory.data(&store)[10..15], b"hello");
/// assert_eq!(memory.grow(&mut store, 1)?, 1);
/// assert_eq!(memory.size(&store), 2);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Memory(pub(crate) Handle<MemoryId>);

/// The error of an access beyond the end of a memory.
#[derive(Debug)]
#[non_exhaustive]
pub struct MemoryAccessError {
    _private: (),
}

impl MemoryAccessError {
    pub(crate) fn new() -> MemoryAccessError {
        MemoryAccessError { _private: () }
    }
}

impl fmt::Display for MemoryAccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of bounds memory access")
    }
}

impl std::error::Error for MemoryAccessError {}

impl Memory {
    /// Creates a memory.
    ///
    /// # Errors
    ///
    /// The limits of the store forbid the memory, the system cannot allocate it, or the type is that of a
    /// [`SharedMemory`](crate::SharedMemory).
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        Memory::create(store, ty)
    }

    /// As [`new`](Self::new), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); or there is no memory for a stack.
    pub async fn new_async(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory> {
        let mut store = store.as_context_mut();
        let places = Kind::Memory.one();
        store
            .on_fiber_in(places, |store| Memory::create(store, ty))
            .await?
    }

    fn create<T: 'static>(StoreContextMut(store): StoreContextMut<'_, T>, ty: MemoryType) -> Result<Memory> {
        let lowered = ty.lower();
        ensure!(
            !ty.is_shared(),
            "a shared memory must be created with `SharedMemory::new`"
        );
        store.count(0, 1, 0)?;
        let bytes = |pages: u64| usize::try_from(pages.saturating_mul(ty.page_size())).unwrap_or(usize::MAX);
        if !store.memory_growing(0, bytes(ty.minimum()), ty.maximum().map(bytes))? {
            bail!(
                "memory minimum size of {} pages exceeds memory limits",
                ty.minimum()
            );
        }
        let place = transom_vm::lease(store, Kind::Memory.one())?;
        let memory = MemoryInstance::new(store.engine().vm(), lowered)?;
        let id = store.store().add_memory(memory);
        store.store().add_lease(place);
        Ok(Memory(Handle::of(store.vm(), id)))
    }

    /// The type of the memory. Its minimum is the current size.
    ///
    /// # Panics
    ///
    /// If the memory belongs to another store. This applies to all infallible methods.
    pub fn ty(&self, store: impl AsContext) -> MemoryType {
        let store = store.as_context();
        let vm = store.0.vm();
        let ty = vm.extern_type(transom_vm::Extern::Memory(self.0.get_for_type(vm)));
        match ExternType::lift(store.engine(), &ty) {
            ExternType::Memory(ty) => ty,
            _ => unreachable!("the type of a memory"),
        }
    }

    /// Copies bytes out of the memory.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// memory.write(&mut store, 100, &7_u32.to_le_bytes())?;
    /// let mut word = [0; 4];
    /// memory.read(&store, 100, &mut word)?;
    /// assert_eq!(u32::from_le_bytes(word), 7);
    /// assert!(memory.read(&store, 65_534, &mut word).is_err(), "its end is outside");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A byte is beyond the end of the memory. Then nothing is copied.
    pub fn read(
        &self,
        store: impl AsContext,
        offset: usize,
        buffer: &mut [u8],
    ) -> std::result::Result<(), MemoryAccessError> {
        let store = store.as_context();
        let rest = self
            .data(store)
            .get(offset..)
            .and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(rest.ok_or(MemoryAccessError::new())?);
        Ok(())
    }

    /// Copies bytes into the memory.
    ///
    /// # Errors
    ///
    /// A byte is beyond the end of the memory. Then nothing is copied.
    pub fn write(
        &self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &[u8],
    ) -> std::result::Result<(), MemoryAccessError> {
        let mut store = store.as_context_mut();
        let rest = self
            .data_mut(&mut store)
            .get_mut(offset..)
            .and_then(|rest| rest.get_mut(..buffer.len()));
        rest.ok_or(MemoryAccessError::new())?.copy_from_slice(buffer);
        Ok(())
    }

    /// All bytes of the memory.
    pub fn data<'a, T: 'static>(&self, store: impl Into<StoreContext<'a, T>>) -> &'a [u8] {
        let store: StoreContext<'a, T> = store.into();
        let vm = store.0.vm();
        vm.memory_bytes(self.0.get(vm))
    }

    /// All bytes of the memory.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// memory.data_mut(&mut store)[10..20].fill(0xff);
    /// assert_eq!(memory.data(&store).iter().filter(|&&byte| byte == 0xff).count(), 10);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn data_mut<'a, T: 'static>(&self, store: impl Into<StoreContextMut<'a, T>>) -> &'a mut [u8] {
        self.data_and_store_mut(store).0
    }

    /// All bytes of the memory, and the host data.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::new(&Engine::default(), vec![1, 2, 3]);
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// let (bytes, input) = memory.data_and_store_mut(&mut store);
    /// bytes[..input.len()].copy_from_slice(input);
    /// input.clear();
    /// assert_eq!(memory.data(&store)[..3], [1, 2, 3]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn data_and_store_mut<'a, T: 'static>(
        &self,
        store: impl Into<StoreContextMut<'a, T>>,
    ) -> (&'a mut [u8], &'a mut T) {
        let store: StoreContextMut<'a, T> = store.into();
        let (vm, data) = store.0.split();
        let id = self.0.get(vm);
        (vm.memory_bytes_mut(id), data)
    }

    /// The address of the first byte.
    pub fn data_ptr(&self, store: impl AsContext) -> *mut u8 {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.memory(self.0.get(vm)).place().base()
    }

    /// The size in bytes.
    pub fn data_size(&self, store: impl AsContext) -> usize {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.memory(self.0.get(vm)).len()
    }

    /// The size in pages.
    pub fn size(&self, store: impl AsContext) -> u64 {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.memory(self.0.get(vm)).pages()
    }

    /// The size of a page in bytes.
    pub fn page_size(&self, store: impl AsContext) -> u64 {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.memory(self.0.get(vm)).ty().page_size()
    }

    /// The binary logarithm of the size of a page in bytes.
    pub fn page_size_log2(&self, store: impl AsContext) -> u8 {
        let store = store.as_context();
        let vm = store.0.vm();
        vm.memory(self.0.get(vm)).ty().page_size_log2
    }

    /// Grows the memory by `delta` pages, and returns the previous size in pages.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let memory = Memory::new(&mut store, MemoryType::new(1, Some(3)))?;
    /// assert_eq!(memory.grow(&mut store, 2)?, 1);
    /// assert_eq!(memory.data_size(&store), 3 << 16);
    /// assert!(memory.grow(&mut store, 1).is_err(), "the type says 3 at most");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The type of the memory, the limits of the store or the system forbid the new size; or the memory belongs to
    /// another store.
    pub fn grow(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let store = store.as_context_mut();
        store.0.ensure_plain_limits()?;
        self.extend(store, delta)
    }

    /// As [`grow`](Self::grow), where the store's limiter may wait.
    ///
    /// # Errors
    ///
    /// As [`grow`](Self::grow); or there is no memory for a stack.
    pub async fn grow_async(&self, mut store: impl AsContextMut, delta: u64) -> Result<u64> {
        let mut store = store.as_context_mut();
        store.on_fiber(|store| self.extend(store, delta)).await?
    }

    fn extend<T: 'static>(&self, StoreContextMut(store): StoreContextMut<'_, T>, delta: u64) -> Result<u64> {
        let id = self.0.checked(store.vm())?;
        let grown = libcalls::grow_memory(store.as_host(), id, delta)?;
        grown.with_context(|| format!("failed to grow memory by `{delta}`"))
    }
}
