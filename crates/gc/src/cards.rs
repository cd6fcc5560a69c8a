//! Finding the old objects that may refer to young ones: those on marked cards.

use crate::collect::Collection;
use crate::large::LargeObject;
use crate::old::Run;
use transom_layout::object::{ARRAY_ELEMENTS, CARD_SHIFT, CARD_SIZE, ObjectKind, VmTypeInfo};

impl Collection<'_, false> {
    /// Visits the marked cards of a run, up to its end as it was when the collection began, and unmarks them.
    ///
    /// # Safety
    ///
    /// The run is well formed.
    pub unsafe fn visit_cards_of_run(&mut self, run: Run) {
        let mut card = run.start;
        while card < run.end {
            // SAFETY: the run's part of the card table; runs begin at multiples of eight cards.
            let eight = unsafe { self.memory.card(card).cast::<u64>() };
            // SAFETY: as above. Cards behind the run's end are its own, and not marked.
            let mut marks = unsafe { eight.read() };
            if marks != 0 {
                // SAFETY: as above.
                unsafe { eight.write(0) };
            }
            while marks != 0 {
                let index = marks.trailing_zeros() / 8;
                marks &= !(0xff << (8 * index));
                // SAFETY: by the contract.
                unsafe { self.visit_card(run, card + index * CARD_SIZE) };
            }
            card = card.saturating_add(8 * CARD_SIZE);
        }
    }

    /// Visits the objects of one card.
    ///
    /// # Safety
    ///
    /// The run is well formed.
    unsafe fn visit_card(&mut self, run: Run, card: u32) {
        let end = run.end.min(card + CARD_SIZE);
        let mut at = card;
        if card > run.start {
            // The last object that begins before the card: it may reach into it.
            let mut before = card - CARD_SIZE;
            // SAFETY: a run begins with an object, so its first card has an entry.
            at = unsafe {
                while self.memory.start(before).read() == 0 {
                    before -= CARD_SIZE;
                }
                before + (u32::from(self.memory.start(before).read()) - 1) * 8
            };
        }
        while at < end {
            // SAFETY: by the contract there is an object.
            unsafe {
                let info = self.memory.info_of(at);
                self.visit_part(at, info, card, end);
                at += self.memory.size(info, at);
            }
        }
    }

    /// Visits what a card stands for: of a structure that begins on it all fields, of an array the elements on it.
    ///
    /// # Safety
    ///
    /// There is an object of that type.
    unsafe fn visit_part(&mut self, at: u32, info: &VmTypeInfo, from: u32, to: u32) {
        // SAFETY: by the contract.
        unsafe {
            if info.kind != ObjectKind::Array as u32 {
                if at >= from {
                    self.visit_fields(at, info);
                }
            } else if info.references != 0 {
                let size = self.memory.size(info, at);
                let first = (at + ARRAY_ELEMENTS as u32).max(from);
                let last = (at + size).min(to);
                // An odd number of elements leaves a word behind the last.
                let last = last.min(at + ARRAY_ELEMENTS as u32 + 4 * self.length(at));
                let mut slot = first;
                while slot < last {
                    self.visit(self.memory.word(slot));
                    slot += 4;
                }
            }
        }
    }

    /// Visits the marked cards of a large object, and unmarks them.
    ///
    /// # Safety
    ///
    /// There is such an object.
    pub unsafe fn visit_cards_of_large(&mut self, at: u32, object: LargeObject) {
        let cards = object.size.div_ceil(1 << CARD_SHIFT);
        for index in 0..cards {
            let start = at + index * CARD_SIZE;
            // SAFETY: by the contract the card and the object are there.
            unsafe {
                let card = self.memory.card(start);
                if card.read() != 0 {
                    card.write(0);
                    let info = self.memory.info_of(at);
                    self.visit_part(at, info, start, start + CARD_SIZE);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
