//! Epochs: a number that all stores of an engine compare their deadlines with.

use crate::raw::stop::Stoppable;
use crate::sync::{AtomicU64, Mutex, Ordering, PoisonError, Weak};

/// An engine's epoch, and the stores that follow it.
#[derive(Default)]
pub struct Epoch {
    epoch: AtomicU64,
    stores: Mutex<Vec<Weak<dyn Stoppable>>>,
}

impl Epoch {
    /// The epoch.
    pub fn current(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Begins the next epoch: programs whose deadline has come are asked to stop.
    pub fn increment(&self) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let epoch = self.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        stores.retain(|store| {
            let Some(store) = store.upgrade() else {
                return false;
            };
            if store.deadline() <= epoch {
                store.ask_to_stop();
            }
            true
        });
    }

    /// Checks a store's deadline once, and, if this is the `first` time and the store comes along, at each epoch from now on.
    pub fn watch(&self, store: &dyn Stoppable, first: Option<Weak<dyn Stoppable>>) {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.extend(first);
        // Under the lock, so that an epoch which begins meanwhile sees the new deadline.
        if store.deadline() <= self.current() {
            store.ask_to_stop();
        }
    }
}
