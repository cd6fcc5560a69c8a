//! What threads share and how they wait for each other, under names that `tests/protocols` replaces: it compiles the files
//! that import from here a second time, with schedulers' types, and runs them in thousands of interleavings.

pub use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
pub use std::thread::{Builder, Thread, current, yield_now};
