//! Exceptions on their way through the host.

use crate::backtrace::Backtrace;
use crate::handles::OwnedHandle;
use crate::ids::StoreId;
use std::fmt;

/// An exception of WebAssembly that nobody has caught so far. A host function that returns it throws it on.
#[derive(Clone)]
pub struct ThrownException {
    /// The store that the handle belongs to. Both come from `Store::thrown` and from nowhere else: a handle that is
    /// used in another store would be any object's.
    pub(crate) store: StoreId,
    pub(crate) handle: OwnedHandle,
    pub(crate) description: String,
    pub(crate) backtrace: Backtrace,
}

impl ThrownException {
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
