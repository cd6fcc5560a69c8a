//! Threads that work in the background, for an engine.
//!
//! A thread is started when there is work, and ends when there was none for a while. Nobody waits for a thread, but a fork of the
//! process for the jobs that run; its child has none of the threads and starts its own. Where none can be started, the work is not
//! done. The engine's end is the end of the queue; a job that runs then ends by itself. The work is chosen when a thread is free: the most urgent job comes first.

use crate::sync::{Arc, Builder, Condvar, Mutex, MutexGuard, PoisonError, TryLockError, yield_now};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long a thread waits for work before it ends, or does what was left for that time.
const PATIENCE: Duration = if cfg!(test) {
    Duration::from_millis(20)
} else {
    Duration::from_secs(2)
};

/// Bytes of stack of a thread: twice what a compilation may take.
const STACK: usize = 4 << 20;

/// The most jobs that wait.
const MAX_JOBS: usize = 1 << 14;

/// Something to do.
pub trait Job: Send {
    /// How urgent it is; `None` if nobody needs it any more.
    fn urgency(&self) -> Option<u64>;

    /// Does it.
    fn run(&self);

    /// Whether that is done soon enough for somebody to wait for it.
    fn is_short(&self) -> bool {
        true
    }

    /// It was not done: it has panicked, or nothing can run it.
    fn abandon(&self);
}

/// Why a job is not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// So many jobs wait that no more is accepted at present.
    Full,
    /// There is no thread, and none can be started.
    NoThread,
}

/// The threads and what they have to do.
pub struct Workers {
    shared: Arc<Shared>,
    /// The most threads.
    max: usize,
}

struct Shared {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    jobs: Vec<Box<dyn Job>>,
    /// What is done when there was no other work for a while.
    for_later: Vec<Box<dyn Job>>,
    threads: usize,
    idle: usize,
    /// Threads with a job that is not short.
    long: usize,
    closed: bool,
    /// The process whose threads these are.
    process: u32,
}

impl Workers {
    /// At most so many threads.
    pub fn new(max: usize) -> Workers {
        let shared = Shared {
            state: Mutex::default(),
            more: Condvar::new(),
        };
        Workers {
            shared: Arc::new(shared),
            max,
        }
    }

    /// Adds a job.
    ///
    /// # Errors
    ///
    /// Nobody will do it.
    pub fn push(&self, job: Box<dyn Job>) -> Result<(), Refusal> {
        let mut state = self.shared.lock_soon().ok_or(Refusal::NoThread)?;
        let process = std::process::id();
        if state.process != process {
            (state.process, state.threads, state.idle, state.long) = (process, 0, 0, 0);
        }
        if state.jobs.len() >= MAX_JOBS {
            return Err(Refusal::Full);
        }
        if state.idle <= state.jobs.len() && state.threads < self.max {
            let shared = self.shared.clone();
            let thread = Builder::new()
                .name("transom-tier-up".to_owned())
                .stack_size(STACK)
                .spawn(move || shared.work());
            if thread.is_ok() {
                state.threads += 1;
            }
        }
        if state.threads == 0 {
            return Err(Refusal::NoThread);
        }
        state.jobs.push(job);
        drop(state);
        self.shared.more.notify_one();
        Ok(())
    }

    /// Whether there is nothing to wait for: short jobs that somebody needs, and a thread for them. What was left for later does not count. In the
    /// child of a fork there is no thread.
    pub fn is_quiet(&self) -> bool {
        self.shared.lock_soon().is_none_or(|state| {
            let counts = |job: &dyn Job| job.is_short() && job.urgency().is_some();
            let is_busy = state.long == state.threads || state.process != std::process::id();
            is_busy
                || (state.idle + state.long == state.threads && !state.jobs.iter().any(|job| counts(&**job)))
        })
    }

    /// Leaves a job for the time when there is no other work. It may never be done.
    pub fn leave(&self, job: Box<dyn Job>) {
        if let Some(mut state) = self.shared.lock_soon() {
            state.for_later.push(job);
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        let later = std::mem::take(&mut state.for_later);
        state.jobs.clear();
        drop(state);
        drop(later);
        self.shared.more.notify_all();
    }
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("max", &self.max).finish()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, unless the thread that has locked it seems to be gone, as in the child of a fork: nobody has it for long.
    fn lock_soon(&self) -> Option<MutexGuard<'_, State>> {
        const TRIES: usize = 10_000;
        (0..TRIES).find_map(|_| match self.state.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                yield_now();
                None
            }
        })
    }

    /// What a thread does.
    fn work(&self) {
        let mut was_long = false;
        while let Some(job) = self.next(was_long) {
            was_long = !job.is_short();
            transom_sys::unless_forking(|| {
                if catch_unwind(AssertUnwindSafe(|| job.run())).is_err() {
                    job.abandon();
                }
                // It may be the last to know its module.
                drop(job);
            });
        }
    }

    /// The next job for a thread, which may have done one that was not short; `None` if it is to end.
    fn next(&self, was_long: bool) -> Option<Box<dyn Job>> {
        let mut state = self.lock();
        state.long -= usize::from(was_long);
        loop {
            if state.closed {
                state.threads -= 1;
                return None;
            }
            if let Some(job) = state.most_urgent() {
                state.long += usize::from(!job.is_short());
                return Some(job);
            }
            state.idle += 1;
            let (guard, timeout) = self
                .more
                .wait_timeout(state, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.jobs.is_empty() {
                let later = state.for_later.pop();
                state.threads -= usize::from(later.is_none());
                return later;
            }
        }
    }
}

impl State {
    /// Takes the most urgent job, of several the one that has waited longest; those that nobody needs are dropped.
    fn most_urgent(&mut self) -> Option<Box<dyn Job>> {
        self.jobs.retain(|job| job.urgency().is_some());
        let (index, _) = self
            .jobs
            .iter()
            .enumerate()
            .rev()
            .max_by_key(|(_, job)| job.urgency())?;
        Some(self.jobs.remove(index))
    }
}
