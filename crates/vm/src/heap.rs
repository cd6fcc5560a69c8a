//! A store's heap in use: when it comes to be, how it grows, and how room is found for new objects.
//!
//! # Locks
//! While a poll runs, the frames below have references that no stack map lists, so nothing may be collected: the heap is locked, and
//! new objects are old from the beginning. Constant expressions are evaluated in the same way: their values are held by nobody
//! yet, and mostly live as long as their instance.

use crate::lease::lease;
use crate::objects::StoreHeap;
use crate::pool::Kind;
use crate::raw::heap::CoreHeap;
use crate::store::{Host, Store};
use transom_gc::{Extent, HeapStatistics};
use transom_layout::object::MAX_ARRAY_SIZE;
use transom_ops::Trap;

/// The most bytes of memory that a heap can ever take: as many as references can express.
pub const MAX_HEAP_BYTES: u64 = 4 << 30;

/// A host whose heap collects nothing.
pub(crate) struct Locked<'a>(pub &'a mut dyn Host);

impl<'a> Locked<'a> {
    /// Locks the heap until the value is dropped.
    pub fn new(host: &'a mut dyn Host) -> Locked<'a> {
        host.store().lock_heap();
        Locked(host)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.store().unlock_heap();
    }
}

/// Makes sure that the store has a heap.
///
/// # Errors
///
/// The system has no room for it, or the host's limiter forbids it.
pub fn ensure(host: &mut dyn Host) -> transom_error::Result<()> {
    if host.store().objects.heap.is_some() {
        return Ok(());
    }
    let place = lease(host, Kind::Heap.one())?;
    let store = host.store();
    let options = store.engine().options().heap.clone();
    let space = store.engine().heap_spaces().take()?;
    let mut heap = CoreHeap::new(store.core_handle(), &options, space);
    let maximum = max_bytes(host);
    // A host that allows little may allow a small nursery.
    while heap.footprint() > maximum
        || !host.gc_heap_growing(0, heap.footprint() as usize, Some(maximum as usize))?
    {
        if !heap.shrink_nursery() {
            let bytes = heap.footprint();
            transom_error::bail!(
                "the initial {bytes} bytes of the garbage-collected heap exceed the host's limits"
            );
        }
    }
    host.store().objects.heap = Some(Box::new(StoreHeap::new(heap)));
    host.store().add_lease(place);
    Ok(())
}

/// The most bytes of memory that the heap may ever take.
fn max_bytes(host: &mut dyn Host) -> u64 {
    let configured = host.store().engine().options().heap.max_bytes;
    configured.min(MAX_HEAP_BYTES)
}

/// Makes an object of a type of the store's heap, of `size` bytes, and writes its type word; its other bytes are undefined.
/// `crossing::objects` makes objects for Rust.
///
/// # Errors
///
/// A [`Trap`] if there is no room, or the object would be too large; or an error of the host's.
pub(crate) fn allocate(host: &mut dyn Host, ty: u32, size: u64) -> transom_error::Result<u32> {
    if size > MAX_ARRAY_SIZE {
        return Err(Trap::AllocationTooLarge.into());
    }
    let heap = host.store().objects_mut();
    if heap.locks > 0 {
        return allocate_locked(host, ty, size);
    }
    if let Ok(object) = heap.heap.allocate(ty, size, false) {
        return Ok(object);
    }
    let added = heap.heap.added_bytes(size);
    if added > 0 && !heap.heap.is_full_due(size) {
        // A large object that only the host's consent is missing for.
        let wanted = heap.heap.footprint() + added;
        if matches!(grant(host, wanted), Ok(true))
            && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, false)
        {
            return Ok(object);
        }
    }
    let extent = host.store().objects_mut().heap.due(size);
    host.store().collect(extent);
    // That it is refused, in whatever way, ends nothing as long as there is something left to try.
    if matches!(settle(host, size, extent == Extent::Full), Ok(true))
        && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, true)
    {
        return Ok(object);
    }
    if extent == Extent::Minor {
        host.store().collect(Extent::Full);
    }
    if settle(host, size, true)?
        && let Ok(object) = host.store().objects_mut().heap.allocate(ty, size, true)
    {
        return Ok(object);
    }
    Err(Trap::HeapOutOfMemory.into())
}

fn allocate_locked(host: &mut dyn Host, ty: u32, size: u64) -> transom_error::Result<u32> {
    let allocate = |host: &mut dyn Host| host.store().objects_mut().heap.allocate_old(ty, size);
    if let Ok(object) = allocate(host) {
        return Ok(object);
    }
    let heap = &host.store().objects_mut().heap;
    let wanted = heap.footprint() + 2 * size;
    if grant(host, wanted)?
        && let Ok(object) = allocate(host)
    {
        return Ok(object);
    }
    Err(Trap::HeapOutOfMemory.into())
}

/// After a collection: asks the host for as much as the heap has, and an object of `size` bytes needs; if it is not given, the
/// nursery shrinks, if it may. False if even that does not help.
fn settle(host: &mut dyn Host, size: u64, may_shrink: bool) -> transom_error::Result<bool> {
    let heap = &host.store().objects_mut().heap;
    let needed = heap.footprint() + heap.added_bytes(size);
    let growth = 3 * heap.nursery_growth();
    // Nobody needs the larger nursery, so that it is refused, in whatever way, ends nothing.
    if growth > 0 && matches!(grant(host, needed + growth), Ok(true)) {
        host.store().objects_mut().heap.grow_nursery();
    }
    loop {
        let heap = &host.store().objects_mut().heap;
        let needed = heap.footprint() + heap.added_bytes(size);
        let granted = grant(host, needed);
        let done = matches!(granted, Ok(true)) || !may_shrink;
        if done || !host.store().objects_mut().heap.shrink_nursery() {
            return granted;
        }
    }
}

/// Asks the host for so many bytes in all.
fn grant(host: &mut dyn Host, wanted: u64) -> transom_error::Result<bool> {
    let maximum = max_bytes(host);
    let granted = host.store().objects_mut().heap.granted();
    if wanted <= granted {
        return Ok(true);
    }
    if wanted > maximum || !host.gc_heap_growing(granted as usize, wanted as usize, Some(maximum as usize))? {
        return Ok(false);
    }
    host.store().objects_mut().heap.grant(wanted);
    Ok(true)
}

impl Store {
    /// The heap, if there is one.
    pub fn objects(&self) -> Option<&StoreHeap> {
        self.objects.heap.as_deref()
    }

    /// The heap.
    ///
    /// # Panics
    ///
    /// If nothing has made one: see [`ensure`].
    pub fn objects_mut(&mut self) -> &mut StoreHeap {
        self.objects
            .heap
            .as_deref_mut()
            .expect("whoever has objects has a heap")
    }

    /// Holds collections off until `unlock_heap` is called as often.
    fn lock_heap(&mut self) {
        if let Some(heap) = &mut self.objects.heap {
            heap.locks += 1;
        }
    }

    /// Ends what `lock_heap` has begun.
    fn unlock_heap(&mut self) {
        if let Some(heap) = &mut self.objects.heap {
            heap.locks = heap.locks.saturating_sub(1);
        }
    }

    /// What the heap can tell about itself; `None` if there is none.
    pub fn heap_statistics(&self) -> Option<HeapStatistics> {
        Some(self.objects.heap.as_ref()?.heap.statistics())
    }
}
