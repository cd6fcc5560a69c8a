//! Large objects: each has a run of blocks of its own, and never moves.

use crate::blocks::{BLOCK_SIZE, Block, Blocks};
use crate::memory::Memory;
use std::collections::HashMap;
use transom_layout::object::{CARD_MARKED, CARD_SHIFT};

/// A large object.
#[derive(Clone, Copy, Debug)]
pub struct LargeObject {
    /// Bytes.
    pub size: u32,
    /// Blocks.
    pub blocks: u32,
    /// Whether it holds references.
    pub has_references: bool,
}

/// All large objects, by their references.
#[derive(Debug, Default)]
pub struct Large {
    objects: HashMap<u32, LargeObject>,
    bytes: u64,
}

impl Large {
    /// Bytes of all of them.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (u32, LargeObject)> + '_ {
        self.objects
            .iter()
            .map(|(&reference, &object)| (reference, object))
    }

    /// Room for an object, all zeros; its cards are marked if it holds references, since what it is initialised with may be young.
    /// `None` if there are not so many blocks in a row.
    pub fn allocate(
        &mut self,
        memory: Memory,
        blocks: &mut Blocks,
        size: u32,
        has_references: bool,
    ) -> Option<u32> {
        let count = size.div_ceil(BLOCK_SIZE);
        let (start, count, clean) = blocks.take(count, count, Block::Large)?;
        let cards = (size.next_multiple_of(1 << CARD_SHIFT) >> CARD_SHIFT) as usize;
        let mark = if has_references { CARD_MARKED } else { 0 };
        // SAFETY: the blocks and their cards belong to the new object.
        unsafe {
            memory.card(start).write_bytes(mark, cards);
            if !clean {
                memory.at(start).write_bytes(0, size as usize);
            }
        }
        let object = LargeObject {
            size,
            blocks: count,
            has_references,
        };
        self.objects.insert(start, object);
        self.bytes += u64::from(size);
        Some(start)
    }

    /// Whether an object holds references.
    pub fn has_references(&self, reference: u32) -> bool {
        let object = self.objects.get(&reference);
        object
            .expect("a reference into a large block is to its beginning")
            .has_references
    }

    /// Takes all objects out that were not reached, and makes the others ones that were not.
    pub fn sweep(&mut self, blocks: &mut Blocks) -> Vec<(u32, LargeObject)> {
        let is_dead = |&reference: &u32, _: &mut LargeObject| {
            let reached = blocks.of(reference) == Block::Reached;
            if reached {
                blocks.set(reference, 1, Block::Large);
            }
            !reached
        };
        let dead: Vec<_> = self.objects.extract_if(is_dead).collect();
        for (_, object) in &dead {
            self.bytes -= u64::from(object.size);
        }
        dead
    }
}
