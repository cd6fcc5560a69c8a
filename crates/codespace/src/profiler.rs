//! What `perf` is told of compiled code, for which it finds no symbols.
//!
//! A strategy is a format, and a file whose name has nothing but the process's number in it; so all engines of the
//! process that use the strategy write to one file, which stays open as long as the process lives. Each function is
//! recorded once its code is executable and before anybody can run it.

mod jit_dump;
mod log;
mod perf_map;

pub use log::{Function, ProfileError};

use log::Log;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The files from which the profiler `perf` takes the names of compiled functions. No strategy slows down programs.
/// `docs/profiling.md` shows how to use `perf` with each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum ProfilingStrategy {
    /// No file.
    #[default]
    None,
    /// Names, in `/tmp/perf-PID.map`. If code is dropped and its addresses are used again, the addresses have both names.
    PerfMap,
    /// Names, machine code and times of compilation, in `jit-PID.dump` in the current folder, for `perf inject --jit`.
    JitDump,
    /// Not supported: an engine with this strategy cannot be created.
    VTune,
    /// Not supported: an engine with this strategy cannot be created.
    Pulley,
}

/// The files that are open.
static OPEN: Mutex<BTreeMap<ProfilingStrategy, Profiler>> = Mutex::new(BTreeMap::new());

/// Who is told of code.
#[derive(Clone)]
pub struct Profiler(Arc<Mutex<Log>>);

impl Profiler {
    /// The process's profiler for a strategy, if the strategy writes a file.
    ///
    /// # Errors
    ///
    /// This is the first time that it is asked for, and its file can't be written.
    pub fn open(strategy: ProfilingStrategy) -> Result<Option<Profiler>, ProfileError> {
        let open = match strategy {
            ProfilingStrategy::None | ProfilingStrategy::VTune | ProfilingStrategy::Pulley => {
                return Ok(None);
            }
            ProfilingStrategy::PerfMap => perf_map::open,
            ProfilingStrategy::JitDump => jit_dump::open,
        };
        let mut profilers = lock(&OPEN);
        if let Some(profiler) = profilers.get(&strategy) {
            return Ok(Some(profiler.clone()));
        }
        let profiler = Profiler(Arc::new(Mutex::new(open()?)));
        profilers.insert(strategy, profiler.clone());
        Ok(Some(profiler))
    }

    /// Records functions.
    ///
    /// # Errors
    ///
    /// The file can't be written. It is left as it was.
    pub fn report<'a>(&self, functions: impl Iterator<Item = Function<'a>>) -> Result<(), ProfileError> {
        lock(&self.0).report(functions)
    }
}

impl std::fmt::Debug for Profiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profiler")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
