//! Modules whose code comes from a cache, and goes there.
//!
//! The entry of a module has what its validation found, and the code of those of its functions that were called. Its name is made of the
//! module's cryptographic hash, so nobody can make a module that gets another one's code, and of everything that the code depends on. Whether
//! an entry can be trusted is up to the folder ([`transom_cache`]).
//!
//! Nothing that goes wrong here is an error: a module without an entry is compiled.

mod build;

use crate::artifact::contents::{Contents, Source};
use crate::artifact::settings::Settings;
use crate::artifact::stored_code::{Functions, StoredCode};
use crate::{Cache, Engine, Strategy};
use transom_code::{CompiledFunction, LoopEntry, LoopTarget};
use transom_error::{Result, ensure};
use transom_module::{DefinedFuncIdx, KnownBodies, Module};
use transom_ops::events;
use transom_vm::{CodeStore, Stage};
use xxhash_rust::xxh3::xxh3_64;

/// The bytes of code that one process adds to an entry, at most.
const MOST_KEPT: usize = 32 << 20;

/// The bytes of code in an entry from which on nothing is added.
const MOST_STORED: usize = 24 << 20;

/// Less is hashed by one thread, in bytes: waking others would take longer.
const MIN_PARALLEL_BYTES: usize = 1 << 20;

/// The place of a module in a cache.
#[derive(Debug)]
pub struct Entry {
    cache: Cache,
    name: String,
    hash: [u8; 32],
    settings: Settings,
}

/// What is known of a module before it is decoded.
pub struct Known {
    pub bodies: Option<KnownBodies>,
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
    /// Adds code that was compiled since to the module's entry, if it has one.
    pub fn write_to_cache(&self, module: &Module) {
        if let Some(entry) = &self.entry {
            entry.write(module, &self.code);
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

    fn write(&self, module: &Module) {
        self.write_to_cache(module);
    }
}

/// What the cache of an engine knows of a module; `None` if it is not for such engines.
pub fn known(engine: &Engine, cache: &Cache, module: &[u8]) -> Option<Known> {
    let entry = Entry::of(engine, cache, module)?;
    let (bodies, functions) = match entry.read() {
        Some((bodies, functions)) => (Some(bodies), functions),
        None => (None, Functions::default()),
    };
    let stored = StoredModule {
        code: StoredCode::new(functions, MOST_KEPT),
        entry: Some(entry),
    };
    Some(Known { bodies, stored })
}

impl Entry {
    fn of(engine: &Engine, cache: &Cache, module: &[u8]) -> Option<Entry> {
        let config = engine.config();
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
        let mut hasher = blake3::Hasher::new();
        match config.options.compilation.parallel && module.len() >= MIN_PARALLEL_BYTES {
            true => hasher.update_rayon(module),
            false => hasher.update(module),
        };
        let hash = *hasher.finalize().as_bytes();
        let name = format!(
            "{}-{:016x}",
            blake3::Hash::from_bytes(hash).to_hex(),
            xxh3_64(&postcard::to_allocvec(&settings).ok()?)
        );
        Some(Entry {
            cache: cache.clone(),
            name,
            hash,
            settings,
        })
    }

    /// What the entry has, if it is one of this module and engine.
    fn read(&self) -> Option<(KnownBodies, Functions)> {
        let bytes = self.cache.folder().read(&self.name)?;
        match self.decode(&bytes) {
            Ok(found) => Some(found),
            Err(error) => {
                log::info!(target: events::CACHE, "entry {} is not used: {error:#}", self.name);
                None
            }
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<(KnownBodies, Functions)> {
        let contents = Contents::decode(bytes, &self.settings)?;
        let is_own = matches!(contents.source, Source::Hash(hash) if hash == self.hash);
        ensure!(is_own, "it is of another module");
        let functions = contents.functions()?;
        Ok((contents.bodies, functions))
    }

    /// Adds code that was compiled since to the entry.
    fn write(&self, module: &Module, code: &StoredCode) {
        // An entry that is nearly full stays as it is: to read and write it again costs more than what is added saves.
        if code.bytes_read() > MOST_STORED || !code.take_news() {
            return;
        }
        let written = self.cache.folder().update(&self.name, |present| {
            // Another process may have added code since this one has read it.
            let present = present.and_then(|bytes| self.decode(&bytes).ok());
            let functions = code.all_with(present.map(|(_, functions)| functions));
            let contents = Contents::new(Source::Hash(self.hash), module.known_bodies(), &functions);
            contents.encode(&self.settings).ok()
        });
        match &written {
            Ok(true) => return log::info!(target: events::CACHE, "entry {} was written", self.name),
            Ok(false) => log::info!(target: events::CACHE, "another process writes to the cache"),
            Err(error) => log::info!(target: events::CACHE, "entry {} was not written: {error:#}", self.name),
        }
        code.give_news_back();
    }
}

#[cfg(test)]
mod tests;
