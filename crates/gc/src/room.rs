//! Whether there are enough free blocks for whatever a collection may have to copy.
//!
//! While the program runs, as many blocks are free as a collection of the whole heap needs if nothing has died. A collection
//! of the nursery is done only if that holds afterwards as well.

use crate::blocks::BLOCK_SIZE;
use crate::heap::Heap;
use crate::tuning::RUN_BLOCKS;
use transom_layout::object::LARGE_OBJECT;

/// Blocks that copies of so many bytes may need: at the end of a block less than the largest object is lost.
fn blocks_for(bytes: u64) -> u64 {
    bytes.div_ceil(u64::from(BLOCK_SIZE - LARGE_OBJECT)) + 1
}

impl Heap {
    /// Blocks that must stay free, if there are `more` bytes of old objects than now.
    fn reserve(&self, more: u64) -> u64 {
        let bytes = self.spaces.old.bytes() + more + u64::from(self.nursery.size);
        // The last run that a collection opens may be longer than what is left to copy.
        blocks_for(bytes) + u64::from(RUN_BLOCKS)
    }

    /// Whether the program may go on making objects.
    pub(crate) fn has_room(&self) -> bool {
        u64::from(self.spaces.blocks.free()) >= self.reserve(0)
    }

    /// Whether it may do so once `blocks` are taken.
    pub(crate) fn has_room_for_blocks(&self, blocks: u32) -> bool {
        let bytes = u64::from(blocks) * u64::from(BLOCK_SIZE);
        u64::from(self.spaces.blocks.free()) >= self.reserve(bytes) + u64::from(blocks)
    }

    /// Whether it may go on after a collection of the nursery.
    pub(crate) fn has_room_for_minor(&self) -> bool {
        let young = u64::from(self.young_bytes());
        u64::from(self.spaces.blocks.free()) >= self.reserve(young) + blocks_for(young)
    }
}

#[cfg(test)]
mod tests;
