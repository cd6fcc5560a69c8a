//! Asking a program to stop from another thread, also while its thread sleeps.
//!
//! The request is a value of the stack limit, which compiled code compares anyway ([`INTERRUPTED`]). A thread that is about to
//! sleep says so first and looks at the limit then; whoever asks stores the limit first and looks for a sleeper then. All four
//! accesses are sequentially consistent, so at least one of the two sees the other.

use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering, PoisonError, Thread, current};
use transom_layout::INTERRUPTED;

/// A store whose program can be asked to stop.
pub trait Stoppable: Send + Sync {
    /// The epoch at which the program is to stop.
    fn deadline(&self) -> u64;

    /// Asks the program to stop at its next poll.
    fn ask_to_stop(&self);

    /// Asks the program to stop with an interruption.
    fn interrupt(&self);
}

/// The thread that runs a program, while it sleeps.
#[derive(Default)]
pub struct Sleeper {
    /// Whether there is one, so that asking takes no lock where there is not.
    sleeps: AtomicBool,
    thread: Mutex<Option<Thread>>,
}

impl Sleeper {
    /// Asks the program with this stack limit to stop, and wakes its thread.
    pub fn ask_to_stop(&self, limit: &AtomicUsize) {
        limit.store(INTERRUPTED, Ordering::SeqCst);
        if self.sleeps.load(Ordering::SeqCst) {
            let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(thread) = &*thread {
                thread.unpark();
            }
        }
    }

    /// Lets the thread that runs the program with this stack limit `pause`, unless the program was asked to stop. The pause ends
    /// when somebody unparks the thread, or asks. It is never inlined, so that each call finds out anew which thread that is.
    #[inline(never)]
    pub fn sleep(&self, limit: &AtomicUsize, pause: impl FnOnce()) {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(current());
        self.sleeps.store(true, Ordering::SeqCst);
        if limit.load(Ordering::SeqCst) != INTERRUPTED {
            pause();
        }
        self.sleeps.store(false, Ordering::Relaxed);
    }
}
