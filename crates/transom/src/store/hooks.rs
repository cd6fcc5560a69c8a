//! Calls of a store's hook.
//!
//! Whatever calls a program or a function of the host does so between two calls of the hook, where the values are handles: the hook may
//! run a collection, which moves objects. Without a hook, each transition costs a load and a branch.

use super::call_hook::CallHook;
use super::owner::Store;
use super::{CallHookHandler, Hook, StoreContextMut, StoreInner};
use crate::Result;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use transom_vm::crossing::fiber::wait_for;

impl<T: 'static> Store<T> {
    /// Calls `hook` at each transition between the host and programs of the store, in place of an earlier hook: before a program's function
    /// is called and after it has returned, and before a host function is called and after it has returned. The runtime's own work
    /// for a program, such as `memory.grow`, is no transition. What `hook` calls is without a hook.
    ///
    /// If `hook` returns an error before a call, there is no call, and the error is its result. After a call, the error replaces the
    /// result. On its way through outer calls, an error makes further transitions.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, Vec::new());
    /// store.call_hook(|mut store, transition| {
    ///     store.data_mut().push(transition);
    ///     Ok(())
    /// });
    /// let host = Func::wrap(&mut store, || ());
    /// host.call(&mut store, &[], &mut [])?;
    /// use CallHook::*;
    /// assert_eq!(store.into_data(), [CallingWasm, CallingHost, ReturningFromHost, ReturningFromWasm]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn call_hook(
        &mut self,
        hook: impl FnMut(StoreContextMut<'_, T>, CallHook) -> Result<()> + Send + Sync + 'static,
    ) {
        self.inner.hook = Some(Hook::Plain(Box::new(hook)));
    }

    /// As [`call_hook`](Self::call_hook), with a hook that may wait. From now on, programs must be called by functions whose names end in
    /// `_async`.
    pub fn call_hook_async(&mut self, hook: impl CallHookHandler<T> + Sync + 'static) {
        self.inner.vm.core().need_fibers();
        self.inner.hook = Some(Hook::Waiting {
            handler: Arc::new(hook),
            running_at: None,
        });
    }
}

impl<T: 'static> StoreInner<T> {
    /// Calls a program.
    ///
    /// # Errors
    ///
    /// Those of the call and of the hook.
    #[inline(always)]
    pub(crate) fn call_program<R>(&mut self, call: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        // A hook that is set meanwhile begins with the next call. To look again behind the call would move its result through memory, which
        // takes as long as the call.
        match self.hook {
            None => call(self),
            Some(_) => self.call_with_hook(call),
        }
    }

    /// Calls a function of the host for a program.
    ///
    /// # Errors
    ///
    /// Those of the function and of the hook.
    #[inline(always)]
    pub(crate) fn call_host<R>(&mut self, call: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        // What the closure holds is in registers; a function of its own for the way with a hook would take it in memory on both ways.
        self.transition(CallHook::CallingHost)?;
        let result = call(self);
        self.transition(CallHook::ReturningFromHost)?;
        result
    }

    #[inline(always)]
    fn transition(&mut self, transition: CallHook) -> Result<()> {
        match self.hook {
            None => Ok(()),
            Some(_) => self.run_hook(transition),
        }
    }

    #[cold]
    #[inline(never)]
    fn call_with_hook<R>(&mut self, call: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        self.run_hook(CallHook::CallingWasm)?;
        let result = call(self);
        self.run_hook(CallHook::ReturningFromWasm)?;
        result
    }

    #[cold]
    #[inline(never)]
    pub(super) fn run_hook(&mut self, transition: CallHook) -> Result<()> {
        match &mut self.hook {
            None => Ok(()),
            Some(Hook::Plain(_)) => self.run_plain_hook(transition),
            Some(Hook::Waiting { handler, running_at }) => {
                // A call that the hook waits for runs on a fiber of its own, inside the hook's. A hook that waited on this fiber, or on one
                // around it, was forgotten with its fiber.
                let depth = self.vm.core().fiber_depth();
                if running_at.is_some_and(|hook| hook < depth) {
                    return Ok(());
                }
                *running_at = Some(depth);
                let handler = handler.clone();
                let outcome = wait_for(self, |store| {
                    handler.handle_call_event(StoreContextMut(store), transition)
                });
                if let Some(Hook::Waiting { running_at, .. }) = &mut self.hook {
                    *running_at = None;
                }
                outcome?
            }
        }
    }

    /// Takes the hook out of the store, runs it, and puts it back.
    fn run_plain_hook(&mut self, transition: CallHook) -> Result<()> {
        let mut hook = self.hook.take();
        let Some(Hook::Plain(function)) = &mut hook else {
            return Ok(());
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| function(StoreContextMut(self), transition)));
        self.hook = hook;
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}
