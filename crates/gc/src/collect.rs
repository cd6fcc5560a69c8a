//! Collections: copying what is reachable out of the nursery, or out of everything.

use crate::blocks::{BLOCK_SIZE, Block, Blocks};
use crate::extent::Extent;
use crate::heap::{Heap, Hosts, Roots};
use crate::large::Large;
use crate::memory::Memory;
use crate::old::{Old, Run};
use crate::tuning::{
    DISCARD_BLOCKS, FULL_GROWTH_PERCENT, FULL_MIN_BYTES, KEPT_FREE_MIN, KEPT_FREE_PERCENT,
    NURSERY_GROW_SURVIVAL,
};
use crate::types::Types;
use std::time::Instant;
use transom_layout::object::{
    ARRAY_ELEMENTS, ARRAY_LENGTH, NURSERY_START, OLD_START, ObjectKind, VmTypeInfo,
};

/// A collection that is going on: of everything if `FULL`, else of the nursery.
pub(crate) struct Collection<'a, const FULL: bool> {
    pub memory: Memory,
    types: &'a Types,
    blocks: &'a mut Blocks,
    old: &'a mut Old,
    large: &'a mut Large,
    /// Objects whose fields are still to be visited.
    stack: Vec<u32>,
    /// How many that may be.
    stack_limit: usize,
    /// Large ones.
    large_stack: Vec<u32>,
    /// The first copy that the stack had no room for: a run, and a place in it.
    overflow: Option<(usize, u32)>,
}

/// What is written to memory that should not be read any more, where zeal asks for it.
const POISON: u8 = 0xee;

impl Heap {
    /// Collects. Afterwards nothing is young.
    ///
    /// # Safety
    ///
    /// The roots are all references that anybody holds, each at its place.
    pub unsafe fn collect(&mut self, extent: Extent, roots: &mut dyn Roots) {
        let begun = Instant::now();
        if self.options.zeal {
            self.expect_sound(roots, "before");
        }
        let young = u64::from(self.young_bytes());
        self.statistics.allocated_bytes += young;
        // SAFETY: by the contract.
        unsafe {
            match extent {
                Extent::Minor => self.collect_nursery(roots),
                Extent::Full => self.collect_all(roots),
            }
            if self.options.zeal {
                self.memory.at(NURSERY_START).write_bytes(POISON, young as usize);
            }
        }
        self.reset_nursery();
        let pauses = match extent {
            Extent::Minor => &mut self.statistics.minor,
            Extent::Full => &mut self.statistics.full,
        };
        pauses.add(begun.elapsed());
        if self.options.zeal {
            self.expect_sound(roots, "after");
        }
    }

    /// Copies what is reachable out of the nursery.
    ///
    /// # Safety
    ///
    /// As [`collect`](Self::collect).
    unsafe fn collect_nursery(&mut self, roots: &mut dyn Roots) {
        let before = self.spaces.old.bytes();
        let young = u64::from(self.young_bytes());
        let runs = self.spaces.old.runs().to_vec();
        let mut collection = self.collection::<false>();
        // SAFETY: by the contract of `collect`; the heap was well formed.
        unsafe {
            roots.visit(&mut |slot| collection.visit(slot));
            for run in runs {
                collection.visit_cards_of_run(run);
            }
            let large: Vec<_> = collection.large.iter().collect();
            for (at, object) in large.into_iter().filter(|(_, object)| object.has_references) {
                collection.visit_cards_of_large(at, object);
            }
            collection.drain();
        }
        let stack = collection.stack;
        self.stack = stack;
        // SAFETY: the collection is done, and young objects are still where they were.
        unsafe {
            self.hosts
                .keep_moved(self.memory, &self.spaces.blocks, Extent::Minor)
        };
        let survived = self.spaces.old.bytes() - before;
        self.statistics.promoted_bytes += survived;
        self.nursery.crowded = survived * NURSERY_GROW_SURVIVAL > young;
    }

