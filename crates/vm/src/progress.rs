//! How far the compilation of a module is, for those who want to show it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The progress of the compilation of a module. The remaining time is roughly proportional to the remaining bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompileProgress {
    /// Bytes of the function bodies that are already compiled.
    pub done: u64,
    /// Bytes of all function bodies.
    pub total: u64,
}

/// Who is told.
#[derive(Clone)]
pub struct ProgressHook(Arc<dyn Fn(CompileProgress) + Send + Sync>);

impl ProgressHook {
    /// Calls a function.
    pub fn new(hook: impl Fn(CompileProgress) + Send + Sync + 'static) -> ProgressHook {
        ProgressHook(Arc::new(hook))
    }
}

impl fmt::Debug for ProgressHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressHook")
    }
}

/// Whether a compilation is to end early, asked before each function.
#[derive(Clone)]
pub struct CompileInterrupt(Arc<dyn Fn() -> bool + Send + Sync>);

impl CompileInterrupt {
    /// Calls a function, from all threads that compile.
    pub fn new(hook: impl Fn() -> bool + Send + Sync + 'static) -> CompileInterrupt {
        CompileInterrupt(Arc::new(hook))
    }

    /// The function's answer now.
    pub(crate) fn is_due(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for CompileInterrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CompileInterrupt")
    }
}

/// The bytes that all threads together have compiled.
pub(crate) struct Progress<'a> {
    hook: Option<&'a ProgressHook>,
    done: AtomicU64,
    total: u64,
}

impl<'a> Progress<'a> {
    /// How many times the hook is called at most.
    const CALLS: u64 = 100;

    pub fn new(hook: Option<&'a ProgressHook>, total: u64) -> Self {
        Progress {
            hook,
            done: AtomicU64::new(0),
            total,
        }
    }

    /// Takes note of a function that is compiled. Of those that reach the same hundredth only the first is told, so
    /// the last one, which alone reaches all of it, always is.
    pub fn add(&self, bytes: u64) {
        let Some(ProgressHook(hook)) = self.hook else {
            return;
        };
        let before = self.done.fetch_add(bytes, Ordering::Relaxed);
        let done = before + bytes;
        let part = |bytes: u64| u128::from(bytes) * u128::from(Self::CALLS) / u128::from(self.total.max(1));
        if part(before) != part(done) {
            hook(CompileProgress {
                done,
                total: self.total,
            });
        }
    }
}

/// The time that something takes on any thread, summed up.
#[derive(Default, Debug)]
pub struct Stopwatch(AtomicU64);

impl Stopwatch {
    /// Does something, and adds the time that it takes.
    pub fn measure<R>(&self, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let done = work();
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::Relaxed);
        done
    }

    /// The sum.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}
