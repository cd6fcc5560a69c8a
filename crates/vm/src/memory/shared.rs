//! Shared memories: those that several stores hold, each perhaps on a thread of its own.
//!
//! What compiled code reads of a memory, its base and its length, lies in an allocation that belongs to the memory,
//! not to a store; every instance reaches it by a pointer. The base never changes, since all that the type allows is
//! reserved. The length only grows, under a lock, after the bytes have become accessible: whoever finds a length, by
//! whatever way, may access that many bytes for as long as the memory lives.

use super::image::MemoryImage;
use super::space::{MemoryError, Space, grown_size};
use super::waiters::{WaitResult, Waiters};
use crate::engine::Engine;
use crate::pool::{Kind, Lease};
use crate::raw::bytes;
use crate::raw::place::Place;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use transom_layout::VmMemory;
use transom_ops::Trap;
use transom_types::MemoryType;

/// A memory that several stores may hold.
#[derive(Debug)]
pub struct SharedMemory {
    engine: Arc<Engine>,
    ty: MemoryType,
    /// Where compiled code of all stores reads base and length.
    place: Place<VmMemory>,
    addresses: std::ops::Range<usize>,
    /// Held while the memory grows.
    space: Mutex<Space>,
    waiters: Waiters,
    /// Its place in the engine's pool; last, so that its space is free before.
    _lease: Lease,
}

impl SharedMemory {
    /// A new memory of a shared type.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or no such range of addresses left; or a
    /// [`PoolConcurrencyLimitError`](crate::PoolConcurrencyLimitError).
    pub fn new(engine: &Arc<Engine>, ty: MemoryType) -> transom_error::Result<SharedMemory> {
        let place = engine.lease(Kind::Memory.one())?;
        SharedMemory::in_place(engine, ty, place).map_err(transom_error::Error::new)
    }

    /// The same in a place of the engine's pool that was taken already, if it has one.
    pub(crate) fn in_place(
        engine: &Arc<Engine>,
        ty: MemoryType,
        lease: Lease,
    ) -> Result<SharedMemory, MemoryError> {
        let (space, length) = Space::new(engine, &ty, None)?;
        Ok(SharedMemory {
            engine: space.engine().clone(),
            ty,
            place: Place::of_space(None, space.backing(), length),
            addresses: space.addresses(),
            space: Mutex::new(space),
            waiters: Waiters::default(),
            _lease: lease,
        })
    }

    /// The engine that it belongs to: others may have other ideas of how memories are laid out.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The type that it was made with; its size may have grown since.
    pub fn ty(&self) -> &MemoryType {
        &self.ty
    }

    /// The type with the size of now as its minimum.
    pub fn present_type(&self) -> MemoryType {
        let mut ty = self.ty;
        ty.limits.min = self.pages();
        ty
    }

    /// Where compiled code reads base and length.
    pub fn place(&self) -> &Place<VmMemory> {
        &self.place
    }

    /// Pages.
    pub fn pages(&self) -> u64 {
        self.place.length() as u64 >> self.ty.page_size_log2
    }

    /// The address range that belongs to it, accessible or not.
    pub fn addresses(&self) -> std::ops::Range<usize> {
        self.addresses.clone()
    }

    fn space(&self) -> MutexGuard<'_, Space> {
        self.space.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Maps an image, in place of what would be copied; only for a memory that nobody else knows yet.
    pub(crate) fn map_image(&self, image: &MemoryImage) -> io::Result<()> {
        self.space().map_image(image)
    }

    /// Grows from `from` to `to` bytes; false, and nothing happens, if the memory has another size than `from`.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or not so much was reserved. The memory is as it was.
    pub(crate) fn grow_from(&self, from: usize, to: usize) -> io::Result<bool> {
        let mut space = self.space();
        if self.place.length() != from {
            return Ok(false);
        }
        space.grow(to)?;
        self.place.set_length(space.backing(), to);
        Ok(true)
    }

    /// Grows by `delta` pages, without asking any store's host. Gives the former size in pages, or `None` if the
    /// type does not allow it.
    ///
    /// # Errors
    ///
    /// The system has not that much memory, or not so much was reserved. The memory is as it was.
    pub fn grow(&self, delta: u64) -> io::Result<Option<u64>> {
        loop {
            let from = self.place.length();
            let Some(to) = grown_size(&self.ty, from, delta) else {
                return Ok(None);
            };
            if self.grow_from(from, to)? {
                return Ok(Some(from as u64 >> self.ty.page_size_log2));
            }
        }
    }

    /// Wakes at most `count` of those that wait at an address, and says how many it were.
    ///
    /// # Errors
    ///
    /// The address is not a multiple of 4, or beyond the end.
    pub fn notify(&self, address: u64, count: u32) -> Result<u32, Trap> {
        let address = bytes::check_atomic(&self.place, address, 4)?;
        Ok(self.notify_at(address, count))
    }

    /// The same at an address that was checked.
    pub(crate) fn notify_at(&self, address: u64, count: u32) -> u32 {
        self.waiters.notify(address, count)
    }

    /// Waits at an address until it is notified, if the value of `size` bytes there is `expected`. Nothing else ends
    /// the wait but the timeout: this is for hosts, whose threads are their own business.
    ///
    /// # Errors
    ///
    /// The address is not a multiple of `size`, which is 4 or 8, or beyond the end.
    pub fn wait(
        &self,
        address: u64,
        size: u64,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<WaitResult, Trap> {
        let address = bytes::check_atomic(&self.place, address, size)?;
        self.wait_with(address, (size, expected), timeout, |left| {
            match left {
                Some(left) => std::thread::park_timeout(left),
                None => std::thread::park(),
            }
            Ok(())
        })
    }

    /// The same at an address that was checked; `pause` sleeps until the thread is unparked or the time is over, or
    /// ends the wait with an error.
    pub(crate) fn wait_with<E>(
        &self,
        address: u64,
        (size, expected): (u64, u64),
        timeout: Option<Duration>,
        pause: impl FnMut(Option<Duration>) -> Result<(), E>,
    ) -> Result<WaitResult, E> {
        let as_expected = || bytes::atomic_load(&self.place, address, size) == expected;
        self.waiters.wait(address, as_expected, timeout, pause)
    }
}
