//! A store's heap: what the runtime asks of it.

use crate::blocks::{BLOCK_SIZE, BLOCKS, Blocks};
use crate::extent::Extent;
use crate::large::Large;
use crate::memory::Memory;
use crate::old::Old;
use crate::pauses::Pauses;
use crate::space::{Space, Used};
use crate::tuning::{
    FULL_MIN_BYTES, NURSERY_MAX_SIZE, NURSERY_MIN, NURSERY_PERCENT, NURSERY_SMALL, NURSERY_START_SIZE,
    STACK_LIMIT,
};
use crate::types::{TypeShape, Types};
use std::ptr::NonNull;
use transom_layout::object::{
    CARD_MARKED, LARGE_OBJECT, NURSERY_END, NURSERY_START, OBJECT_ALIGN, VmNursery,
};

/// How a heap behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapOptions {
    /// Collect at every allocation, alternately the nursery and the whole heap, and verify the heap before and after; a
    /// corruption ends the process. For tests.
    pub zeal: bool,
    /// Bytes that the nursery begins with.
    pub nursery_size: u32,
    /// Bytes that the nursery may grow to.
    pub nursery_max: u32,
    /// Bytes that the heap may have in all, if the host is asked for no less.
    pub max_bytes: u64,
    /// Objects whose fields are still to be visited that a collection remembers.
    pub stack_limit: usize,
}

impl Default for HeapOptions {
    fn default() -> Self {
        HeapOptions {
            zeal: false,
            nursery_size: NURSERY_START_SIZE,
            nursery_max: NURSERY_MAX_SIZE,
            max_bytes: u64::MAX,
            stack_limit: STACK_LIMIT,
        }
    }
}

/// Statistics of a garbage-collected heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapStatistics {
    /// The size of the nursery in bytes.
    pub nursery_bytes: u64,
    /// Bytes of old objects, including dead ones.
    pub old_bytes: u64,
    /// Bytes of large objects, including dead ones.
    pub large_bytes: u64,
    /// Bytes of old and large objects that were live at the last full collection.
    pub live_bytes: u64,
    /// Bytes of all objects that were ever allocated.
    pub allocated_bytes: u64,
    /// Bytes of objects that survived a collection of the nursery, and were copied out of it.
    pub promoted_bytes: u64,
    /// Collections of the nursery.
    pub minor: Pauses,
    /// Collections of the whole heap.
    pub full: Pauses,
}

/// Whatever holds references from outside the heap.
pub trait Roots {
    /// Calls `visit` with the address of each. A place may be visited twice.
    fn visit(&mut self, visit: &mut dyn FnMut(*mut u32));
}

/// An allocation can't be done now: a collection or a larger grant may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// A heap.
#[derive(Debug)]
pub struct Heap {
    pub(crate) memory: Memory,
    pub(crate) nursery: Nursery,
    pub(crate) options: HeapOptions,
    pub(crate) types: Types,
    pub(crate) spaces: Spaces,
    pub(crate) hosts: Hosts,
    /// Bytes of old and large objects at which the whole heap is collected.
    pub(crate) full_threshold: u64,
    /// Bytes that the heap may have.
    granted: u64,
    pub(crate) statistics: HeapStatistics,
    /// The stack of the last collection, kept for the next.
    pub(crate) stack: Vec<u32>,
    /// Where all of it lies.
    pub(crate) space: Space,
}

/// Where objects are made.
#[derive(Debug)]
pub(crate) struct Nursery {
    /// What compiled code knows of it. Valid as long as the heap, and written by the heap and by compiled code only, one at a time:
    /// whoever makes a heap promises that.
    pub place: NonNull<VmNursery>,
    /// Bytes that it has.
    pub size: u32,
    /// The most bytes that it has had.
    pub largest: u32,
    /// Whether so much has survived its last collection that it should be larger.
    pub crowded: bool,
}

/// Where objects are that are not young.
#[derive(Debug)]
pub(crate) struct Spaces {
    pub blocks: Blocks,
    pub old: Old,
    pub large: Large,
}