    /// Copies everything that is reachable, but for large objects, and frees the rest.
    ///
    /// # Safety
    ///
    /// As [`collect`](Self::collect).
    unsafe fn collect_all(&mut self, roots: &mut dyn Roots) {
        let from = self.spaces.old.take();
        for run in &from {
            self.spaces.blocks.set(run.start, run.blocks, Block::From);
        }
        let mut collection = self.collection::<true>();
        // SAFETY: by the contract of `collect`; the heap was well formed.
        unsafe {
            roots.visit(&mut |slot| collection.visit(slot));
            collection.drain();
        }
        let stack = collection.stack;
        self.stack = stack;
        // SAFETY: the collection is done, and what was moved is still where it was.
        unsafe {
            self.hosts
                .keep_moved(self.memory, &self.spaces.blocks, Extent::Full)
        };
        let dead = self.spaces.large.sweep(&mut self.spaces.blocks);
        let live = self.spaces.old.bytes() + self.spaces.large.bytes();
        self.statistics.live_bytes = live;
        // A nursery that was made smaller for want of room gets it back.
        self.nursery.crowded = self.nursery.size < self.options.nursery_size;
        self.full_threshold = (live * FULL_GROWTH_PERCENT / 100).max(FULL_MIN_BYTES);
        self.unmark_large_cards();
        let freed = from
            .iter()
            .map(|run| (run.start, run.blocks, run.end - run.start));
        for (start, count, used) in
            freed.chain(dead.iter().map(|(at, object)| (*at, object.blocks, object.size)))
        {
            self.free_blocks(start, count, used, live);
        }
    }

    fn collection<const FULL: bool>(&mut self) -> Collection<'_, FULL> {
        Collection {
            memory: self.memory,
            types: &self.types,
            blocks: &mut self.spaces.blocks,
            old: &mut self.spaces.old,
            large: &mut self.spaces.large,
            stack: std::mem::take(&mut self.stack),
            stack_limit: self.options.stack_limit,
            large_stack: Vec::new(),
            overflow: None,
        }
    }

    /// Nothing is young after a collection of everything.
    fn unmark_large_cards(&mut self) {
        for (at, object) in self.spaces.large.iter() {
            let cards = object.size.div_ceil(transom_layout::object::CARD_SIZE) as usize;
            // SAFETY: the cards belong to the object.
            unsafe { self.memory.card(at).write_bytes(0, cards) };
        }
    }

    /// Frees blocks of which so many bytes held objects, and gives their pages back if there are many.
    fn free_blocks(&mut self, start: u32, count: u32, used: u32, live: u64) {
        let bytes = count as usize * BLOCK_SIZE as usize;
        let kept = u64::from(self.spaces.blocks.dirty() + count) * u64::from(BLOCK_SIZE);
        let mut clean = false;
        let most = (live * KEPT_FREE_PERCENT / 100).max(KEPT_FREE_MIN);
        if kept > most || count > DISCARD_BLOCKS {
            clean = self.space.discard(start as usize..start as usize + bytes);
        } else if self.options.zeal {
            // SAFETY: nothing is in the blocks any more.
            unsafe { self.memory.at(start).write_bytes(POISON, used as usize) };
        }
        self.spaces.blocks.give_back(start, count, clean);
    }
}

impl Hosts {
    /// Follows the objects that were moved, and notes the values of those that are dead.
    ///
    /// # Safety
    ///
    /// A collection of that extent has just ended, and nothing has been written over what it has moved.
    unsafe fn keep_moved(&mut self, memory: Memory, blocks: &Blocks, extent: Extent) {
        let start = match extent {
            Extent::Minor => self.old,
            Extent::Full => 0,
        };
        let mut kept = start;
        for index in start..self.objects.len() {
            let (object, value) = self.objects[index];
            // SAFETY: by the contract the first word is a type word, or says where the object is now.
            let word = unsafe { memory.word(object).read() };
            let moved_from = blocks.of(object) == Block::From;
            if word & 1 == 0 && moved_from {
                self.dead.push(value);
                continue;
            }
            self.objects[kept] = (if moved_from { word - 1 } else { object }, value);
            kept += 1;
        }
        self.objects.truncate(kept);
        self.old = kept;
    }
}

