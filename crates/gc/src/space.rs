//! The addresses of a heap: the map of its blocks, the tables beside its objects, and the region that references lead into.

use crate::blocks::{ALL_BLOCKS, BLOCK_SIZE, Block};
use crate::memory::Memory;
use std::io;
use std::ops::Range;
use std::ptr::NonNull;
use transom_layout::object::{
    NURSERY_START, OLD_START, REGION_GUARD, REGION_SIZE, SIDE_TABLES_SIZE, TYPES_START,
};
use transom_sys::Region;

/// Where the region of objects begins.
const BASE: usize = ALL_BLOCKS + SIDE_TABLES_SIZE as usize;

/// The addresses of a heap, all zeros before the heap begins.
#[derive(Debug)]
pub struct Space {
    region: Region,
    used: Used,
}

/// What a heap has used of its space.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    /// Where the last block ends that was ever taken.
    pub blocks_end: u32,
    /// The most bytes that the nursery has had.
    pub nursery: u32,
}

impl Space {
    /// New addresses.
    ///
    /// # Errors
    ///
    /// The system does not give them.
    pub fn new() -> io::Result<Space> {
        let end = BASE + REGION_SIZE as usize;
        let mut region = Region::new(end + REGION_GUARD as usize)?;
        region.forbid(BASE..BASE + TYPES_START as usize)?;
        region.forbid(end..end + REGION_GUARD as usize)?;
        let used = Used::default();
        Ok(Space { region, used })
    }

    /// Makes everything zero that a heap has left. At most `keep` bytes of it stay in memory. Gives how many these are. What the heap has not used is
    /// given back all the same, should anything be there.
    ///
    /// # Errors
    ///
    /// The system refused; the space must not be used any more.
    pub fn clean(&mut self, keep: usize) -> io::Result<usize> {
        let Used { blocks_end, nursery } = std::mem::take(&mut self.used);
        let objects = |from: u32, end: u32| BASE + from as usize..BASE + end as usize;
        // The tables are small beside what is in them, so all of them count as used.
        let used = [
            0..BASE,
            objects(TYPES_START, blocks_end.max(OLD_START)),
            objects(
                NURSERY_START,
                NURSERY_START + nursery.next_multiple_of(BLOCK_SIZE),
            ),
        ];
        self.region.clean(keep, &used)
    }

    /// Notes what a heap has used, before it is [cleaned](Self::clean).
    pub(crate) fn note_used(&mut self, used: Used) {
        self.used = used;
    }

    /// The base of the region.
    pub(crate) fn memory(&self) -> Memory {
        // SAFETY: the region is laid out as it should be, with both tables below the base. The heap keeps it as long as the memory.
        unsafe { Memory::new(self.region.base().add(BASE)) }
    }

    /// The map of the blocks: all [clean](Block::Clean) at first. Whoever uses it keeps the space as long, and asks once.
    pub(crate) fn block_map(&self) -> NonNull<[Block; ALL_BLOCKS]> {
        self.region.base().cast()
    }

    /// Gives the pages of some objects back; they read as zeros again. True if the system took them.
    pub(crate) fn discard(&mut self, objects: Range<usize>) -> bool {
        self.region.discard(BASE + objects.start..BASE + objects.end)
    }
}

const _: () = assert!(BASE.is_multiple_of(4096) && Block::Clean as u8 == 0);