/// The host's values that objects of the heap stand for.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    /// Objects and their values, the old ones first.
    pub objects: Vec<(u32, u32)>,
    /// How many of them are old.
    pub old: usize,
    /// Values whose objects are gone.
    pub dead: Vec<u32>,
}

// SAFETY: the heap owns its region; the nursery's fields belong to the store that owns the heap.
unsafe impl Send for Heap {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Heap {}

impl Heap {
    /// An empty heap in a space of zeros.
    ///
    /// # Safety
    ///
    /// `nursery` is valid as long as the heap, and nobody but compiled code and the heap writes it.
    pub unsafe fn new(nursery: NonNull<VmNursery>, options: &HeapOptions, space: Space) -> Heap {
        let memory = space.memory();
        let nursery_size = options.nursery_size;
        let nursery_size = nursery_size.clamp(NURSERY_MIN, NURSERY_END - NURSERY_START);
        let mut heap = Heap {
            memory,
            nursery: Nursery {
                place: nursery,
                size: nursery_size,
                largest: nursery_size,
                crowded: false,
            },
            options: HeapOptions {
                nursery_max: options
                    .nursery_max
                    .clamp(nursery_size, NURSERY_END - NURSERY_START),
                ..options.clone()
            },
            types: Types::new(),
            spaces: Spaces {
                // SAFETY: a space of zeros has clean blocks only; it is kept beside them, and asked here alone.
                blocks: unsafe { Blocks::new(space.block_map()) },
                old: Old::default(),
                large: Large::default(),
            },
            hosts: Hosts::default(),
            full_threshold: FULL_MIN_BYTES,
            granted: 0,
            statistics: HeapStatistics::default(),
            stack: Vec::new(),
            space,
        };
        heap.reset_nursery();
        heap
    }

    /// Ends the heap, and gives its space with all that is there.
    pub fn into_space(mut self) -> Space {
        self.space.note_used(Used {
            blocks_end: self.spaces.blocks.end(),
            nursery: self.nursery.largest,
        });
        self.space
    }

    /// The address of reference 0.
    pub fn base(&self) -> *mut u8 {
        self.memory.base()
    }

    /// Takes in a type of objects; its type word. `None` if there are too many types.
    pub fn define_type(&mut self, shape: &TypeShape<'_>) -> Option<u32> {
        self.types.define(self.memory, shape)
    }

    /// Empties the nursery, and lets compiled code allocate in it.
    pub(crate) fn reset_nursery(&mut self) {
        let size = if self.has_room() { self.nursery.size } else { 0 };
        let limit = if self.options.zeal {
            0
        } else {
            NURSERY_START + size
        };
        let nursery = VmNursery {
            next: NURSERY_START,
            limit,
        };
        // SAFETY: the place is valid, and ours while the heap is borrowed.
        unsafe { self.nursery.place.write(nursery) };
    }

    /// Where the next young object goes.
    pub(crate) fn next(&self) -> u32 {
        // SAFETY: the place is valid, and nobody writes it while the heap is borrowed.
        unsafe { self.nursery.place.read().next }
    }

    /// Bytes of the objects in the nursery.
    pub(crate) fn young_bytes(&self) -> u32 {
        self.next() - NURSERY_START
    }

    /// Bytes by which the nursery would like to grow, see [`footprint`](Self::footprint) for what that takes; it may when it is
    /// empty.
    pub fn nursery_growth(&self) -> u64 {
        let outside = self.spaces.old.bytes() + self.spaces.large.bytes();
        let part = (outside * NURSERY_PERCENT / 100).max(NURSERY_SMALL);
        let most = u64::from(self.options.nursery_max).min(part);
        let larger = u64::from(2 * self.nursery.size).min(most);
        if self.nursery.crowded {
            larger.saturating_sub(u64::from(self.nursery.size))
        } else {
            0
        }
    }

    /// Grows the nursery by [`nursery_growth`](Self::nursery_growth), if there is room.
    ///
    /// # Panics
    ///
    /// If the nursery is not empty.
    pub fn grow_nursery(&mut self) {
        let before = self.nursery.size;
        self.resize_nursery(before + self.nursery_growth() as u32);
        if !self.has_room() {
            self.resize_nursery(before);
        }
        self.nursery.crowded = false;
    }

