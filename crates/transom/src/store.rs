//! The contents of a store, and the interface that compiled code and this crate use.
//!
//! Compiled code contains the address of a store, so the store is in a box that only [`Store`](owner::Store) owns.
//! All other code borrows it: public functions through [`AsContext`](access::AsContext), and functions that do not
//! depend on the type of the data through `StoreOpaque`.

pub(crate) mod access;
mod asynchronous;
pub(crate) mod call_hook;
mod hooks;
mod modules;
pub(crate) mod owner;

use crate::component::state::Components;
use crate::limits::{AsyncLimiter, Limiter, ResourceLimiter, ResourceLimiterAsync, StoreLimits};
use crate::{Engine, GcHeapOutOfMemory, Module, Trap, Val};
use call_hook::CallHook;
use modules::Modules;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use transom_error::{Context, Error, Result, ensure};
use transom_vm::crossing::fiber::{on_fiber, wait_for, yield_once};
use transom_vm::{AtDeadline, Host, InstanceId, Numbers, take_beforehand};

/// The parts of a store: those of the virtual machine, the host's data, and the host's limits.
pub(crate) struct StoreInner<T: 'static> {
    vm: transom_vm::Store,
    engine: Engine,
    limits: Limits<T>,
    /// The remaining counts and bytes. They start with the default limits or those of the limiter.
    left: Left,
    epoch: EpochBehavior<T>,
    hook: Option<Hook<T>>,
    /// An empty buffer for calls of host functions that take values in slices.
    values: Vec<Val>,
    modules: Modules,
    components: Components,
    data: T,
}

/// The remaining counts and bytes of a store.
struct Left {
    instances: usize,
    memories: usize,
    tables: usize,
    /// The maximum number of bytes of all contents, including used bytes.
    total_memory: usize,
}

impl Left {
    fn of(limits: &dyn ResourceLimiter) -> Left {
        Left {
            instances: limits.instances(),
            memories: limits.memories(),
            tables: limits.tables(),
            total_memory: limits.total_memory(),
        }
    }

    fn of_async(limits: &dyn ResourceLimiterAsync) -> Left {
        Left {
            instances: limits.instances(),
            memories: limits.memories(),
            tables: limits.tables(),
            total_memory: limits.total_memory(),
        }
    }
}

/// Who limits a store.
enum Limits<T> {
    Default,
    Plain(Limiter<T>),
    /// One that may wait.
    Async(AsyncLimiter<T>),
}

/// What is about to grow.
#[derive(Clone, Copy)]
enum Growing {
    Memory,
    Table,
    Heap,
}

/// The callback for an expired epoch deadline.
type EpochCallback<T> = Box<dyn FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync>;

enum EpochBehavior<T: 'static> {
    Trap,
    Callback(EpochCallback<T>),
}

/// The hook of a store, at the transitions between the host and programs.
enum Hook<T: 'static> {
    Plain(PlainHook<T>),
    Waiting {
        handler: Arc<dyn CallHookHandler<T> + Send + Sync>,
        /// The number of fibers inside each other where it runs, if it does.
        running_at: Option<usize>,
    },
}

type PlainHook<T> = Box<dyn FnMut(StoreContextMut<'_, T>, CallHook) -> Result<()> + Send + Sync>;

/// A hook that may wait; see [`Store::call_hook_async`](crate::Store::call_hook_async). The macro of the `async-trait` crate makes this
/// signature of an `async fn`.
///
/// ```
/// # use transom::*;
/// # use std::{future::Future, pin::Pin};
/// struct Count;
///
/// impl CallHookHandler<usize> for Count {
///     fn handle_call_event<'a, 'b, 'c>(
///         &'a self,
///         mut store: StoreContextMut<'b, usize>,
///         _transition: CallHook,
///     ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'c>>
///     where
///         'a: 'c,
///         'b: 'c,
///         Self: 'c,
///     {
///         Box::pin(async move {
///             // Or wait for something.
///             *store.data_mut() += 1;
///             Ok(())
///         })
///     }
/// }
///
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, 0);
/// store.call_hook_async(Count);
/// let host = Func::wrap(&mut store, || ());
/// let mut call = Box::pin(host.call_async(&mut store, &[], &mut []));
/// let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// assert!(call.as_mut().poll(&mut context).is_ready());
/// drop(call);
/// assert_eq!(*store.data(), 4);
/// # Ok::<(), Error>(())
/// ```
pub trait CallHookHandler<T>: Send {
    /// Is called at a transition; the call goes on when the future is ready.
    fn handle_call_event<'life0, 'life1, 'async_trait>(
        &'life0 self,
        t: StoreContextMut<'life1, T>,
        ch: CallHook,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait;
}

