//! What a store does for programs that wait.

use super::owner::Store;
use super::{EpochBehavior, Left, Limits, StoreContextMut, UpdateDeadline};
use crate::error::Context;
use crate::limits::{AsyncLimiter, ResourceLimiterAsync};
use crate::{AsContextMut, Caller, GcHeapOutOfMemory, Result};
use std::num::NonZeroU64;

impl<T: 'static> Store<T> {
    /// Lets the executor do something else whenever the epoch deadline expires; the program continues then, with a new deadline after `delta` epochs. From now on, programs must be called by functions whose
    /// names end in `_async`; see [`UpdateDeadline::Yield`].
    ///
    /// ```
    /// # use transom::*;
    /// let mut config = Config::new();
    /// config.epoch_interruption(true);
    /// let engine = Engine::new(&config)?;
    /// let mut store = Store::new(&engine, ());
    /// store.epoch_deadline_async_yield_and_update(1);
    /// let module = Module::new(&engine, r#"(module (func (export "run")))"#)?;
    /// assert!(Instance::new(&mut store, &module, &[]).is_err(), "`Instance::new_async` could yield");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.inner.yield_at_deadlines(delta);
    }

    /// Lets the executor do something else whenever so much fuel was consumed; the program continues then, until the fuel that was
    /// [set](Self::set_fuel) is used up. Programs must be called by functions whose names end in `_async` then. `None` ends this.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::task::{Context, Poll, Waker};
    /// let mut config = Config::new();
    /// config.consume_fuel(true);
    /// let engine = Engine::new(&config)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_fuel(10_000)?;
    /// let module = Module::new(&engine, r#"(module (func (export "run") (loop (br 0))))"#)?;
    /// let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "run")?;
    /// store.fuel_async_yield_interval(Some(1000))?;
    /// let mut call = Box::pin(run.call_async(&mut store, ()));
    /// let mut context = Context::from_waker(Waker::noop());
    /// let yields = std::iter::repeat_with(|| call.as_mut().poll(&mut context)).take_while(Poll::is_pending);
    /// assert_eq!(yields.count(), 9);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fuel is disabled, or the interval is 0.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.inner.yield_for_fuel(interval)
    }

    /// Sets a limiter that may wait; see [`limiter`](Self::limiter). From now on, programs must be called, and memories, tables and objects created,
    /// by functions whose names end in `_async`.
    ///
    /// ```
    /// # use transom::*;
    /// # use std::{future::Future, pin::Pin};
    /// struct Limits(usize);
    ///
    /// // With the crate `async-trait`: `#[async_trait] impl …` and `async fn …`.
    /// impl ResourceLimiterAsync for Limits {
    ///     fn memory_growing<'a, 'b>(&'a mut self, _: usize, desired: usize, _: Option<usize>) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'b>>
    ///     where
    ///         'a: 'b,
    ///         Self: 'b,
    ///     {
    ///         Box::pin(async move { Ok(desired <= self.0) })
    ///     }
    ///
    ///     fn table_growing<'a, 'b>(&'a mut self, _: usize, _: usize, _: Option<usize>) -> Pin<Box<dyn Future<Output = Result<bool>> + Send + 'b>>
    ///     where
    ///         'a: 'b,
    ///         Self: 'b,
    ///     {
    ///         Box::pin(async { Ok(true) })
    ///     }
    /// }
    ///
    /// let mut store = Store::new(&Engine::default(), Limits(1 << 16));
    /// store.limiter_async(|limits| limits);
    /// assert!(Memory::new(&mut store, MemoryType::new(1, None)).is_err(), "`Memory::new_async` could wait");
    /// ```
    pub fn limiter_async(
        &mut self,
        limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiterAsync) + Send + Sync + 'static,
    ) {
        let mut limiter: AsyncLimiter<T> = Box::new(limiter);
        self.inner.left = Left::of_async(limiter(&mut self.inner.data));
        self.inner.limits = Limits::Async(limiter);
        self.inner.vm.core().need_fibers();
    }

    /// As [`gc`](Self::gc). It waits for nothing at present.
    ///
    /// # Errors
    ///
    /// As [`gc`](Self::gc).
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.gc(why)
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// See [`Store::gc_async`].
    ///
    /// # Errors
    ///
    /// As [`Store::gc`].
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.gc(why)
    }

    /// See [`Store::epoch_deadline_async_yield_and_update`].
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.0.yield_at_deadlines(delta);
    }

    /// See [`Store::fuel_async_yield_interval`].
    ///
    /// # Errors
    ///
    /// Fuel is disabled, or the interval is 0.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.0.yield_for_fuel(interval)
    }
}

impl<T: 'static> Caller<'_, T> {
    /// See [`Store::gc_async`].
    ///
    /// # Errors
    ///
    /// As [`Store::gc`].
    pub async fn gc_async(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()>
    where
        T: Send,
    {
        self.gc(why)
    }

    /// See [`Store::fuel_async_yield_interval`].
    ///
    /// # Errors
    ///
    /// Fuel is disabled, or the interval is 0.
    pub fn fuel_async_yield_interval(&mut self, interval: Option<u64>) -> Result<()> {
        self.as_context_mut().fuel_async_yield_interval(interval)
    }
}

impl<T: 'static> super::StoreInner<T> {
    fn yield_for_fuel(&mut self, interval: Option<u64>) -> Result<()> {
        let left = self.get_fuel()?;
        let interval = match interval {
            Some(interval) => {
                Some(NonZeroU64::new(interval).context("fuel_async_yield_interval must not be 0")?)
            }
            None => None,
        };
        if interval.is_some() {
            self.vm.core().need_fibers();
        }
        self.vm.core().set_fuel_interval(interval);
        self.set_fuel(left)
    }

    fn yield_at_deadlines(&mut self, delta: u64) {
        self.vm.core().need_fibers();
        self.epoch = EpochBehavior::Callback(Box::new(move |_| Ok(UpdateDeadline::Yield(delta))));
    }
}