    /// Makes the nursery half as large; false if it is as small as it may be.
    ///
    /// # Panics
    ///
    /// If the nursery is not empty.
    pub fn shrink_nursery(&mut self) -> bool {
        let smaller = (self.nursery.size / 2).max(NURSERY_MIN);
        let shrinks = smaller < self.nursery.size;
        self.resize_nursery(smaller);
        shrinks
    }

    fn resize_nursery(&mut self, size: u32) {
        assert!(self.young_bytes() == 0, "only an empty nursery changes its size");
        self.nursery.size = size;
        self.nursery.largest = self.nursery.largest.max(size);
        self.reset_nursery();
    }

    /// Bytes that the heap has: its nursery, and all objects outside.
    pub fn bytes(&self) -> u64 {
        u64::from(self.nursery.size) + self.spaces.old.bytes() + self.spaces.large.bytes()
    }

    /// Bytes of blocks that have pages of the system's, whether objects are in them or not, and of the nursery.
    pub fn resident(&self) -> u64 {
        let used = BLOCKS - self.spaces.blocks.free() + self.spaces.blocks.dirty();
        u64::from(used) * u64::from(BLOCK_SIZE) + u64::from(self.nursery.size)
    }

    /// Bytes of memory that the heap takes at most until more is granted: its nursery and all objects outside, and what a
    /// collection may have to copy them to. The survivors of the nursery are copied once before the whole heap is
    /// collected, and once then; large objects stay where they are.
    pub fn footprint(&self) -> u64 {
        3 * u64::from(self.nursery.size) + 2 * self.spaces.old.bytes() + self.spaces.large.bytes()
    }

    /// Bytes of memory that it may take, see [`footprint`](Self::footprint).
    pub fn granted(&self) -> u64 {
        self.granted
    }

    /// Lets it take so many bytes.
    pub fn grant(&mut self, bytes: u64) {
        self.granted = bytes;
    }

    /// Bytes that an object of `size` bytes adds to [`footprint`](Self::footprint).
    pub fn added_bytes(&self, size: u64) -> u64 {
        if size > u64::from(LARGE_OBJECT) { size } else { 0 }
    }

    /// Makes an object of a type, of `size` bytes, in the nursery or as a large object. Its type word is written; the rest is zero if it
    /// is large, and otherwise whatever was there before, so the caller has to write it before anything else happens.
    ///
    /// # Errors
    ///
    /// There is no room now. `collected` says that a collection has just been done, so that zeal asks for no other.
    pub fn allocate(&mut self, ty: u32, size: u64, collected: bool) -> Result<u32, Unavailable> {
        if self.options.zeal && !collected {
            return Err(Unavailable);
        }
        if size > u64::from(LARGE_OBJECT) {
            return self.allocate_large(ty, size, collected);
        }
        let size = (size as u32).next_multiple_of(OBJECT_ALIGN);
        let at = self.next();
        if !self.has_room() || size > NURSERY_START + self.nursery.size - at {
            return Err(Unavailable);
        }
        // SAFETY: the place is valid, and ours while the heap is borrowed; the object ends inside the nursery.
        unsafe {
            (*self.nursery.place.as_ptr()).next = at + size;
            self.memory.word(at).write(ty);
        }
        Ok(at)
    }

    fn allocate_large(&mut self, ty: u32, size: u64, collected: bool) -> Result<u32, Unavailable> {
        let due = self.spaces.old.bytes() + self.spaces.large.bytes() + size > self.full_threshold;
        if (due && !collected) || self.footprint() + size > self.granted {
            return Err(Unavailable);
        }
        self.place_large(ty, size)
    }

