//! Old objects: runs of blocks that are filled from their beginning.
//!
//! The table of starts has, for each card of a run, where the last object that begins in it does so: its distance from the card's
//! beginning in units of 8 bytes, plus 1; 0 if none does.

use crate::blocks::{BLOCK_SHIFT, BLOCK_SIZE, Block, Blocks};
use crate::memory::Memory;
use crate::tuning::RUN_BLOCKS;
use transom_layout::object::{CARD_SHIFT, CARD_SIZE};

/// A run of blocks.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Where its first object begins.
    pub start: u32,
    /// Where its last object ends.
    pub end: u32,
    /// How many blocks it has.
    pub blocks: u32,
}

/// All runs. The last is the one that is being filled; `next` is its end.
#[derive(Debug, Default)]
pub struct Old {
    runs: Vec<Run>,
    next: u32,
    limit: u32,
    /// Bytes of objects in all runs but the last.
    closed_bytes: u64,
}

impl Old {
    /// The runs, with the end of the last one brought up to date.
    pub fn runs(&mut self) -> &[Run] {
        if let Some(last) = self.runs.last_mut() {
            last.end = self.next;
        }
        &self.runs
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// A run, with its present end.
    pub fn run(&self, index: usize) -> Run {
        let mut run = self.runs[index];
        if index + 1 == self.runs.len() {
            run.end = self.next;
        }
        run
    }

    /// Bytes of objects.
    pub fn bytes(&self) -> u64 {
        let open = self.runs.last().map_or(0, |last| self.next - last.start);
        self.closed_bytes + u64::from(open)
    }

    /// Forgets all runs, and gives them to the caller.
    pub fn take(&mut self) -> Vec<Run> {
        self.runs();
        let runs = std::mem::take(&mut self.runs);
        *self = Old::default();
        runs
    }

    /// Room for an object. `None` if there are no more blocks.
    #[inline(always)]
    pub fn allocate(&mut self, memory: Memory, blocks: &mut Blocks, size: u32) -> Option<u32> {
        if size > self.limit - self.next {
            self.open_run(memory, blocks)?;
        }
        let at = self.next;
        self.next += size;
        // SAFETY: the object lies in a run, and so does its card.
        unsafe { memory.start(at).write((at % CARD_SIZE / 8) as u8 + 1) };
        Some(at)
    }

    #[cold]
    #[inline(never)]
    fn open_run(&mut self, memory: Memory, blocks: &mut Blocks) -> Option<()> {
        let (start, count, _) = blocks.take(1, RUN_BLOCKS, Block::Old)?;
        let cards = ((count << BLOCK_SHIFT) >> CARD_SHIFT) as usize;
        // SAFETY: the run's entries of both tables; nobody uses them yet.
        unsafe {
            memory.card(start).write_bytes(0, cards);
            memory.start(start).write_bytes(0, cards);
        }
        self.closed_bytes = self.bytes();
        self.runs();
        self.runs.push(Run {
            start,
            end: start,
            blocks: count,
        });
        self.next = start;
        // The end of the last run does not overflow: the nursery lies above it.
        self.limit = start + count * BLOCK_SIZE;
        Some(())
    }
}
