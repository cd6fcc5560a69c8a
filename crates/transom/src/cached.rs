//! Modules whose code comes from a cache, and goes there.
//!
//! The entry of a module has what its validation found, and the code of those of its functions that were called. It contains the module's
//! cryptographic hash and everything that the code depends on, which readers compare, so nobody can make a module that gets another one's code.
//! Its name is made of a sample of the module: whether there is an entry is known before the module is hashed or even read, and the first run
//! of a program does not wait for that. Two modules with the same sample take turns. Whether an entry can be trusted is up to the folder
//! ([`transom_cache`]).
//!
//! Nothing that goes wrong here is an error: a module without an entry is compiled.

mod build;
mod digest;

pub use digest::{BLOCK, Digest};

use crate::artifact::contents::{self, Contents, Source};
use crate::artifact::settings::Settings;
use crate::artifact::stored_code::{Endings, Functions, Merged, StoredCode};
use crate::{Cache, Engine, Strategy};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};
use transom_cache::Pieces;
use transom_code::{CompiledFunction, LoopEntry, LoopTarget};
use transom_error::{Result, bail};
use transom_module::{Bytes, DefinedFuncIdx, KnownBodies, Module};
use transom_ops::events;
use transom_vm::{CodeStore, Stage, unless_forking};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The bytes of code that one process adds to an entry, at most.
const MOST_KEPT: usize = 32 << 20;

/// The bytes of code in an entry from which on nothing is added.
const MOST_STORED: usize = 24 << 20;

/// The bytes of a module that its entry's name depends on: so many pieces of so many bytes.
const SAMPLES: usize = 64;
const SAMPLE: usize = 1 << 10;

/// What it takes to write an entry and each megabyte of it, about.
const WRITING_TIME: Duration = Duration::from_micros(300);
const WRITING_MEGABYTE: Duration = Duration::from_millis(2);

/// So many samples are worth writing an entry.
const WORTH_WRITING: u32 = 16;

/// How long processes have run that ended while functions were being compiled, until one of them waits.
const WORTH_WAITING: Duration = Duration::from_millis(100);

/// The place of a module in a cache.
#[derive(Debug)]
pub struct Entry {
    cache: Cache,
    name: String,
    settings: Settings,
    bytes: Bytes,
    digest: Arc<Digest>,
    known_at: Instant,
    /// Since when the time of the process was not counted.
    begun: Mutex<Instant>,
    noted: Mutex<Noted>,
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was read or written last of functions that may be compiled once more.
#[derive(Clone, Copy, Debug)]
struct Noted {
    endings: Endings,
    /// How many samples they had beyond those that were read.
    heat: u32,
}

/// The place of a module in a cache, before all of the module is known.
#[derive(Debug)]
pub struct Place {
    cache: Cache,
    name: String,
    settings: Settings,
}

/// What is at a place: it is of the module with this hash.
#[derive(Debug)]
pub struct Present {
    known: contents::Known,
    bodies: KnownBodies<'static>,
    functions: Functions,
}

/// A module that is sought in a cache.
#[derive(Debug)]
pub struct Sought {
    pub place: Place,
    /// Of the module's bytes.
    pub digest: Digest,
    /// What is at the place, if that was read already.
    pub present: Option<Present>,
}

impl Sought {
    /// A module, as [`Place::of`].
    pub fn of(engine: &Engine, len: usize, read: impl Fn(&mut [u8], usize) -> bool) -> Option<Sought> {
        Some(Sought {
            place: Place::of(engine, len, read)?,
            digest: match engine.config().options.compilation.parallel {
                true => Digest::new(len),
                false => Digest::undivided(len),
            },
            present: None,
        })
    }

    /// A module that is there.
    pub fn of_bytes(engine: &Engine, bytes: &[u8]) -> Option<Sought> {
        Sought::of(engine, bytes.len(), |piece, at| {
            piece.copy_from_slice(&bytes[at..at + piece.len()]);
            true
        })
    }
}

/// What is known of a module before it is decoded.
pub struct Known {
    pub bodies: Option<KnownBodies<'static>>,
    pub stored: StoredModule,
}

/// The code of a module that was stored.
#[derive(Debug)]
pub struct StoredModule {
    pub code: StoredCode,
    /// Where it comes from and goes, if that is a cache.
    pub entry: Option<Entry>,
}

impl StoredModule {
    /// A process ends while functions are being compiled. Waits for that, if that is worth it: `wait` says whether it was not in vain.
    pub fn end_unfinished(&self, wait: impl FnOnce() -> bool) {
        let Some(entry) = &self.entry else {
            return;
        };
        let mut endings = self.code.endings();
        if endings.gave_up {
            return;
        }
        let now = Instant::now();
        let begun = std::mem::replace(&mut *lock(&entry.begun), now);
        endings.unfinished += now - begun;
        // The first process is not slower than without a cache.
        if endings.unfinished >= WORTH_WAITING && self.code.bytes_read() > 0 {
            endings.unfinished = Duration::ZERO;
            endings.gave_up = !wait();
        }
        self.code.set_endings(endings);
    }

