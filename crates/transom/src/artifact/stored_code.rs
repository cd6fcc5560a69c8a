//! The code of a module's functions as bytes, function by function: what was read, and what is to be written.
//!
//! Each function is decoded when it is asked for, so what is never called costs nothing.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transom_code::{CompiledFunction, LoopEntry, LoopTarget};
use transom_module::{DefinedFuncIdx, Module};
use transom_vm::{CodeStore, Stage};

/// What code is: that of a function, or what begins at one of its loops, whose offset in the module is given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct Place {
    function: DefinedFuncIdx,
    at: Option<u32>,
}

impl Place {
    fn whole(function: DefinedFuncIdx) -> Place {
        Place { function, at: None }
    }

    fn entry(target: &LoopTarget) -> Place {
        Place {
            function: target.function,
            at: Some(target.offset),
        }
    }
}

/// An entry of a table, by which stored code is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stored {
    place: Place,
    /// Whether nothing compiles it once more.
    is_last: bool,
    /// Bytes of its code.
    len: u32,
}

impl Stored {
    fn stage(&self) -> Stage {
        match self.is_last {
            true => Stage::Last,
            false => Stage::First,
        }
    }
}

/// Functions in ascending order, each followed by what begins at its loops, and their code, one after the other.
#[derive(Default, Debug)]
pub struct Functions {
    table: Vec<Stored>,
    /// Where each begins in the code.
    starts: Vec<usize>,
    code: Vec<u8>,
}

impl Functions {
    /// Functions that were read. `None` if the table does not fit the code.
    pub fn new(table: Vec<Stored>, code: Vec<u8>) -> Option<Functions> {
        let mut end = 0_usize;
        let mut starts = Vec::with_capacity(table.len());
        for stored in &table {
            starts.push(end);
            end = end.checked_add(stored.len as usize)?;
        }
        let ascending = table.is_sorted_by(|a, b| a.place < b.place);
        (ascending && end == code.len()).then_some(Functions { table, starts, code })
    }

    /// Whether there is the last code of all functions of a module.
    pub fn is_complete(&self, module: &Module) -> bool {
        let last = |stored: &&Stored| stored.is_last && stored.place.at.is_none();
        self.table.iter().filter(last).count() == module.bodies.len()
    }

    /// The table.
    pub fn table(&self) -> &[Stored] {
        &self.table
    }

    /// The code.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    fn iter(&self) -> impl Iterator<Item = (Place, Stage, &[u8])> {
        let starts = self.table.iter().zip(&self.starts);
        starts.map(|(stored, &start)| {
            let code = &self.code[start..start + stored.len as usize];
            (stored.place, stored.stage(), code)
        })
    }

    fn find(&self, place: Place) -> Option<(Stage, Range<usize>)> {
        let index = self
            .table
            .binary_search_by_key(&place, |stored| stored.place)
            .ok()?;
        let stored = self.table[index];
        let start = self.starts[index];
        Some((stored.stage(), start..start + stored.len as usize))
    }
}

/// The code that was compiled.
type Kept = BTreeMap<Place, (Stage, Arc<[u8]>)>;

/// Code that was read, and code that was compiled since.
#[derive(Debug)]
pub struct StoredCode {
    read: Functions,
    kept: Mutex<Kept>,
    /// The bytes of code that may still be kept.
    left: AtomicUsize,
    /// Whether something was kept since [`take_news`](Self::take_news).
    news: AtomicBool,
}

impl StoredCode {
    /// What was read. What is compiled is kept, up to so many bytes.
    pub fn new(read: Functions, most_kept: usize) -> StoredCode {
        StoredCode {
            read,
            kept: Mutex::default(),
            left: AtomicUsize::new(most_kept),
            news: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something was kept since this was asked last.
    pub fn take_news(&self) -> bool {
        self.news.swap(false, Ordering::Relaxed)
    }

    /// What was kept is still to be written.
    pub fn give_news_back(&self) {
        self.news.store(true, Ordering::Relaxed);
    }

    /// The bytes of the code that was read.
    pub fn bytes_read(&self) -> usize {
        self.read.code.len()
    }

    /// All functions: those that were read, and what was kept since.
    pub fn all(&self) -> Functions {
        self.all_with(None)
    }

    /// The same, with those that somebody else has, of the same module. Code that nothing compiles once more comes first.
    pub fn all_with(&self, others: Option<Functions>) -> Functions {
        // Nothing is copied while threads that compile wait for the lock.
        let kept = self.lock().clone();
        let kept = kept
            .iter()
            .map(|(&place, (stage, code))| (place, *stage, &code[..]));
        let mut all: BTreeMap<Place, (Stage, &[u8])> = BTreeMap::new();
        let others = others.iter().flat_map(Functions::iter);
        for (place, stage, code) in kept.chain(self.read.iter()).chain(others) {
            let present = all.entry(place).or_insert((stage, code));
            if present.0 < stage {
                *present = (stage, code);
            }
        }
        let mut functions = Functions::default();
        let mut last = None;
        for (place, (stage, code)) in all {
            match place.at {
                None => last = (stage == Stage::Last).then_some(place.function),
                // Nobody comes to the loops of other code than the function's last.
                Some(_) if last == Some(place.function) => continue,
                Some(_) => {}
            }
            functions.table.push(Stored {
                place,
                is_last: stage == Stage::Last,
                len: code.len() as u32,
            });
            functions.starts.push(functions.code.len());
            functions.code.extend(code);
        }
        functions
    }
}

impl StoredCode {
    /// Keeps code, with so many bytes of machine code, if there is room.
    fn keep_at(&self, place: Place, stage: Stage, len: usize, code: &impl Serialize) {
        if self.left.load(Ordering::Relaxed) < len {
            return;
        }
        let Ok(bytes) = postcard::to_allocvec(code) else {
            return;
        };
        let take = |left: usize| left.checked_sub(bytes.len());
        let has_room = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if has_room.is_ok() && u32::try_from(bytes.len()).is_ok() {
            self.lock().insert(place, (stage, bytes.into()));
            self.news.store(true, Ordering::Relaxed);
        }
    }
}

impl CodeStore for StoredCode {
    fn load(&self, function: DefinedFuncIdx) -> Option<(Stage, CompiledFunction)> {
        let (stage, range) = self.read.find(Place::whole(function))?;
        let compiled = postcard::from_bytes(&self.read.code[range]).ok()?;
        Some((stage, compiled))
    }

    fn keep(&self, function: DefinedFuncIdx, stage: Stage, code: &CompiledFunction) {
        self.keep_at(Place::whole(function), stage, code.code.len(), code);
    }

    fn has_entries(&self, function: DefinedFuncIdx) -> bool {
        let table = &self.read.table;
        let next = table.partition_point(|stored| stored.place <= Place::whole(function));
        table
            .get(next)
            .is_some_and(|stored| stored.place.function == function)
    }

    fn load_entry(&self, target: &LoopTarget) -> Option<LoopEntry> {
        let (_, range) = self.read.find(Place::entry(target))?;
        let (operands, entry): (u32, LoopEntry) = postcard::from_bytes(&self.read.code[range]).ok()?;
        // So many it loads.
        (operands == target.operands).then_some(entry)
    }

    fn keep_entry(&self, target: &LoopTarget, entry: &LoopEntry) {
        let len = entry.code.code.len();
        self.keep_at(Place::entry(target), Stage::Last, len, &(target.operands, entry));
    }
}

#[cfg(test)]
mod tests;