/// The action of a program after its epoch deadline expired.
#[non_exhaustive]
pub enum UpdateDeadline {
    /// Stop the program with [`Trap::Interrupt`].
    Interrupt,
    /// Continue, with a new deadline after this many epochs.
    Continue(u64),
    /// Let the executor do something else, and continue then, with a new deadline after this many epochs. This requires that the program
    /// was called by a function whose name ends in `_async`.
    Yield(u64),
    /// Wait for a future, and continue then, as after [`Yield`](Self::Yield).
    YieldCustom(u64, Pin<Box<dyn Future<Output = ()> + Send>>),
}

impl std::fmt::Debug for UpdateDeadline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, delta) = match self {
            UpdateDeadline::Interrupt => return f.write_str("Interrupt"),
            UpdateDeadline::Continue(delta) => ("Continue", delta),
            UpdateDeadline::Yield(delta) => ("Yield", delta),
            UpdateDeadline::YieldCustom(delta, _) => ("YieldCustom", delta),
        };
        f.debug_tuple(name).field(delta).finish()
    }
}

impl<T: 'static> StoreInner<T> {
    /// The inner store, and the host's data.
    pub(crate) fn split(&mut self) -> (&mut transom_vm::Store, &mut T) {
        (&mut self.vm, &mut self.data)
    }

    /// Whether programs of the engine consume fuel.
    pub(crate) fn counts_fuel(&self) -> bool {
        self.engine.config().options.tunables.consume_fuel
    }

    pub(crate) fn gc_heap_capacity(&self) -> usize {
        let heap = self.vm.objects();
        heap.map_or(0, |heap| heap.heap().footprint() as usize)
    }

    /// The module of an instance.
    pub(crate) fn module(&self, instance: InstanceId) -> &Module {
        let module = self.modules.of_instance(instance.index());
        module.expect("each instance that is lent has a module")
    }

    /// Notes the module of the instance that was made last, if there are more than `before`.
    pub(crate) fn note_module(&mut self, before: usize, module: &Module) {
        let made = self.vm.instance_ids().skip(before).last();
        if let Some(id) = made.filter(|&id| self.vm.instance(id).is_defined()) {
            self.modules.add(id.index(), module);
        }
    }

    fn check_fuel(&self) -> Result<()> {
        ensure!(
            self.counts_fuel(),
            "fuel is not counted: the engine's configuration needs `Config::consume_fuel(true)`"
        );
        Ok(())
    }

    fn get_fuel(&self) -> Result<u64> {
        self.check_fuel()?;
        Ok(self.vm.fuel())
    }

    fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.check_fuel()?;
        self.vm.set_fuel(fuel);
        Ok(())
    }

    /// Takes the empty buffer for values out of the store.
    pub(crate) fn take_values(&mut self) -> Vec<Val> {
        std::mem::take(&mut self.values)
    }

    /// Returns a buffer for values to the store.
    pub(crate) fn give_values(&mut self, mut values: Vec<Val>) {
        values.clear();
        self.values = values;
    }
}

