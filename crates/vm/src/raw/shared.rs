//! The part of a store that compiled code leads back to: its core, and what the layer above keeps beside it.

use super::stop::Stoppable;
use super::store_core::StoreCore;
use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;
use transom_layout::{VmContextHeader, VmStoreContext};

/// A store's core, with the host `H` that answers for the store while its program runs, and the reason `U` for which
/// the program is ended early. Neither is looked at here.
#[repr(C)]
pub struct Shared<H: ?Sized, U> {
    /// First, so that a pointer to it is a pointer to this.
    core: StoreCore,
    host: Cell<Option<NonNull<H>>>,
    pending: Cell<Option<U>>,
}

// SAFETY: the core is `Send`; the other two fields are used only by the thread that uses the store, which is one at a time.
unsafe impl<H: ?Sized, U: Send> Send for Shared<H, U> {}
// SAFETY: the core is `Sync`; all methods that touch the other two fields are unsafe, and only the thread that uses the store
// calls them.
unsafe impl<H: ?Sized, U: Send> Sync for Shared<H, U> {}

impl<H: ?Sized, U> Shared<H, U> {
    /// Nobody answers for the store yet.
    pub fn new(core: StoreCore) -> Self {
        Shared {
            core,
            host: Cell::new(None),
            pending: Cell::new(None),
        }
    }

    /// The structure that begins with a store's context.
    ///
    /// # Safety
    ///
    /// `context` is that of a `Shared<H, U>`, the same `H` and `U`, which outlives the reference.
    pub unsafe fn of<'a>(context: *mut VmStoreContext) -> &'a Self {
        // SAFETY: the context is the first field of the core, which is the first field here; so by the contract the pointer is
        // valid and aligned. All fields can be shared: they are cells and atomics.
        unsafe { &*context.cast() }
    }

    /// The same, found by the context of one of the store's functions.
    ///
    /// # Safety
    ///
    /// `context` is that of a function whose store has a `Shared<H, U>`, which outlives the reference.
    pub unsafe fn of_function<'a>(context: *mut VmContextHeader) -> &'a Self {
        // SAFETY: every context begins with a header that points to its store's context, and both live as long as the store.
        unsafe { Self::of((*context).store) }
    }

    /// The host that answers for the store.
    ///
    /// # Panics
    ///
    /// If no program runs on the store.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn host(&self) -> NonNull<H> {
        self.host
            .get()
            .expect("a store that runs compiled code has a host")
    }

    /// Replaces the host, and returns the former one.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn replace_host(&self, host: Option<NonNull<H>>) -> Option<NonNull<H>> {
        self.host.replace(host)
    }

    /// Leaves the reason for an unwinding that is about to begin.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn set_pending(&self, reason: U) {
        self.pending.set(Some(reason));
    }

    /// Takes the reason for an unwinding that has ended.
    ///
    /// # Safety
    ///
    /// Only the thread that uses the store calls it.
    pub unsafe fn take_pending(&self) -> Option<U> {
        self.pending.take()
    }
}

impl<H: ?Sized, U> Deref for Shared<H, U> {
    type Target = StoreCore;

    fn deref(&self) -> &StoreCore {
        &self.core
    }
}

impl<H: ?Sized, U> AsRef<StoreCore> for Shared<H, U> {
    fn as_ref(&self) -> &StoreCore {
        &self.core
    }
}

impl<H: ?Sized, U: Send> Stoppable for Shared<H, U> {
    fn deadline(&self) -> u64 {
        self.core.deadline()
    }

    fn ask_to_stop(&self) {
        self.core.ask_to_stop();
    }

    fn interrupt(&self) {
        self.core.interrupt();
    }
}
