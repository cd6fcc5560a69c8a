//! The frames of a store's programs, for the host that they have called.

use crate::backtrace::Backtrace;
use crate::raw::enter::return_addresses;
use crate::store::Store;

impl Store {
    /// The compiled frames that wait for the host, innermost first: none if no program of the store has called it. The first `most`
    /// are described, and others are counted.
    pub fn backtrace(&self, most: usize) -> Backtrace {
        // SAFETY: the store is borrowed, so its compiled code does not run. If it was entered, it waits: the store was lent further from
        // what it has called, by a thunk or an adapter that noted where, or by a poll, which does so, too. Its frames stay where they are
        // until the borrow ends, on this thread's stack, that of a fiber, or that of a thread whose host function waits for this one.
        // Nobody writes the store's context meanwhile. Where an activation has ended, the fields are those of the one around it, or say
        // that there is none.
        let pcs = unsafe { return_addresses(self.core()) };
        Backtrace::resolve(&pcs, most)
    }
}