impl<T: 'static> StoreInner<T> {
    /// Whether memory may grow, by the limiter alone; waits if it does.
    fn may_grow(
        &mut self,
        what: Growing,
        [current, desired]: [usize; 2],
        maximum: Option<usize>,
    ) -> Result<bool> {
        let plain: &mut dyn ResourceLimiter = match &mut self.limits {
            Limits::Default => &mut StoreLimits::default(),
            Limits::Plain(limiter) => limiter(&mut self.data),
            Limits::Async(_) => return self.may_grow_later(what, [current, desired], maximum),
        };
        match what {
            Growing::Memory => plain.memory_growing(current, desired, maximum),
            Growing::Table => plain.table_growing(current, desired, maximum),
            Growing::Heap => plain.gc_heap_growing(current, desired, maximum),
        }
    }

    fn may_grow_later(
        &mut self,
        what: Growing,
        [current, desired]: [usize; 2],
        maximum: Option<usize>,
    ) -> Result<bool> {
        wait_for(self, |store| {
            let Limits::Async(limiter) = &mut store.limits else {
                unreachable!("the limiter was looked at before")
            };
            let limiter = limiter(&mut store.data);
            match what {
                Growing::Memory | Growing::Heap => limiter.memory_growing(current, desired, maximum),
                Growing::Table => limiter.table_growing(current, desired, maximum),
            }
        })?
    }

    /// Returns an error if the limiter may wait: a function that is not asynchronous must not call it.
    pub(crate) fn ensure_plain_limits(&self) -> Result<()> {
        ensure!(
            !matches!(self.limits, Limits::Async(_)),
            "a store with an asynchronous limiter requires that `*_async` functions are used instead"
        );
        Ok(())
    }

    /// Whether this many additional bytes are within the total limit of the store.
    fn has_total_for(&self, added: usize) -> bool {
        let total = self.vm.used_bytes().saturating_add(added as u64);
        total <= self.left.total_memory as u64
    }
}

