//! Work in the background, and forks of the process.
//!
//! The child of a fork has only the thread that forked. What other threads had locked stays locked in it for ever. So nobody forks
//! while a thread works here, and nobody begins to work during a fork: [`unless_forking`] and the handlers of `fork` exclude each other.
//! There is no lock, since the child could not open it: there are two counters. Who begins writes its own first and then reads
//! the other, in both directions, so one of two sees the other.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// Threads that work.
static WORKING: AtomicUsize = AtomicUsize::new(0);
/// Forks that have begun.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// How long who waits for the other sleeps before it looks again.
const PATIENCE: Duration = Duration::from_micros(200);

/// Does something in the background that may lock what the threads of the process share. A fork of the process waits for its end. If a
/// fork is going on, this waits.
pub fn unless_forking<R>(work: impl FnOnce() -> R) -> R {
    /// Says that a thread works no longer, also if the work panics.
    struct Working;

    impl Drop for Working {
        fn drop(&mut self) {
            WORKING.fetch_sub(1, SeqCst);
        }
    }

    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        // SAFETY: the handlers are functions of the process that use only atomics and sleep, which any thread may do around a fork.
        // If there is no memory for them, forks are not held up, as without them.
        let _ = unsafe { libc::pthread_atfork(Some(before), Some(after_in_parent), Some(after_in_child)) };
    });
    loop {
        let working = begin();
        if FORKING.load(SeqCst) == 0 {
            let result = work();
            drop(working);
            return result;
        }
        drop(working);
        std::thread::sleep(PATIENCE);
    }

    fn begin() -> Working {
        WORKING.fetch_add(1, SeqCst);
        Working
    }
}

extern "C" fn before() {
    FORKING.fetch_add(1, SeqCst);
    while WORKING.load(SeqCst) != 0 {
        std::thread::sleep(PATIENCE);
    }
}

extern "C" fn after_in_parent() {
    FORKING.fetch_sub(1, SeqCst);
}

extern "C" fn after_in_child() {
    // The threads that fork at the same time are not here.
    FORKING.store(0, SeqCst);
    WORKING.store(0, SeqCst);
}

#[cfg(test)]
mod tests;
