//! Threads that wait for a notification at an address of a shared memory.
//!
//! A thread compares the value and joins the queue of its address under one lock, which notifying takes too: between
//! a change of the value and the notification that follows it, nobody can slip into the queue unseen. Whoever is
//! taken from the queue has been notified, and is told so by a flag before it is unparked; a thread that gives up
//! looks under the lock which of the two came first. So every notification that was counted reaches one waiter.
//!
//! A pause may end on another thread than it began on, since it may leave the fiber that it runs on. So a waiter says which thread it is
//! before it looks at its flag, and whoever sets the flag looks for the thread after that.

use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering, PoisonError, Thread, current};
use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// How waiting ended; the numbers are the results of the instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitResult {
    /// Another thread notified the address.
    Ok = 0,
    /// The value was not the expected one, so there was no wait.
    Mismatch = 1,
    /// The time was over.
    TimedOut = 2,
}

/// Those that wait, by address, in the order in which they came.
#[derive(Debug, Default)]
pub struct Waiters(Mutex<Queues>);

type Queues = HashMap<u64, VecDeque<Arc<Waiter>>>;

#[derive(Debug)]
struct Waiter {
    thread: Mutex<Thread>,
    notified: AtomicBool,
}

impl Waiter {
    fn thread(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it was notified; if not, a notification from now on unparks the thread that calls. It is never inlined, so that each call finds
    /// out anew which thread that is.
    #[inline(never)]
    fn is_notified_here(&self) -> bool {
        *self.thread() = current();
        self.notified.load(Ordering::Acquire)
    }
}

impl Waiters {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes at most `count` of those that wait at an address, the longest first, and says how many it were.
    pub fn notify(&self, address: u64, count: u32) -> u32 {
        let mut queues = self.queues();
        let Some(queue) = queues.get_mut(&address) else {
            return 0;
        };
        let woken = queue.len().min(count as usize);
        for waiter in queue.drain(..woken) {
            waiter.notified.store(true, Ordering::Release);
            waiter.thread().unpark();
        }
        if queue.is_empty() {
            queues.remove(&address);
        }
        woken as u32
    }

    /// Waits at an address if `as_expected` holds. `pause` sleeps until the thread is unparked or the time that it is
    /// given is over, perhaps less; an error of it ends the wait.
    pub fn wait<E>(
        &self,
        address: u64,
        as_expected: impl FnOnce() -> bool,
        timeout: Option<Duration>,
        mut pause: impl FnMut(Option<Duration>) -> Result<(), E>,
    ) -> Result<WaitResult, E> {
        // A time so far away that it can't be told is none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let waiter = Arc::new(Waiter {
            thread: Mutex::new(current()),
            notified: AtomicBool::new(false),
        });
        let mut queues = self.queues();
        if !as_expected() {
            return Ok(WaitResult::Mismatch);
        }
        queues.entry(address).or_default().push_back(waiter.clone());
        drop(queues);
        let mut leaving = Leaving {
            waiters: self,
            address,
            waiter: &waiter,
        };
        while !waiter.is_notified_here() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                let left_queue = leaving.leave();
                return Ok(if left_queue {
                    WaitResult::TimedOut
                } else {
                    WaitResult::Ok
                });
            }
            pause(left)?;
        }
        Ok(WaitResult::Ok)
    }
}

/// Takes a waiter from its queue however its wait ends, a panic of the pause included.
struct Leaving<'a> {
    waiters: &'a Waiters,
    address: u64,
    waiter: &'a Arc<Waiter>,
}

impl Leaving<'_> {
    /// Whether the waiter was still in the queue, so that it has not been notified.
    fn leave(&mut self) -> bool {
        if self.waiter.notified.load(Ordering::Acquire) {
            return false;
        }
        let mut queues = self.waiters.queues();
        let Some(queue) = queues.get_mut(&self.address) else {
            return false;
        };
        let place = queue.iter().position(|waiter| Arc::ptr_eq(waiter, self.waiter));
        if let Some(place) = place {
            queue.remove(place);
        }
        if queue.is_empty() {
            queues.remove(&self.address);
        }
        place.is_some()
    }
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