impl<T: 'static> Host for StoreInner<T> {
    fn store(&mut self) -> &mut transom_vm::Store {
        &mut self.vm
    }

    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let total = self.has_total_for(desired.saturating_sub(current));
        Ok(self.may_grow(Growing::Memory, [current, desired], maximum)? && total)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        match &mut self.limits {
            Limits::Default => Ok(()),
            Limits::Plain(limiter) => limiter(&mut self.data).memory_grow_failed(error),
            Limits::Async(limiter) => limiter(&mut self.data).memory_grow_failed(error),
        }
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        /// Bytes of an element, at most.
        const ELEMENT: usize = 8;
        let total = self.has_total_for(desired.saturating_sub(current).saturating_mul(ELEMENT));
        Ok(self.may_grow(Growing::Table, [current, desired], maximum)? && total)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        match &mut self.limits {
            Limits::Default => Ok(()),
            Limits::Plain(limiter) => limiter(&mut self.data).table_grow_failed(error),
            Limits::Async(limiter) => limiter(&mut self.data).table_grow_failed(error),
        }
    }

    fn gc_heap_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let total = self.has_total_for(desired.saturating_sub(current));
        Ok(self.may_grow(Growing::Heap, [current, desired], maximum)? && total)
    }

    fn epoch_deadline_reached(&mut self) -> Result<AtDeadline> {
        let mut behavior = std::mem::replace(&mut self.epoch, EpochBehavior::Trap);
        let EpochBehavior::Callback(callback) = &mut behavior else {
            return Err(Trap::Interrupt.into());
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| callback(StoreContextMut(self))));
        self.epoch = behavior;
        match outcome {
            Ok(Ok(UpdateDeadline::Continue(delta))) => {
                self.vm.set_epoch_deadline(delta);
                Ok(AtDeadline::GoOn)
            }
            Ok(Ok(UpdateDeadline::Yield(delta))) => Ok(AtDeadline::Wait(Box::pin(yield_once()), delta)),
            Ok(Ok(UpdateDeadline::YieldCustom(delta, future))) => Ok(AtDeadline::Wait(future, delta)),
            Ok(Ok(UpdateDeadline::Interrupt)) => Err(Trap::Interrupt.into()),
            Ok(Err(error)) => Err(error),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// The operations of a store that do not depend on the type of its data.
pub(crate) trait StoreOpaque: Host {
    fn vm(&self) -> &transom_vm::Store;
    fn engine(&self) -> &Engine;
    fn as_host(&mut self) -> &mut (dyn Host + 'static);
    fn modules(&self) -> &Modules;
    fn components(&self) -> &Components;
    fn components_mut(&mut self) -> &mut Components;
    fn vm_and_components(&mut self) -> (&transom_vm::Store, &mut Components);

    /// Runs the hook, if there is one.
    fn cross(&mut self, transition: CallHook) -> Result<()>;

    /// Subtracts the items of a module from the remaining counts.
    fn count(&mut self, instances: usize, memories: usize, tables: usize) -> Result<()>;
}

impl<T: 'static> StoreOpaque for StoreInner<T> {
    fn vm(&self) -> &transom_vm::Store {
        &self.vm
    }

    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn as_host(&mut self) -> &mut (dyn Host + 'static) {
        self
    }

    fn modules(&self) -> &Modules {
        &self.modules
    }

    fn components(&self) -> &Components {
        &self.components
    }

    fn components_mut(&mut self) -> &mut Components {
        &mut self.components
    }

    fn vm_and_components(&mut self) -> (&transom_vm::Store, &mut Components) {
        (&self.vm, &mut self.components)
    }

    fn cross(&mut self, transition: CallHook) -> Result<()> {
        self.run_hook(transition)
    }

    fn count(&mut self, instances: usize, memories: usize, tables: usize) -> Result<()> {
        let take = |left: &mut usize, wanted: usize, what: &str| {
            ensure!(*left >= wanted, "resource limit exceeded: {what} count too high");
            *left -= wanted;
            Ok(())
        };
        take(&mut self.left.instances, instances, "instance")?;
        take(&mut self.left.memories, memories, "memory")?;
        take(&mut self.left.tables, tables, "table")
    }
}

/// Shared access to a store.
pub struct StoreContext<'a, T: 'static>(pub(crate) &'a StoreInner<T>);

/// Exclusive access to a store.
pub struct StoreContextMut<'a, T: 'static>(pub(crate) &'a mut StoreInner<T>);

impl<'a, T> StoreContext<'a, T> {
    /// The host's data.
    pub fn data(&self) -> &'a T {
        &self.0.data
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// See [`Store::get_fuel`](crate::Store::get_fuel).
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.get_fuel()
    }
}

impl<T> Clone for StoreContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoreContext<'_, T> {}

impl<T> StoreContextMut<'_, T> {
    /// The host's data.
    pub fn data(&self) -> &T {
        &self.0.data
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.0.data
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// See [`Store::gc`](crate::Store::gc).
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn gc(&mut self, _why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.0.vm.collect(transom_vm::gc::Extent::Full);
        Ok(())
    }

    /// See [`Store::get_fuel`](crate::Store::get_fuel).
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.get_fuel()
    }

    /// See [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.0.set_fuel(fuel)
    }

    /// See [`Store::hostcall_fuel`](crate::Store::hostcall_fuel).
    pub fn hostcall_fuel(&self) -> usize {
        self.0.components.lift_limit
    }

    /// See [`Store::set_hostcall_fuel`](crate::Store::set_hostcall_fuel).
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.0.components.lift_limit = fuel;
    }

    /// Does work with the store on a fiber, where it can wait.
    pub(crate) async fn on_fiber<R>(&mut self, work: impl FnOnce(StoreContextMut<'_, T>) -> R) -> Result<R> {
        let done = on_fiber(&mut *self.0, |store| work(StoreContextMut(store))).await;
        done.context("cannot allocate a stack for an asynchronous call")
    }

    /// The same with work that makes something, for which places are taken in the pool of the engine before.
    pub(crate) async fn on_fiber_in<R>(
        &mut self,
        places: Numbers,
        work: impl FnOnce(StoreContextMut<'_, T>) -> R,
    ) -> Result<R> {
        take_beforehand(&mut *self.0, places).await?;
        let done = self.on_fiber(work).await;
        self.0.vm.give_ready_back();
        done
    }

    /// See [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline).
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.0.vm.set_epoch_deadline(ticks_beyond_current);
    }
}
