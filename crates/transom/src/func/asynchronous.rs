//! Asynchronous calls: programs on fibers, and host functions that return futures.
//!
//! A host function's future is polled on the program's fiber, which is left while the future is pending; see
//! `transom_vm::crossing::fiber`.

use super::Func;
use super::call::{TypedFunc, WasmParams, WasmResults, call_untyped};
use super::caller::Caller;
use super::host::{WasmRet, in_list, untyped};
use crate::{AsContextMut, Engine, FuncType, StoreContextMut, Val};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use transom_error::Result;
use transom_vm::HostFunction;
use transom_vm::crossing::fiber::wait_for;

/// The future of a host function's call. It may borrow the caller and the arguments.
pub(crate) type HostFuture<'a, R> = Box<dyn Future<Output = R> + Send + 'a>;

impl Func {
    /// Creates a host function from a closure that returns a future; its types follow from the closure's tuple of parameters and the
    /// future's output, as those of [`wrap`](Self::wrap). While the future is pending, so is the future of the call that the program
    /// was started with: one of the functions whose names end in `_async`. Other calls of programs of the store are refused from now on.
    ///
    /// ```
    /// # use transom::*;
    /// # fn block_on<F: std::future::Future>(future: F) -> F::Output {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop { if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output } }
    /// # }
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, 2);
    /// let later = Func::wrap_async(&mut store, |caller: Caller<'_, i32>, (x,): (i32,)| {
    ///     Box::new(async move {
    ///         // Timers, sockets and so on: whatever the executor provides.
    ///         std::future::ready(()).await;
    ///         x * caller.data()
    ///     })
    /// });
    /// let later = later.typed::<i32, i32>(&store)?;
    /// assert_eq!(block_on(later.call_async(&mut store, 21))?, 42);
    /// assert!(later.call(&mut store, 21).is_err(), "nothing could wait");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn wrap_async<T, F, P, R>(mut store: impl AsContextMut<Data = T>, func: F) -> Func
    where
        T: Send + 'static,
        F: for<'a> Fn(Caller<'a, T>, P) -> Box<dyn Future<Output = R> + Send + 'a> + Send + Sync + 'static,
        P: WasmParams + WasmResults,
        R: WasmRet,
    {
        let store = store.as_context_mut();
        let function = typed_function(store.engine(), func);
        Func::of_host(store.0, Arc::new(function)).expect("an adapter for a host function")
    }

    /// Creates a host function with an explicit type from a closure that returns a future; see [`new`](Self::new) and
    /// [`wrap_async`](Self::wrap_async).
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn new_async<T, F>(mut store: impl AsContextMut<Data = T>, ty: FuncType, func: F) -> Func
    where
        T: Send + 'static,
        F: for<'a> Fn(
                Caller<'a, T>,
                &'a [Val],
                &'a mut [Val],
            ) -> Box<dyn Future<Output = Result<()>> + Send + 'a>
            + Send
            + Sync
            + 'static,
    {
        let store = store.as_context_mut();
        assert!(
            Engine::same(store.engine(), ty.engine()),
            "the function's type belongs to another engine than the store"
        );
        let function = untyped_function(ty, func);
        Func::of_host(store.0, Arc::new(function)).expect("an adapter for a host function")
    }

    /// Calls the function on a stack of its own, so that host functions can wait; see [`wrap_async`](Self::wrap_async) and
    /// [`Config::async_stack_size`](crate::Config::async_stack_size). The future needs no particular executor. If it is dropped
    /// before it is done, the program ends there: host functions that wait get an error, and no more of the program is executed.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::task::{Context, Poll, Waker};
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "endless") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// store.epoch_deadline_async_yield_and_update(0);
    /// let instance = Instance::new_async(&mut store, &module, &[]);
    /// let Poll::Ready(instance) = std::pin::pin!(instance).poll(&mut Context::from_waker(Waker::noop())) else { unreachable!() };
    /// let endless = instance?.get_func(&store, "endless").expect("exported");
    /// let mut call = Box::pin(endless.call_async(&mut store, &[], &mut []));
    /// assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "others may run now");
    /// // That was enough: the program ends here, and the store can be used again.
    /// drop(call);
    /// store.set_epoch_deadline(1);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); or there is no memory for a stack.
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let func = *self;
        let mut store = store.as_context_mut();
        store
            .on_fiber(|store| {
                store
                    .0
                    .call_program(|store| call_untyped(store, func, params, results))
            })
            .await?
    }
}

impl<Params: WasmParams, Results: WasmResults> TypedFunc<Params, Results> {
    /// Calls the function on a stack of its own, so that host functions can wait; see [`Func::call_async`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); or there is no memory for a stack.
    pub async fn call_async(
        &self,
        mut store: impl AsContextMut<Data: Send>,
        params: Params,
    ) -> Result<Results> {
        let mut store = store.as_context_mut();
        // The work is one pointer: it is passed on several times.
        let mut call = (self, Some(params));
        let work = |store: StoreContextMut<'_, _>| {
            let (func, params) = &mut call;
            func.enter(store, params.take().expect("the work is done once"))
        };
        store.on_fiber(work).await?
    }
}

/// A host function whose types follow from those of a closure.
pub(crate) fn typed_function<T, F, P, R>(engine: &Engine, func: F) -> HostFunction
where
    T: Send + 'static,
    F: for<'a> Fn(Caller<'a, T>, P) -> HostFuture<'a, R> + Send + Sync + 'static,
    P: WasmParams + WasmResults,
    R: WasmRet,
{
    let waiting = move |caller: Caller<'_, T>, params: P| {
        let (store, instance) = caller.into_parts();
        let waiting = |store| Pin::from(func(Caller::new(store, instance), params));
        wait_for(store.0, waiting)?.into_values()
    };
    HostFunction {
        waits: true,
        ..in_list(engine, waiting)
    }
}

/// A host function whose type is only known at run time.
pub(crate) fn untyped_function<T, F>(ty: FuncType, func: F) -> HostFunction
where
    T: Send + 'static,
    F: for<'a> Fn(Caller<'a, T>, &'a [Val], &'a mut [Val]) -> HostFuture<'a, Result<()>>
        + Send
        + Sync
        + 'static,
{
    let waiting = move |caller: Caller<'_, T>, params: &[Val], results: &mut [Val]| {
        let (store, instance) = caller.into_parts();
        wait_for(store.0, |store| {
            Pin::from(func(Caller::new(store, instance), params, results))
        })?
    };
    HostFunction {
        waits: true,
        ..untyped(ty, waiting)
    }
}
