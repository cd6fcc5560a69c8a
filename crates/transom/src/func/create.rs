//! Creation of host functions from closures.
//!
//! Each function needs an adapter for its type, so the creation can fail, for example if memory is exhausted.

use super::Func;
use super::caller::Caller;
use super::host::{IntoFunc, untyped};
use crate::store::StoreOpaque;
use crate::{AsContextMut, FuncType, Val};
use std::sync::Arc;
use transom_error::{Result, ensure};
use transom_vm::HostFunction;

impl Func {
    /// Creates a host function with an explicit type. The arguments of the closure are the parameters, and a slice
    /// with one place for each result. The closure must fill the places with values of the right types.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// let ty = FuncType::new(store.engine(), [ValType::I32, ValType::I32], [ValType::I64]);
    /// let add = Func::new(&mut store, ty, |_, params, results| {
    ///     results[0] = Val::I64(params.iter().map(|param| i64::from(param.unwrap_i32())).sum());
    ///     Ok(())
    /// });
    /// let add = add.typed::<(i32, i32), i64>(&store)?;
    /// assert_eq!(add.call(&mut store, (i32::MAX, 1))?, 1 << 31);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the type belongs to another engine, or the adapter for the type cannot be created; see
    /// [`try_new`](Self::try_new).
    pub fn new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Func {
        Func::try_new(store, ty, func).expect("a host function of this store's engine")
    }

    /// As [`new`](Self::new), but returns an error instead of a panic.
    ///
    /// # Errors
    ///
    /// The type belongs to another engine, or the adapter for the type cannot be created.
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

    /// Creates a host function whose type is derived from the closure's type. The closure has up to sixteen
    /// parameters, optionally after a [`Caller`]. It returns a result, a tuple of results, or a [`Result`] of either.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::new(&Engine::default(), ());
    /// let half = Func::wrap(&mut store, |x: i32| {
    ///     ensure!(x % 2 == 0, "{x} is odd");
    ///     let half = u8::try_from(x / 2)?;
    ///     Ok(i32::from(half))
    /// });
    /// let half = half.typed::<i32, i32>(&store)?;
    /// assert_eq!(half.call(&mut store, 40)?, 20);
    /// assert!(half.call(&mut store, -2).unwrap_err().is::<std::num::TryFromIntError>());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the adapter for the function cannot be created.
    pub fn wrap<T: 'static, Params, Results>(
        store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Func {
        Func::try_wrap(store, func).expect("an adapter for a host function")
    }

    /// As [`wrap`](Self::wrap), but returns an error instead of a panic.
    ///
    /// # Errors
    ///
    /// The adapter for the function cannot be created.
    pub fn try_wrap<T: 'static, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<Func> {
        let store = store.as_context_mut();
        let function = func.into_func(store.engine());
        Func::of_host(store.0, Arc::new(function))
    }

    pub(crate) fn of_host(store: &mut dyn StoreOpaque, function: Arc<HostFunction>) -> Result<Func> {
        store.store().add_host_function(function).map(Func)
    }
}
