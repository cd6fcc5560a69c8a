//! The code of a module's functions as bytes, function by function: what was read, and what is to be written.
//!
//! Each function is decoded when it is asked for, so what is never called costs nothing.

use super::encoding::encode_to;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
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
    stage: Stage,
    /// Its samples, if it is the first code of a function.
    heat: u16,
    /// Bytes of its code.
    len: u32,
}

/// Functions that were read, in ascending order, each followed by what begins at its loops.
#[derive(Default, Debug)]
pub struct Functions {
    table: Vec<Stored>,
    /// Where the code of each begins.
    starts: Vec<usize>,
    /// They end with the code of all, one after the other.
    bytes: Vec<u8>,
}

impl Functions {
    /// Functions that were read, with their code from `start` on. `None` if the table does not fit the code.
    pub fn new(table: Vec<Stored>, bytes: Vec<u8>, start: usize) -> Option<Functions> {
        let mut end = start;
        let mut starts = Vec::with_capacity(table.len());
        for stored in &table {
            starts.push(end);
            end = end.checked_add(stored.len as usize)?;
        }
        let ascending = table.is_sorted_by(|a, b| a.place < b.place);
        (ascending && end == bytes.len()).then_some(Functions { table, starts, bytes })
    }

    fn code(&self, index: usize) -> &[u8] {
        let start = self.starts[index];
        &self.bytes[start..start + self.table[index].len as usize]
    }

    fn stored(&self, place: Place) -> Option<usize> {
        self.table
            .binary_search_by_key(&place, |stored| stored.place)
            .ok()
    }

    fn find(&self, place: Place) -> Option<(Stage, &[u8])> {
        let index = self.stored(place)?;
        Some((self.table[index].stage, self.code(index)))
    }

    /// The samples of a function.
    fn heat_of(&self, function: DefinedFuncIdx) -> u16 {
        let stored = self.stored(Place::whole(function));
        stored.map_or(0, |index| self.table[index].heat)
    }

    /// The first code of functions, with their samples.
    fn heat(&self) -> impl Iterator<Item = (DefinedFuncIdx, u16)> {
        let first = |stored: &&Stored| stored.stage == Stage::First && stored.place.at.is_none();
        let first = self.table.iter().filter(first);
        first.map(|stored| (stored.place.function, stored.heat))
    }
}

/// Functions that are to be written, in the same order. Their code is not copied for that.
#[derive(Debug)]
pub struct Merged<'a> {
    table: Vec<Stored>,
    code: Vec<Piece>,
    read: &'a Functions,
    others: Functions,
}

/// Code, by where it is.
#[derive(Clone, Debug)]
enum Piece {
    Kept(Arc<[u8]>),
    Read(usize),
    Others(usize),
}

impl Merged<'_> {
    /// Whether there is the last code of all functions of a module.
    pub fn is_complete(&self, module: &Module) -> bool {
        let last = |stored: &&Stored| stored.stage == Stage::Last && stored.place.at.is_none();
        self.table.iter().filter(last).count() == module.bodies.len()
    }

    /// The table.
    pub fn table(&self) -> &[Stored] {
        &self.table
    }

    /// The code of each.
    pub fn code(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.code.iter().map(|piece| match piece {
            Piece::Kept(code) => &**code,
            Piece::Read(index) => self.read.code(*index),
            Piece::Others(index) => self.others.code(*index),
        })
    }
}

/// The code that was compiled.
#[derive(Default, Debug)]
struct Kept {
    code: BTreeMap<Place, (Stage, Arc<[u8]>)>,
    /// Where code is encoded, so that it lies in pieces of the right sizes.
    scratch: Vec<u8>,
}

/// Code that was read, and code that was compiled since.
#[derive(Debug)]
pub struct StoredCode {
    read: Functions,
    kept: Mutex<Kept>,
    /// The bytes of code that may still be kept.
    left: AtomicUsize,
    /// Whether something was kept since [`take_news`](Self::take_news).
    news: AtomicBool,
    endings: Mutex<Endings>,
}

/// How processes have ended in which functions were being compiled.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Endings {
    /// How long they have run, since the last one that waited.
    pub unfinished: Duration,
    /// Whether one has waited in vain.
    pub gave_up: bool,
}

