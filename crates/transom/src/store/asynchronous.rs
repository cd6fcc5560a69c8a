//! What a store does for programs that wait.

use super::owner::Store;
use super::{EpochBehavior, StoreContextMut, UpdateDeadline};
use crate::Result;

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

    /// Runs a full garbage collection, as [`gc`](Self::gc). It does not wait for anything at present.
    ///
    /// # Errors
    ///
    /// None at present.
    pub async fn gc_async(&mut self) -> Result<()>
    where
        T: Send,
    {
        self.gc();
        Ok(())
    }
}

impl<T: 'static> StoreContextMut<'_, T> {
    /// See [`Store::epoch_deadline_async_yield_and_update`].
    pub fn epoch_deadline_async_yield_and_update(&mut self, delta: u64) {
        self.0.yield_at_deadlines(delta);
    }
}

impl<T: 'static> super::StoreInner<T> {
    fn yield_at_deadlines(&mut self, delta: u64) {
        self.vm.core().need_fibers();
        self.epoch = EpochBehavior::Callback(Box::new(move |_| Ok(UpdateDeadline::Yield(delta))));
    }
}
