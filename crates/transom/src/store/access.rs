//! Access to a store, for functions that take any kind of reference to it.
//!
//! Shared access never runs programs, so it does not change the store.

use super::{StoreContext, StoreContextMut};

/// A type with shared access to a store: a [`Store`](crate::Store), a [`StoreContext`], a [`StoreContextMut`], a
/// [`Caller`](crate::Caller), or a reference to one.
///
/// ```
/// # use transom::*;
/// /// Takes a store, or a caller of a host function.
/// fn text(store: impl AsContext, memory: Memory) -> String {
///     String::from_utf8_lossy(&memory.data(&store)[..5]).into_owned()
/// }
///
/// let mut store = Store::<()>::default();
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// memory.write(&mut store, 0, b"hello")?;
/// assert_eq!(text(&store, memory), "hello");
/// # Ok::<(), Error>(())
/// ```
pub trait AsContext {
    /// The type of the host data.
    type Data: 'static;

    /// Returns the access to the store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// A type with exclusive access to a store.
///
/// ```
/// # use transom::*;
/// /// Calls a function, from outside or from a host function.
/// fn twice(mut store: impl AsContextMut, f: TypedFunc<i32, i32>, x: i32) -> Result<i32> {
///     let x = f.call(&mut store, x)?;
///     f.call(&mut store, x)
/// }
///
/// let mut store = Store::<()>::default();
/// let f = Func::wrap(&mut store, |x: i32| x * 3).typed(&store)?;
/// assert_eq!(twice(&mut store, f, 2)?, 18);
/// # Ok::<(), Error>(())
/// ```
pub trait AsContextMut: AsContext {
    /// Returns the access to the store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T: 'static> AsContext for StoreContext<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.0)
    }
}

impl<T: 'static> AsContext for StoreContextMut<'_, T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(self.0)
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(self.0)
    }
}

impl<C: AsContext> AsContext for &'_ C {
    type Data = C::Data;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContext> AsContext for &'_ mut C {
    type Data = C::Data;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, C::Data> {
        C::as_context(self)
    }
}

impl<C: AsContextMut> AsContextMut for &'_ mut C {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}

impl<'a, T: 'static> From<StoreContextMut<'a, T>> for StoreContext<'a, T> {
    fn from(context: StoreContextMut<'a, T>) -> Self {
        StoreContext(context.0)
    }
}

impl<'a, C: AsContext> From<&'a C> for StoreContext<'a, C::Data> {
    fn from(context: &'a C) -> Self {
        context.as_context()
    }
}

impl<'a, C: AsContext> From<&'a mut C> for StoreContext<'a, C::Data> {
    fn from(context: &'a mut C) -> Self {
        C::as_context(context)
    }
}

impl<'a, C: AsContextMut> From<&'a mut C> for StoreContextMut<'a, C::Data> {
    fn from(context: &'a mut C) -> Self {
        context.as_context_mut()
    }
}
