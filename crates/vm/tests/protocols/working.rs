//! Work in the background: threads that start, find work, run out of it and end, while others add more.

use crate::explore;
use crate::workers::{Job, Refusal, Workers};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicUsize, Ordering};
use shuttle::thread;

/// What has become of jobs.
#[derive(Default)]
struct Counts {
    run: AtomicUsize,
    abandoned: AtomicUsize,
    dropped: AtomicUsize,
}

struct Counted {
    counts: Arc<Counts>,
    needed: bool,
    panics: bool,
}

impl Job for Counted {
    fn urgency(&self) -> Option<u64> {
        self.needed.then_some(1)
    }

    fn run(&self) {
        self.counts.run.fetch_add(1, Ordering::SeqCst);
        if self.panics {
            std::panic::resume_unwind(Box::new(()));
        }
    }

    fn abandon(&self) {
        self.counts.abandoned.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counts.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

fn job(counts: &Arc<Counts>) -> Counted {
    Counted {
        counts: counts.clone(),
        needed: true,
        panics: false,
    }
}

/// Whether a job was accepted. A thread that always finds the lock taken is told that there is none.
fn push(workers: &Workers, job: Counted) -> usize {
    match workers.push(Box::new(job)) {
        Ok(()) => 1,
        Err(Refusal::NoThread) => 0,
        Err(Refusal::Full) => panic!("there are few jobs"),
    }
}

/// Waits until so many jobs were dropped: if the scheduler finds that nothing goes on, the test fails.
fn until_dropped(counts: &Counts, expected: usize) {
    while counts.dropped.load(Ordering::SeqCst) < expected {
        thread::yield_now();
    }
}

#[test]
fn each_job_is_done_once() {
    for threads in 1..3 {
        explore(move || {
            let counts = Arc::new(Counts::default());
            let workers = Arc::new(Workers::new(threads));
            let (others, other_counts) = (workers.clone(), counts.clone());
            let other =
                thread::spawn(move || push(&others, job(&other_counts)) + push(&others, job(&other_counts)));
            let accepted = push(&workers, job(&counts)) + push(&workers, job(&counts));
            let accepted = accepted + other.join().expect("it does not panic");
            while !workers.is_quiet() {
                thread::yield_now();
            }
            assert_eq!(counts.run.load(Ordering::SeqCst), accepted);
            until_dropped(&counts, 4);
        });
    }
}

#[test]
fn the_end_of_the_queue_is_the_end_of_its_threads_and_jobs() {
    explore(|| {
        let counts = Arc::new(Counts::default());
        let workers = Workers::new(2);
        let jobs = 3;
        for _ in 0..jobs {
            push(&workers, job(&counts));
        }
        // For a time when there is no other work, which may never come.
        workers.leave(Box::new(job(&counts)));
        drop(workers);
        // Threads that never end would be a deadlock.
        until_dropped(&counts, jobs + 1);
        assert!(counts.run.load(Ordering::SeqCst) <= jobs + 1);
    });
}

#[test]
fn a_thread_survives_a_panic_and_passes_over_what_nobody_needs() {
    explore(|| {
        let counts = Arc::new(Counts::default());
        let workers = Workers::new(1);
        let (mut panics, mut unneeded) = (job(&counts), job(&counts));
        (panics.panics, unneeded.needed) = (true, false);
        let panicked = push(&workers, panics);
        push(&workers, unneeded);
        let done = push(&workers, job(&counts));
        until_dropped(&counts, 3);
        assert_eq!(counts.run.load(Ordering::SeqCst), panicked + done);
        assert_eq!(counts.abandoned.load(Ordering::SeqCst), panicked);
    });
}
