//! The error for a full heap.

use std::fmt;
use transom_error::Error;
use transom_ops::Trap;

/// The context of an error: the garbage-collected heap is full, so an object could not be created. The error also is
/// [`Trap::HeapOutOfMemory`].
///
/// It holds the value that [`ExternRef::new`](crate::ExternRef::new) was to create a reference to. For other objects, `T` is `()`.
///
/// ```
/// # use transom::*;
/// let engine = Engine::new(Config::new().gc_heap_max_size(256 << 10))?;
/// let mut store = Store::new(&engine, ());
/// // Each handle keeps its object until its scope ends.
/// let error = loop {
///     if let Err(error) = ExternRef::new(&mut store, String::from("precious")) {
///         break error;
///     }
/// };
/// assert_eq!(error.downcast_ref(), Some(&Trap::HeapOutOfMemory));
/// let value = error.downcast::<GcHeapOutOfMemory<String>>()?.into_inner();
/// assert_eq!(value, "precious", "the value is not lost");
/// # Ok::<(), Error>(())
/// ```
pub struct GcHeapOutOfMemory<T> {
    value: T,
}

impl<T> GcHeapOutOfMemory<T> {
    /// The host value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The host value, and the error without it, for [`Store::gc`](crate::Store::gc).
    pub fn take_inner(self) -> (T, GcHeapOutOfMemory<()>) {
        (self.value, GcHeapOutOfMemory { value: () })
    }
}

impl<T> fmt::Debug for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> fmt::Display for GcHeapOutOfMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot allocate an object")
    }
}

impl<T> std::error::Error for GcHeapOutOfMemory<T> {}

/// Adds the context to the error of an allocation, if the heap is full.
pub(crate) fn heap_error(error: Error) -> Error {
    value_error(error, ())
}

/// Adds the context with a value of the host.
pub(crate) fn value_error<T: Send + Sync + 'static>(error: Error, value: T) -> Error {
    match error.downcast_ref::<Trap>() {
        Some(Trap::HeapOutOfMemory) => error.context(GcHeapOutOfMemory { value }),
        _ => error,
    }
}
