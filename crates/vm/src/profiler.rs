//! What `perf` is told of compiled code, for which it finds no symbols.
//!
//! A strategy is a format, and a file whose name has nothing but the process's number in it; so all engines of the
//! process that use the strategy write to one file, which stays open as long as the process lives. Each function is
//! recorded once its code is executable and before anybody can run it.

mod jit_dump;
mod perf_map;

use crate::CodeObject;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use transom_sys::create_own_file;
use transom_types::Escaped;

/// What the system's profiler is told of compiled code. Nothing slows programs down; `docs/profiling.md` shows how
/// `perf` is used with each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum ProfilingStrategy {
    /// Nothing.
    #[default]
    None,
    /// The names of functions, in `/tmp/perf-PID.map`, as long as their code is not dropped: addresses that are used
    /// again have the names of all that was there.
    PerfMap,
    /// Names and machine code, with times, in `jit-PID.dump` in the current folder, for `perf inject --jit`.
    JitDump,
}

/// Why a profiler can't be told of code.
#[derive(Debug, thiserror::Error)]
#[error("can't write `{}` for the profiler: {error}; {remedy}", path.display())]
pub struct ProfileError {
    path: PathBuf,
    error: io::Error,
    remedy: &'static str,
}

/// The files that are open.
static OPEN: Mutex<BTreeMap<ProfilingStrategy, Profiler>> = Mutex::new(BTreeMap::new());

/// Who is told of code.
#[derive(Clone)]
pub(crate) struct Profiler(Arc<Mutex<Log>>);

/// A file that a profiler reads.
struct Log {
    path: PathBuf,
    /// What may help if it can't be written.
    remedy: &'static str,
    file: File,
    format: Box<dyn Format>,
}

/// How functions are written down.
trait Format: Send {
    /// Adds a function to what will be written.
    fn record(&mut self, function: &Function<'_>, to: &mut Vec<u8>);
}

/// A function that has become executable.
struct Function<'a> {
    /// A name in one line.
    name: &'a str,
    address: usize,
    code: &'a [u8],
}

impl Profiler {
    /// The process's profiler for a strategy, if it is one.
    ///
    /// # Errors
    ///
    /// This is the first time that it is asked for, and its file can't be written.
    pub fn open(strategy: ProfilingStrategy) -> Result<Option<Profiler>, ProfileError> {
        let open = match strategy {
            ProfilingStrategy::None => return Ok(None),
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

    /// Tells of all functions of some code.
    ///
    /// # Errors
    ///
    /// The file can't be written. It is left as it was.
    pub fn tell(&self, code: &CodeObject) -> Result<(), ProfileError> {
        let mut log = lock(&self.0);
        let mut records = Vec::new();
        for (name, address, code) in code.functions() {
            let name = &one_line(&name);
            log.format.record(&Function { name, address, code }, &mut records);
        }
        log.append(&records).map_err(|error| ProfileError {
            path: log.path.clone(),
            error,
            remedy: log.remedy,
        })
    }
}

impl Log {
    /// Makes a file, and begins it in a format.
    fn create(
        path: PathBuf,
        remedy: &'static str,
        begin: impl FnOnce(&File) -> io::Result<Box<dyn Format>>,
    ) -> Result<Log, ProfileError> {
        let file = create_own_file(&path).and_then(|file| Ok((begin(&file)?, file)));
        match file {
            Ok((format, file)) => Ok(Log {
                path,
                remedy,
                file,
                format,
            }),
            Err(error) => Err(ProfileError { path, error, remedy }),
        }
    }

    /// Writes records, or nothing: what follows half of one could not be read.
    fn append(&mut self, records: &[u8]) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(records);
        if written.is_err() {
            self.file.set_len(before)?;
        }
        written
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes of a name that are kept; profilers have limits of their own, and names of modules none.
const MAX_NAME: usize = 1 << 10;

/// A name whose characters can all be seen, and not too many of them.
fn one_line(name: &str) -> String {
    Escaped(&name[..name.floor_char_boundary(MAX_NAME)]).to_string()
}

#[cfg(test)]
mod tests;
