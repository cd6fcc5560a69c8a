//! The fuel of a store.

use crate::store::Store;

impl Store {
    /// Fuel that its programs have left, if the engine's code counts it.
    pub fn fuel(&self) -> u64 {
        // SAFETY: the store is borrowed, so no program runs on it, and the only other access is by `set_fuel` below.
        unsafe { self.core().fuel() }
    }

    /// Gives its programs so much fuel, in place of what they have left.
    pub fn set_fuel(&mut self, amount: u64) {
        // SAFETY: this thread uses the store, which it has borrowed mutably.
        unsafe { self.core().set_fuel(amount) };
    }
}
