//! Stopping a program from another thread.

use crate::raw::stop::Stoppable;
use std::sync::Arc;

/// Interrupts the programs of a store, from any thread, at any time.
#[derive(Clone)]
pub struct InterruptHandle(pub(crate) Arc<dyn Stoppable>);

impl InterruptHandle {
    /// Ends the program that runs on the store, or the next one that calls or loops if none does, with [`transom_ops::Trap::Interrupt`].
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl std::fmt::Debug for InterruptHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InterruptHandle")
    }
}
