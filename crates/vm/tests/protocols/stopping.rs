//! Asking to stop: a program sees the request at its next poll, also if its thread was about to sleep, or the epoch was just
//! beginning.

use crate::epoch::Epoch;
use crate::explore;
use crate::raw::stop::{Sleeper, Stoppable};
use crate::sync::{Arc, AtomicU64, AtomicUsize, Ordering};
use shuttle::thread;
use transom_layout::INTERRUPTED;

/// A store, as those who ask see it.
#[derive(Default)]
struct Store {
    limit: AtomicUsize,
    deadline: AtomicU64,
    sleeper: Sleeper,
}

impl Store {
    /// Sleeps, as often as it is woken for no reason, until it is asked to stop.
    fn sleep_until_asked(&self) {
        while self.limit.load(Ordering::SeqCst) != INTERRUPTED {
            self.sleeper.sleep(&self.limit, thread::park);
        }
    }
}

impl Stoppable for Store {
    fn deadline(&self) -> u64 {
        self.deadline.load(Ordering::SeqCst)
    }

    fn ask_to_stop(&self) {
        self.sleeper.ask_to_stop(&self.limit);
    }

    fn interrupt(&self) {
        self.ask_to_stop();
    }
}

/// Nobody sleeps through a request: if one did, all threads would sleep, and the scheduler report a deadlock.
#[test]
fn a_request_wakes_a_sleeper_or_keeps_it_awake() {
    explore(|| {
        let store = Arc::new(Store::default());
        let asks = store.clone();
        let other = thread::spawn(move || asks.interrupt());
        store.sleep_until_asked();
        other.join().unwrap();
    });
}

/// Two who ask at the same time are no more than one.
#[test]
fn requests_add_up_to_one() {
    explore(|| {
        let store = Arc::new(Store::default());
        let others: Vec<_> = (0..2)
            .map(|_| {
                let asks = store.clone();
                thread::spawn(move || asks.interrupt())
            })
            .collect();
        store.sleep_until_asked();
        others.into_iter().for_each(|other| other.join().unwrap());
    });
}

/// A deadline that is set while an epoch begins is met at once, or at that epoch.
#[test]
fn a_deadline_is_not_missed_by_the_epoch_that_begins() {
    explore(|| {
        let epoch = Arc::new(Epoch::default());
        let store = Arc::new(Store::default());
        store.deadline.store(u64::MAX, Ordering::SeqCst);
        let begins = epoch.clone();
        let other = thread::spawn(move || begins.increment());
        store.deadline.store(1, Ordering::SeqCst);
        let watched: Arc<dyn Stoppable> = store.clone();
        epoch.watch(&*store, Some(Arc::downgrade(&watched)));
        other.join().unwrap();
        assert_eq!(store.limit.load(Ordering::SeqCst), INTERRUPTED);
    });
}

/// A store that is dropped while epochs begin is forgotten.
#[test]
fn stores_that_are_gone_are_not_asked() {
    explore(|| {
        let epoch = Arc::new(Epoch::default());
        let store: Arc<dyn Stoppable> = Arc::new(Store::default());
        epoch.watch(&*store, Some(Arc::downgrade(&store)));
        let begins = epoch.clone();
        let other = thread::spawn(move || begins.increment());
        drop(store);
        other.join().unwrap();
        epoch.increment();
        assert_eq!(epoch.current(), 2);
    });
}