    fn place_large(&mut self, ty: u32, size: u64) -> Result<u32, Unavailable> {
        let size = u32::try_from(size).map_err(|_| Unavailable)?;
        if !self.has_room_for_blocks(size.div_ceil(BLOCK_SIZE)) {
            return Err(Unavailable);
        }
        assert!(self.types.is_type_word(ty), "{ty:#x} is no type word");
        // SAFETY: the word leads into the part of the region that holds infos, which are never changed.
        let info = unsafe { self.memory.info(ty) };
        let has_references = info.references != 0 || info.reference_list != 0;
        let at = self
            .spaces
            .large
            .allocate(self.memory, &mut self.spaces.blocks, size, has_references)
            .ok_or(Unavailable)?;
        // SAFETY: the object is ours.
        unsafe { self.memory.word(at).write(ty) };
        self.statistics.allocated_bytes += u64::from(size);
        Ok(at)
    }

    /// Makes an object where nothing is collected, because references are held that nobody could find: it is old from the
    /// beginning, and its cards are marked. The rest is as with [`allocate`](Self::allocate).
    ///
    /// # Errors
    ///
    /// There is no room, or not enough is granted.
    pub fn allocate_old(&mut self, ty: u32, size: u64) -> Result<u32, Unavailable> {
        let added = if size > u64::from(LARGE_OBJECT) {
            size
        } else {
            2 * size
        };
        if self.footprint() + added > self.granted {
            return Err(Unavailable);
        }
        if size > u64::from(LARGE_OBJECT) {
            return self.place_large(ty, size);
        }
        if !self.has_room_for_blocks(2) {
            return Err(Unavailable);
        }
        let size = (size as u32).next_multiple_of(OBJECT_ALIGN);
        let at = self
            .spaces
            .old
            .allocate(self.memory, &mut self.spaces.blocks, size);
        let at = at.ok_or(Unavailable)?;
        // SAFETY: the object and its cards are ours.
        unsafe {
            self.memory.word(at).write(ty);
            self.memory.word(at + 4).write(0);
        }
        self.mark_cards(at, size);
        Ok(at)
    }

    /// Marks all cards of a range of old bytes.
    fn mark_cards(&self, at: u32, len: u32) {
        let mut card = at;
        loop {
            // SAFETY: every 32-bit reference has a card.
            unsafe { self.memory.card(card).write(CARD_MARKED) };
            let next = (card | (transom_layout::object::CARD_SIZE - 1)) + 1;
            if next >= at + len {
                return;
            }
            card = next;
        }
    }

    /// The write barrier for many elements of an array at once.
    pub(crate) fn elements_written(&self, array: u32, start: u32, len: u32) {
        if array < NURSERY_START && len > 0 {
            let first = array + transom_layout::object::ARRAY_ELEMENTS as u32 + 4 * start;
            self.mark_cards(first, 4 * len);
        }
    }

    /// The write barrier for a field of a structure.
    pub fn field_written(&self, object: u32) {
        if object < NURSERY_START {
            self.mark_cards(object, 1);
        }
    }

    /// Values of the host's whose objects are gone since the last time.
    pub fn take_dead_values(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.hosts.dead)
    }

    /// Whether the whole heap should be collected before an object of `size` bytes is added to it.
    pub fn is_full_due(&self, size: u64) -> bool {
        let outside = self.spaces.old.bytes() + self.spaces.large.bytes() + self.added_bytes(size);
        outside > self.full_threshold
    }

    /// The extent of the collection that is due, if an object of `size` bytes can't be made.
    pub fn due(&mut self, size: u64) -> Extent {
        if self.options.zeal {
            let count = self.statistics.minor.count + self.statistics.full.count;
            return if count.is_multiple_of(2) {
                Extent::Minor
            } else {
                Extent::Full
            };
        }
        if self.is_full_due(size) || !self.has_room_for_minor() {
            Extent::Full
        } else {
            Extent::Minor
        }
    }

    /// What the heap can tell about itself.
    pub fn statistics(&self) -> HeapStatistics {
        HeapStatistics {
            nursery_bytes: u64::from(self.nursery.size),
            old_bytes: self.spaces.old.bytes(),
            large_bytes: self.spaces.large.bytes(),
            allocated_bytes: self.statistics.allocated_bytes + u64::from(self.young_bytes()),
            ..self.statistics.clone()
        }
    }
}

#[cfg(test)]
mod tests;
