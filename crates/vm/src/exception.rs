//! Exceptions on their way through the host.

use crate::handles::OwnedHandle;
use crate::store::StoreId;
use crate::unwind::Backtrace;
use std::fmt;

/// An exception of WebAssembly that nobody has caught so far. A host function that returns it throws it on.
#[derive(Clone)]
pub struct ThrownException {
    pub(crate) store: StoreId,
    pub(crate) handle: OwnedHandle,
    pub(crate) description: String,
    pub(crate) backtrace: Backtrace,
}

impl ThrownException {
    /// An exception of a store, and what it is in words.
    pub fn new(store: StoreId, handle: OwnedHandle, description: String) -> ThrownException {
        ThrownException {
            store,
            handle,
            description,
            backtrace: Backtrace::default(),
        }
    }

    /// The store that it belongs to.
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// The exception.
    pub fn handle(&self) -> &OwnedHandle {
        &self.handle
    }

    /// Where it was thrown, if it was thrown by compiled code.
    pub fn backtrace(&self) -> &Backtrace {
        &self.backtrace
    }
}

impl fmt::Display for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uncaught exception: {}", self.description)
    }
}

impl fmt::Debug for ThrownException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ThrownException").field(&self.description).finish()
    }
}

impl std::error::Error for ThrownException {}
