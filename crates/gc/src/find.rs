//! Whether something is an object: for references that come from outside, where nothing is known of them.

use crate::blocks::Block;
use crate::heap::Heap;
use transom_layout::object::{CARD_SIZE, NURSERY_START};

impl Heap {
    /// Whether an object begins at `reference`. Takes time in proportion to what is before it in the nursery, or on its card.
    pub fn is_object(&self, reference: u32) -> bool {
        if !reference.is_multiple_of(8) {
            return false;
        }
        if reference >= NURSERY_START {
            return self.walk_meets(NURSERY_START, self.next(), reference);
        }
        match self.spaces.blocks.of(reference) {
            Block::Old => self.old_begins_at(reference),
            Block::Large => self.spaces.large.iter().any(|(at, _)| at == reference),
            _ => false,
        }
    }

    fn old_begins_at(&self, reference: u32) -> bool {
        let old = &self.spaces.old;
        let mut runs = (0..old.len()).map(|index| old.run(index));
        let Some(run) = runs.find(|run| (run.start..run.end).contains(&reference)) else {
            return false;
        };
        // The last object that begins on an earlier card reaches this card, or its end is where the first object of this card begins.
        let mut card = reference / CARD_SIZE * CARD_SIZE;
        while card > run.start {
            card -= CARD_SIZE;
            // SAFETY: the card is the run's.
            let start = u32::from(unsafe { self.memory.start(card).read() });
            if start != 0 {
                return self.walk_meets(card + (start - 1) * 8, run.end, reference);
            }
        }
        self.walk_meets(run.start, run.end, reference)
    }

    /// Whether a walk over the objects from that at `start` meets one at `reference`.
    fn walk_meets(&self, start: u32, end: u32, reference: u32) -> bool {
        let mut at = start;
        while at < end && at < reference {
            // SAFETY: between collections, an object begins where the one before it ends.
            at += unsafe { self.memory.size_of(at) };
        }
        at == reference && at < end
    }
}

#[cfg(test)]
mod tests;
