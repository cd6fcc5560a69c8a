//! The verifier: walks the whole heap, and believes nothing.

use crate::heap::{Heap, Roots};
use crate::old::Run;
use crate::types::kind;
use std::collections::HashSet;
use transom_layout::object::{
    ARRAY_ELEMENTS, CARD_SHIFT, CARD_SIZE, LARGE_OBJECT, NURSERY_START, ObjectKind,
};

/// What the verifier found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption(pub String);

impl std::fmt::Display for Corruption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Corruption {}

type Result<T = ()> = std::result::Result<T, Corruption>;

macro_rules! check {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            return Err(Corruption(format!($($message)*)));
        }
    };
}

impl Heap {
    /// Walks the heap and the roots: every object is well formed, every reference leads to the beginning of one, every
    /// old object that refers to a young one is on a marked card, and the table of starts is right.
    ///
    /// # Errors
    ///
    /// What was found first.
    pub fn verify(&mut self, roots: &mut dyn Roots) -> Result {
        let mut objects = HashSet::new();
        for run in self.spaces.old.runs().to_vec() {
            self.walk(run.start, run.end, &mut objects)?;
            self.verify_starts(run, &objects)?;
        }
        self.walk(NURSERY_START, self.next(), &mut objects)?;
        let large: Vec<u32> = self.spaces.large.iter().map(|(at, _)| at).collect();
        for at in large {
            self.verify_type(at)?;
            // SAFETY: its type word is that of a type.
            let size = unsafe { self.memory.size_of(at) };
            check!(size > LARGE_OBJECT, "the large object {at:#x} has {size} bytes");
            objects.insert(at);
        }
        for &object in &objects {
            self.verify_references(object, &objects)?;
        }
        let mut outcome = Ok(());
        roots.visit(&mut |slot| {
            // SAFETY: roots are places that hold references.
            let reference = unsafe { slot.read() };
            if outcome.is_ok() && !is_reference(reference, &objects) {
                outcome = Err(Corruption(format!(
                    "a root is {reference:#x}, which is no object"
                )));
            }
        });
        outcome
    }

    /// Ends the process if the heap is not sound: nothing that it would do could be trusted.
    pub(crate) fn expect_sound(&mut self, roots: &mut dyn Roots, when: &str) {
        if let Err(corruption) = self.verify(roots) {
            let count = self.statistics.minor.count + self.statistics.full.count;
            eprintln!("transom: the heap is corrupt {when} collection {count}: {corruption}");
            std::process::abort();
        }
    }

    fn verify_type(&self, object: u32) -> Result {
        // SAFETY: the place is inside the region.
        let word = unsafe { self.memory.word(object).read() };
        check!(
            self.types.is_type_word(word),
            "the object {object:#x} begins with {word:#x}, which is no type"
        );
        Ok(())
    }

    fn walk(&self, start: u32, end: u32, objects: &mut HashSet<u32>) -> Result {
        let mut at = start;
        while at < end {
            self.verify_type(at)?;
            // SAFETY: its type word is that of a type.
            let size = unsafe { self.memory.size_of(at) };
            check!(
                size >= 8 && size.is_multiple_of(8) && size <= end - at,
                "the object {at:#x} has {size} bytes, {} before the end",
                end - at
            );
            objects.insert(at);
            at += size;
        }
        Ok(())
    }

    fn verify_starts(&self, run: Run, objects: &HashSet<u32>) -> Result {
        let mut card = run.start;
        while card < run.end {
            let last = (card..run.end.min(card + CARD_SIZE))
                .step_by(8)
                .rfind(|at| objects.contains(at));
            let expected = last.map_or(0, |at| (at - card) / 8 + 1);
            // SAFETY: the card is the run's.
            let found = u32::from(unsafe { self.memory.start(card).read() });
            check!(
                found == expected,
                "the start of card {card:#x} is {found}, not {expected}"
            );
            card += CARD_SIZE;
        }
        Ok(())
    }

    fn verify_references(&self, object: u32, objects: &HashSet<u32>) -> Result {
        // SAFETY: the object was found well formed.
        let (info, is_array) = unsafe {
            let info = self.memory.info_of(object);
            (info, kind(info.kind) == ObjectKind::Array)
        };
        let offsets: Vec<u32> = if is_array && info.references != 0 {
            let first = ARRAY_ELEMENTS as u32;
            (0..self.array_length(object))
                .map(|index| first + 4 * index)
                .collect()
        } else if is_array {
            Vec::new()
        } else if info.reference_list != 0 {
            self.types.list(info.reference_list).to_vec()
        } else {
            (0..64)
                .filter(|bit| info.references >> bit & 1 != 0)
                .map(|bit| 4 * bit)
                .collect()
        };
        for offset in offsets {
            // SAFETY: the field is inside the object.
            let target = unsafe { self.memory.word(object + offset).read() };
            check!(
                is_reference(target, objects),
                "the object {object:#x} holds {target:#x} at {offset}, which is no object"
            );
            let young = target >= NURSERY_START && target & 1 == 0;
            if object < NURSERY_START && young {
                let place = if is_array { object + offset } else { object };
                // SAFETY: the card is the object's.
                let mark = unsafe { self.memory.card(place).read() };
                check!(
                    mark != 0,
                    "card {:#x} is not marked, but {object:#x} refers to the young {target:#x}",
                    place >> CARD_SHIFT
                );
            }
        }
        Ok(())
    }
}

fn is_reference(reference: u32, objects: &HashSet<u32>) -> bool {
    reference == 0 || reference & 1 != 0 || objects.contains(&reference)
}

#[cfg(test)]
mod tests;