    /// Begins with what is needed to write the module's entry, if it has one and it is new.
    pub fn prepare_to_write(&self) {
        if let Some(entry) = &self.entry
            && self.code.bytes_read() == 0
        {
            entry.hash_ahead();
        }
    }
}

impl CodeStore for StoredModule {
    fn load(&self, function: DefinedFuncIdx) -> Option<(Stage, CompiledFunction)> {
        self.code.load(function)
    }

    fn keep(&self, function: DefinedFuncIdx, stage: Stage, code: &CompiledFunction) {
        self.code.keep(function, stage, code);
    }

    fn has_entries(&self, function: DefinedFuncIdx) -> bool {
        self.code.has_entries(function)
    }

    fn load_entry(&self, target: &LoopTarget) -> Option<LoopEntry> {
        self.code.load_entry(target)
    }

    fn keep_entry(&self, target: &LoopTarget, entry: &LoopEntry) {
        self.code.keep_entry(target, entry);
    }

    fn heat(&self, function: DefinedFuncIdx) -> u16 {
        self.code.heat(function)
    }

    fn write(&self, module: &Module, heat: &dyn Fn(DefinedFuncIdx) -> u16) {
        if let Some(entry) = &self.entry {
            entry.write(module, &self.code, heat);
        }
    }
}

/// What the cache knows of a module: what is present at its place, if that is of this module. The digest is of the module's bytes.
pub fn known(place: Place, present: Option<Present>, bytes: Bytes, digest: Digest) -> Known {
    let Place {
        cache,
        name,
        settings,
    } = place;
    let present = present.filter(|present| {
        let is_own = present.known.hash == digest.finish_together(&bytes);
        if !is_own {
            log::info!(target: events::CACHE, "entry {name} is not used: it is of another module");
        }
        is_own
    });
    let (bodies, code) = match present {
        Some(present) => {
            let code = StoredCode::new(present.functions, MOST_KEPT);
            code.set_endings(present.known.endings);
            (Some(present.bodies), code)
        }
        None => (None, StoredCode::new(Functions::default(), MOST_KEPT)),
    };
    let entry = Entry {
        cache,
        name,
        settings,
        bytes,
        digest: Arc::new(digest),
        known_at: Instant::now(),
        begun: Mutex::new(Instant::now()),
        noted: Mutex::new(Noted {
            endings: code.endings(),
            heat: 0,
        }),
    };
    let stored = StoredModule {
        code,
        entry: Some(entry),
    };
    Known { bodies, stored }
}

/// What an entry has, if it is one for such an engine.
fn decode(bytes: Vec<u8>, settings: &Settings) -> Result<Present> {
    let (
        Contents {
            source,
            bodies,
            table,
        },
        start,
    ) = Contents::decode(&bytes, settings)?;
    let Source::Known(known) = source else {
        bail!("it contains a module");
    };
    let bodies = bodies.into_owned();
    let functions = Contents::functions(table, bytes, start)?;
    Ok(Present {
        known,
        bodies,
        functions,
    })
}

/// An entry that is being written.
struct Written<'a> {
    before: Vec<u8>,
    functions: Merged<'a>,
}

impl Pieces for Written<'_> {
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.before[..]).chain(self.functions.code())
    }
}

