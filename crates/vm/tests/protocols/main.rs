//! The protocols between threads, in thousands of interleavings.
//!
//! The files under test are compiled here as they are, with the types of a scheduler in place of the standard library's (see
//! `src/sync.rs`). The scheduler runs one thread at a time and draws at each access who is next; a deadlock fails. Memory is
//! sequentially consistent for it, so orderings weaker than that are argued where they stand, not tested here.

/// What `src/sync.rs` is in the crate.
mod sync {
    pub use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
    pub use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
    pub use shuttle::thread::{Builder, Thread, current, yield_now};
    pub use std::sync::{PoisonError, TryLockError};
}

mod raw {
    pub(crate) use crate::stop;
}

#[path = "../../src/epoch.rs"]
mod epoch;
#[path = "../../src/first_calls.rs"]
mod first_calls;
#[path = "../../src/raw/stop.rs"]
mod stop;
#[path = "../../src/memory/waiters.rs"]
mod waiters;
#[path = "../../src/workers.rs"]
mod workers;

mod compiling;
mod notification;
mod stopping;
mod working;

/// Interleavings of each test.
const RUNS: usize = 3000;

/// Runs a test in many interleavings. One that fails prints the schedule with which it fails again.
fn explore(test: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(test, RUNS);
}