impl<const FULL: bool> Collection<'_, FULL> {
    /// Visits a place that holds a reference: what it refers to stays alive, and the place follows it.
    ///
    /// # Safety
    ///
    /// The place is valid, and holds a reference of this heap.
    #[inline(always)]
    pub unsafe fn visit(&mut self, slot: *mut u32) {
        // SAFETY: by the contract.
        unsafe {
            let reference = slot.read();
            if !FULL {
                if reference < NURSERY_START || reference & 1 != 0 {
                    return;
                }
            } else {
                if reference < OLD_START || reference & 1 != 0 {
                    return;
                }
                match self.blocks.of(reference) {
                    Block::From => {}
                    Block::Large => return self.visit_large(reference),
                    _ => return,
                }
            }
            let word = self.memory.word(reference).read();
            slot.write(if word & 1 != 0 {
                word - 1
            } else {
                self.copy(reference, word)
            });
        }
    }

    #[cold]
    fn visit_large(&mut self, reference: u32) {
        self.blocks.set(reference, 1, Block::Reached);
        if self.large.has_references(reference) {
            self.large_stack.push(reference);
        }
    }

    /// Copies an object; where to.
    ///
    /// # Safety
    ///
    /// It is there, and its first word is `word`.
    #[inline(always)]
    unsafe fn copy(&mut self, reference: u32, word: u32) -> u32 {
        // SAFETY: by the contract; what is allocated is as large as the object, and apart from it.
        unsafe {
            let info = self.memory.info(word);
            let size = self.memory.size(info, reference);
            let to = self.old.allocate(self.memory, self.blocks, size);
            let to = to.expect("blocks were kept free for whatever survives");
            let (source, target) = (
                self.memory.at(reference).cast::<u64>(),
                self.memory.at(to).cast::<u64>(),
            );
            for index in 0..size as usize / 8 {
                target.add(index).write(source.add(index).read());
            }
            self.memory.word(reference).write(to | 1);
            if info.references != 0 || info.reference_list != 0 {
                self.push(to);
            }
            to
        }
    }

    #[inline(always)]
    fn push(&mut self, copy: u32) {
        if self.stack.len() < self.stack_limit {
            self.stack.push(copy);
        } else if self.overflow.is_none() {
            self.overflow = Some((self.old.len() - 1, copy));
        }
    }

    /// Visits the fields of all copies that have not been visited.
    ///
    /// # Safety
    ///
    /// All copies so far are well formed.
    pub unsafe fn drain(&mut self) {
        // SAFETY: by the contract; whatever the stacks and runs hold are objects.
        unsafe {
            self.drain_stacks();
            while let Some((mut run, mut at)) = self.overflow.take() {
                while run < self.old.len() {
                    let Run { end, .. } = self.old.run(run);
                    if at == end {
                        run += 1;
                        if run < self.old.len() {
                            at = self.old.run(run).start;
                        }
                        continue;
                    }
                    let info = self.memory.info_of(at);
                    self.visit_fields(at, info);
                    self.drain_stacks();
                    // What the stacks had no room for lies further on.
                    self.overflow = None;
                    at += self.memory.size(info, at);
                }
            }
        }
    }

    /// Visits the fields of what is on the stacks.
    ///
    /// # Safety
    ///
    /// As [`drain`](Self::drain).
    unsafe fn drain_stacks(&mut self) {
        // SAFETY: as `drain`.
        unsafe {
            loop {
                while let Some(object) = self.stack.pop() {
                    let info = self.memory.info_of(object);
                    self.visit_fields(object, info);
                }
                let Some(object) = self.large_stack.pop() else {
                    return;
                };
                let info = self.memory.info_of(object);
                self.visit_fields(object, info);
            }
        }
    }

    /// The length of an array.
    ///
    /// # Safety
    ///
    /// It is one.
    pub unsafe fn length(&self, array: u32) -> u32 {
        // SAFETY: by the contract.
        unsafe { self.memory.word(array + ARRAY_LENGTH as u32).read() }
    }

    /// Visits all references in an object.
    ///
    /// # Safety
    ///
    /// There is an object of that type.
    #[inline(always)]
    pub unsafe fn visit_fields(&mut self, object: u32, info: &VmTypeInfo) {
        // SAFETY: by the contract, and because a type info says where the references are.
        unsafe {
            if info.kind == ObjectKind::Array as u32 {
                if info.references != 0 {
                    let first = self.memory.word(object + ARRAY_ELEMENTS as u32);
                    for index in 0..self.length(object) as usize {
                        self.visit(first.add(index));
                    }
                }
            } else if info.reference_list == 0 {
                let words = self.memory.word(object);
                let mut bits = info.references;
                while bits != 0 {
                    self.visit(words.add(bits.trailing_zeros() as usize));
                    bits &= bits - 1;
                }
            } else {
                let types = self.types;
                for &offset in types.list(info.reference_list) {
                    self.visit(self.memory.word(object + offset));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