impl Place {
    /// The place of a module of so many bytes, some of which are read by a function that gives whether it could. `None` if the engine has no cache, or its
    /// code is not for others.
    pub fn of(engine: &Engine, len: usize, read: impl Fn(&mut [u8], usize) -> bool) -> Option<Place> {
        let config = engine.config();
        let cache = config.storing.cache.as_ref()?;
        // Other code than programs have without a cache: it is for tests, or for people to look at.
        let special = config.options.debugger
            || config.tests.through_artifacts
            || config.emit_clif.is_some()
            || config.options.tunables.optimized_functions.is_some();
        if special || config.chosen_strategy() == Strategy::OptimizedOnFirstCall {
            return None;
        }
        let strategy = format!("{:?}, {:?}", config.chosen_strategy(), config.tests.tiers);
        let settings = Settings::of(engine).with([("strategy", &strategy), ("build", build::identity()?)]);
        let module = sample(len, read)?;
        let here = xxh3_64(&postcard::to_allocvec(&settings).ok()?);
        Some(Place {
            cache: cache.clone(),
            name: format!("{module:032x}-{here:016x}"),
            settings,
        })
    }

    /// Whether something is there.
    pub fn is_taken(&self) -> bool {
        self.cache.folder().contains(&self.name)
    }

    /// What is there, if it is for such an engine.
    pub fn read(&self) -> Option<Present> {
        let bytes = self.cache.folder().read(&self.name)?;
        match decode(bytes, &self.settings) {
            Ok(present) => Some(present),
            Err(error) => {
                log::info!(target: events::CACHE, "entry {} is not used: {error:#}", self.name);
                None
            }
        }
    }
}

/// A number that nearly all modules of a length differ in.
fn sample(len: usize, read: impl Fn(&mut [u8], usize) -> bool) -> Option<u128> {
    let mut hash = Xxh3::new();
    hash.update(&(len as u64).to_le_bytes());
    let mut piece = [0; SAMPLE];
    let distance = len.div_ceil(SAMPLES).max(SAMPLE);
    for at in (0..len).step_by(distance) {
        let piece = &mut piece[..SAMPLE.min(len - at)];
        if !read(piece, at) {
            return None;
        }
        hash.update(piece);
    }
    Some(hash.digest128())
}

impl Entry {
    /// Begins to hash the module on a thread of its own, if it is large: when the entry is written, that is done.
    pub fn hash_ahead(&self) {
        if self.digest.has_parts() {
            let (digest, bytes) = (self.digest.clone(), self.bytes.clone());
            // Without a thread it is hashed later.
            let work = move || {
                // A fork waits for a block.
                let blocks = bytes.chunks(BLOCK).enumerate();
                blocks.for_each(|(index, block)| unless_forking(|| digest.add(index, block)));
            };
            let _ = Builder::new().spawn(work);
        }
    }

    /// Adds code that was compiled since to the entry.
    fn write(&self, module: &Module, code: &StoredCode, heat: &dyn Fn(DefinedFuncIdx) -> u16) {
        // An entry that is nearly full stays as it is: to read and write it again costs more than what is added saves.
        if code.code_read() > MOST_STORED {
            return;
        }
        // The same holds for what is known of functions that may be compiled once more, unless the process ran for much longer than writing takes.
        let now = Noted {
            endings: code.endings(),
            heat: code.new_heat(heat),
        };
        let noted = *lock(&self.noted);
        let is_known_better = now.endings != noted.endings || now.heat >= noted.heat + WORTH_WRITING;
        let writing = WRITING_TIME + WRITING_MEGABYTE * (code.bytes_read() >> 20) as u32;
        let has_run = self.known_at.elapsed() > 10 * writing;
        if !(code.take_news() || is_known_better && has_run) {
            return;
        }
        let written = self.cache.folder().update(&self.name, |present| {
            // Another process may have added code since this one has read it.
            let hash = self.digest.finish(&self.bytes);
            let present = present.and_then(|bytes| decode(bytes, &self.settings).ok());
            let present = present.filter(|present| present.known.hash == hash);
            let mut endings = now.endings;
            endings.gave_up |= present
                .as_ref()
                .is_some_and(|present| present.known.endings.gave_up);
            let functions = code.all_with(present.map(|present| present.functions).unwrap_or_default(), heat);
            let source = Source::Known(contents::Known { hash, endings });
            let before = Contents::encode(source, module.known_bodies(), &functions, &self.settings).ok()?;
            Some(Written { before, functions })
        });
        match &written {
            Ok(true) => {
                *lock(&self.noted) = now;
                return log::info!(target: events::CACHE, "entry {} was written", self.name);
            }
            Ok(false) => log::info!(target: events::CACHE, "another process writes to the cache"),
            Err(error) => log::info!(target: events::CACHE, "entry {} was not written: {error:#}", self.name),
        }
        code.give_news_back();
    }
}

#[cfg(test)]
mod tests;
