//! The map of blocks: what each of the region's blocks is used for.

use std::ptr::NonNull;
use transom_layout::object::{NURSERY_START, OLD_START};

/// The logarithm of a block's bytes.
pub const BLOCK_SHIFT: u32 = 16;
/// Bytes of a block.
pub const BLOCK_SIZE: u32 = 1 << BLOCK_SHIFT;
/// Blocks for old and large objects.
pub const BLOCKS: u32 = (NURSERY_START - OLD_START) >> BLOCK_SHIFT;

/// How many blocks the region has: each reference leads into one.
pub const ALL_BLOCKS: usize = 1 << (32 - BLOCK_SHIFT);

const FIRST: u32 = OLD_START >> BLOCK_SHIFT;

/// What a block is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Block {
    /// Nothing, and its bytes are zero.
    Clean = 0,
    /// Nothing, but its bytes are what was left there.
    Free,
    /// Old objects.
    Old,
    /// Objects, old or young, that the collection that is going on moves away.
    From,
    /// A large object.
    Large,
    /// A large object that the collection which is going on has reached; only its first block says so.
    Reached,
}

impl Block {
    fn is_free(self) -> bool {
        matches!(self, Block::Clean | Block::Free)
    }
}

/// The map, of all 64 Ki blocks of the region, so that any reference finds its block.
#[derive(Debug)]
pub struct Blocks {
    /// Valid for as long as this value is used; nobody else uses it.
    map: NonNull<[Block; ALL_BLOCKS]>,
    free: u32,
    /// How many of them are not clean.
    dirty: u32,
    /// No block before this one is free.
    first_free: u32,
    /// No block from this one on was ever taken.
    end: u32,
}

impl Blocks {
    /// The map of an empty heap. The nursery's blocks are always ones that are moved away from.
    ///
    /// # Safety
    ///
    /// All blocks of the map are clean. It is valid for as long as the value is used, and nobody else uses it.
    pub unsafe fn new(map: NonNull<[Block; ALL_BLOCKS]>) -> Blocks {
        let mut blocks = Blocks {
            map,
            free: BLOCKS,
            dirty: 0,
            first_free: FIRST,
            end: FIRST,
        };
        blocks.map_mut()[(NURSERY_START >> BLOCK_SHIFT) as usize..].fill(Block::From);
        blocks
    }

    #[inline(always)]
    fn map(&self) -> &[Block; ALL_BLOCKS] {
        // SAFETY: the map is valid and this value's own, see its field; it is borrowed as this is.
        unsafe { self.map.as_ref() }
    }

    fn map_mut(&mut self) -> &mut [Block; ALL_BLOCKS] {
        // SAFETY: as above.
        unsafe { self.map.as_mut() }
    }

    /// How many blocks are free.
    pub fn free(&self) -> u32 {
        self.free
    }

    /// How many free blocks may have pages of the system's.
    pub fn dirty(&self) -> u32 {
        self.dirty
    }

    /// Where the last block ends that was ever taken.
    pub fn end(&self) -> u32 {
        self.end << BLOCK_SHIFT
    }

    /// What the block of a reference is used for.
    #[inline(always)]
    pub fn of(&self, reference: u32) -> Block {
        self.map()[(reference >> BLOCK_SHIFT) as usize]
    }

    /// Takes `wanted` blocks in a row, or as many as there are in the first place with at least `least`: where they begin, how
    /// many they are, and whether all their bytes are zero.
    pub fn take(&mut self, least: u32, wanted: u32, used: Block) -> Option<(u32, u32, bool)> {
        let end = FIRST + BLOCKS;
        let mut at = self.first_free;
        let mut first_free = None;
        while at < end {
            if !self.map()[at as usize].is_free() {
                at += 1;
                continue;
            }
            first_free.get_or_insert(at);
            let limit = (at + wanted).min(end);
            let run_end = (at..limit).find(|&block| !self.map()[block as usize].is_free());
            let count = run_end.unwrap_or(limit) - at;
            if count >= least {
                let run = &mut self.map_mut()[at as usize..(at + count) as usize];
                let dirty = run.iter().filter(|&&block| block == Block::Free).count() as u32;
                run.fill(used);
                self.dirty -= dirty;
                self.free -= count;
                self.end = self.end.max(at + count);
                self.first_free = match first_free {
                    Some(first) if first < at => first,
                    _ => at + count,
                };
                return Some((at << BLOCK_SHIFT, count, dirty == 0));
            }
            at += count + 1;
        }
        None
    }

    /// Frees a run of blocks.
    pub fn give_back(&mut self, start: u32, count: u32, clean: bool) {
        let first = start >> BLOCK_SHIFT;
        let state = if clean { Block::Clean } else { Block::Free };
        self.map_mut()[first as usize..(first + count) as usize].fill(state);
        self.free += count;
        if !clean {
            self.dirty += count;
        }
        self.first_free = self.first_free.min(first);
    }

    /// Changes what a run of blocks is used for.
    pub fn set(&mut self, start: u32, count: u32, state: Block) {
        let first = (start >> BLOCK_SHIFT) as usize;
        self.map_mut()[first..first + count as usize].fill(state);
    }
}

#[cfg(test)]
mod tests;