impl StoredCode {
    /// What was read. What is compiled is kept, up to so many bytes.
    pub fn new(read: Functions, most_kept: usize) -> StoredCode {
        StoredCode {
            read,
            kept: Mutex::default(),
            left: AtomicUsize::new(most_kept),
            news: AtomicBool::new(false),
            endings: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something was kept since this was asked last.
    pub fn take_news(&self) -> bool {
        self.news.swap(false, Ordering::Relaxed)
    }

    /// How processes have ended.
    pub fn endings(&self) -> Endings {
        *self.endings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, with how this one ends.
    pub fn set_endings(&self, endings: Endings) {
        *self.endings.lock().unwrap_or_else(PoisonError::into_inner) = endings;
    }

    /// What was kept is still to be written.
    pub fn give_news_back(&self) {
        self.news.store(true, Ordering::Relaxed);
    }

    /// How many samples functions have beyond those that were read.
    pub fn new_heat(&self, heat: &dyn Fn(DefinedFuncIdx) -> u16) -> u32 {
        let new = |(function, read): (DefinedFuncIdx, u16)| u32::from(heat(function).saturating_sub(read));
        self.read.heat().map(new).sum()
    }

    /// The bytes of code that were read.
    pub fn code_read(&self) -> usize {
        self.read.table.iter().map(|stored| stored.len as usize).sum()
    }

    /// The bytes that were read, with what belongs to the code.
    pub fn bytes_read(&self) -> usize {
        self.read.bytes.len()
    }

    /// All functions: those that were read, and what was kept since.
    pub fn all(&self) -> Merged<'_> {
        self.all_with(Functions::default(), &|_| 0)
    }

    /// The same, with those that somebody else has, of the same module. Code that nothing compiles once more comes first. `heat` gives the
    /// samples of functions.
    pub fn all_with(&self, others: Functions, heat: &dyn Fn(DefinedFuncIdx) -> u16) -> Merged<'_> {
        let mut all: BTreeMap<Place, (Stage, Piece)> = BTreeMap::new();
        // Code is shared, not copied, while threads that compile wait for the lock.
        for (&place, (stage, code)) in &self.lock().code {
            all.insert(place, (*stage, Piece::Kept(code.clone())));
        }
        let mut add = |functions: &Functions, piece: fn(usize) -> Piece| {
            for (index, stored) in functions.table.iter().enumerate() {
                let found = (stored.stage, piece(index));
                let present = all.entry(stored.place).or_insert_with(|| found.clone());
                if present.0 < found.0 {
                    *present = found;
                }
            }
        };
        add(&self.read, Piece::Read);
        add(&others, Piece::Others);
        let mut last = None;
        // Nobody comes to the loops of other code than the function's last.
        all.retain(|place, (stage, _)| match place.at {
            None => {
                last = (*stage == Stage::Last).then_some(place.function);
                true
            }
            Some(_) => last != Some(place.function),
        });
        let mut merged = Merged {
            table: Vec::new(),
            code: all.values().map(|(_, piece)| piece.clone()).collect(),
            read: &self.read,
            others,
        };
        let stored = all.iter().zip(merged.code());
        let stored = stored.map(|((&place, (stage, _)), code)| Stored {
            place,
            stage: *stage,
            heat: match (stage, place.at) {
                // A function that this process has not called has its samples from others.
                (Stage::First, None) => {
                    let others =
                        [merged.read, &merged.others].map(|functions| functions.heat_of(place.function));
                    others.into_iter().fold(heat(place.function), u16::max)
                }
                _ => 0,
            },
            len: code.len() as u32,
        });
        merged.table = stored.collect();
        merged
    }
}

impl StoredCode {
    /// Keeps code, with so many bytes of machine code, if there is room.
    fn keep_at(&self, place: Place, stage: Stage, len: usize, code: &impl Serialize) {
        if self.left.load(Ordering::Relaxed) < len {
            return;
        }
        let mut kept = self.lock();
        let kept = &mut *kept;
        kept.scratch.clear();
        if encode_to(&mut kept.scratch, code).is_err() || u32::try_from(kept.scratch.len()).is_err() {
            return;
        }
        let take = |left: usize| left.checked_sub(kept.scratch.len());
        let has_room = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        if has_room.is_ok() {
            kept.code.insert(place, (stage, kept.scratch[..].into()));
            self.news.store(true, Ordering::Relaxed);
        }
    }
}

impl CodeStore for StoredCode {
    fn load(&self, function: DefinedFuncIdx) -> Option<(Stage, CompiledFunction)> {
        let (stage, code) = self.read.find(Place::whole(function))?;
        Some((stage, postcard::from_bytes(code).ok()?))
    }

    fn heat(&self, function: DefinedFuncIdx) -> u16 {
        self.read.heat_of(function)
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
        let (_, code) = self.read.find(Place::entry(target))?;
        let (operands, entry): (u32, LoopEntry) = postcard::from_bytes(code).ok()?;
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
