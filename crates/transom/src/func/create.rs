//! Functions that the host makes of closures.
//!
//! Each gets an adapter for its type, so making one can fail, if only for lack of memory.

use super::Func;
use super::caller::Caller;
use super::host::{IntoFunc, untyped};
use crate::store::StoreOpaque;
use crate::{AsContextMut, FuncType, Val};
use anyhow::{Result, ensure};
use std::sync::Arc;
use transom_vm::HostFunction;

impl Func {
    /// A function of the host's whose type is given. It is called with its parameters and a place for each result,
    /// which it must fill with values of the right types.
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine, or an adapter for it can't be made; see
    /// [`try_new`](Self::try_new).
    pub fn new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        Func::try_new(store, ty, func).expect("a host function of this store's engine")
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    ///
    /// The type belongs to another engine, or an adapter for it can't be made.
    pub fn try_new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Func> {
        let store = store.as_context_mut();
        ensure!(
            crate::Engine::same(store.engine(), ty.engine()),
            "the function's type belongs to another engine than the store"
        );
        Func::of_host(store.0, Arc::new(untyped(ty, func)))
    }

    /// A function of the host's whose type follows from a closure's: up to sixteen parameters, optionally after a
    /// [`Caller`], and a result, a tuple of results, or a [`Result`] of either.
    ///
    /// # Panics
    ///
    /// If an adapter for the function can't be made.
    pub fn wrap<T: 'static, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Func {
        let store = store.as_context_mut();
        let function = func.into_func(store.engine());
        Func::of_host(store.0, Arc::new(function)).expect("an adapter for a host function")
    }

    pub(crate) fn of_host(store: &mut dyn StoreOpaque, function: Arc<HostFunction>) -> Result<Func> {
        store.store().add_host_function(function).map(Func)
    }
}
