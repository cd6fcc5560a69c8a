//! Waiting and notifying: every notification that is counted reaches one waiter, and nobody sleeps through one.

use crate::explore;
use crate::sync::{Arc, AtomicBool, Ordering};
use crate::waiters::{WaitResult, Waiters};
use shuttle::thread;

const ADDRESS: u64 = 64;

/// Waits until it is notified, if the flag is still false.
fn wait(waiters: &Waiters, flag: &AtomicBool) -> WaitResult {
    let as_expected = || !flag.load(Ordering::SeqCst);
    let result = waiters.wait(ADDRESS, as_expected, None, |_| {
        thread::park();
        Ok::<_, ()>(())
    });
    result.expect("the pause does not fail")
}

/// A thread that changes the value and notifies wakes the one that waits, whoever comes first.
#[test]
fn a_change_is_never_missed() {
    explore(|| {
        let waiters = Arc::new(Waiters::default());
        let flag = Arc::new(AtomicBool::new(false));
        let other = {
            let (waiters, flag) = (waiters.clone(), flag.clone());
            thread::spawn(move || {
                flag.store(true, Ordering::SeqCst);
                waiters.notify(ADDRESS, u32::MAX)
            })
        };
        let result = wait(&waiters, &flag);
        let notified = other.join().unwrap();
        assert_eq!(notified, u32::from(result == WaitResult::Ok));
        assert!(result != WaitResult::TimedOut);
    });
}

/// Of two that wait, as many end as were counted.
#[test]
fn notifications_are_not_lost_and_not_shared() {
    explore(|| {
        let waiters = Arc::new(Waiters::default());
        let flag = Arc::new(AtomicBool::new(false));
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let (waiters, flag) = (waiters.clone(), flag.clone());
                thread::spawn(move || wait(&waiters, &flag))
            })
            .collect();
        let first = waiters.notify(ADDRESS, 1);
        flag.store(true, Ordering::SeqCst);
        let rest = waiters.notify(ADDRESS, u32::MAX);
        let results = waiting.into_iter().map(|thread| thread.join().unwrap());
        let woken = results.filter(|&result| result == WaitResult::Ok).count();
        assert_eq!(first + rest, woken as u32);
    });
}

/// A wait that its pause ends leaves the queue: it takes nobody's notification.
#[test]
fn a_wait_that_ends_with_an_error_takes_no_notification() {
    explore(|| {
        let waiters = Arc::new(Waiters::default());
        let flag = Arc::new(AtomicBool::new(false));
        let failing = {
            let waiters = waiters.clone();
            thread::spawn(move || waiters.wait(ADDRESS, || true, None, |_| Err(())))
        };
        let other = {
            let (waiters, flag) = (waiters.clone(), flag.clone());
            thread::spawn(move || wait(&waiters, &flag))
        };
        let failed = failing.join().unwrap().is_err();
        flag.store(true, Ordering::SeqCst);
        let notified = waiters.notify(ADDRESS, u32::MAX);
        let result = other.join().unwrap();
        assert!(failed);
        assert_eq!(notified, u32::from(result == WaitResult::Ok));
    });
}
