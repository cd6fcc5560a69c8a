//! The slot of a function's code.

use core::sync::atomic::AtomicUsize;

/// Where the current code of a function is kept. All instances of a module share the slot of a function, and
/// replacing its code is one store.
#[repr(transparent)]
#[derive(Debug, Default)]
pub struct CodeSlot(pub AtomicUsize);
