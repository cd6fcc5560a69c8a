//! Stores, and how functions of this crate are given one.

use crate::limits::{Limiter, ResourceLimiter, StoreLimits};
use crate::{Engine, Trap, Val};
use anyhow::{Result, ensure};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use transom_vm::{Host, StoreStatistics};

/// Everything that instances are made of, with the host's own data of type `T`. What a store holds is freed when
/// the store is dropped, and not before.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, vec![1, 2]);
/// store.data_mut().push(3);
/// assert_eq!(store.into_data(), [1, 2, 3]);
/// ```
pub struct Store<T: 'static> {
    /// In a box, since compiled code knows its address.
    inner: Box<StoreInner<T>>,
}

pub(crate) struct StoreInner<T: 'static> {
    vm: transom_vm::Store,
    engine: Engine,
    limiter: Option<Limiter<T>>,
    /// What holds without a limiter, and whatever a limiter says of single things.
    left: Left,
    epoch: EpochBehavior<T>,
    /// An empty buffer for calls of host functions that take values in slices.
    values: Vec<Val>,
    data: T,
}

/// What a store may still take in.
struct Left {
    instances: usize,
    memories: usize,
    tables: usize,
    /// Bytes of all that it holds, used ones among them.
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
}

/// What happens when a store's epoch deadline has come.
type EpochCallback<T> = Box<dyn FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync>;

enum EpochBehavior<T: 'static> {
    Trap,
    Callback(EpochCallback<T>),
}

/// What a program does whose epoch deadline has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UpdateDeadline {
    /// It is stopped.
    Interrupt,
    /// It goes on until so many epochs from now.
    Continue(u64),
}

/// Interrupts the programs of a store from other threads.
#[derive(Clone, Debug)]
pub struct InterruptHandle(transom_vm::InterruptHandle);

impl InterruptHandle {
    /// Ends the program that runs on the store, or the next one that calls or loops if none does, with [`Trap::Interrupt`].
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl<T> Store<T> {
    /// A new store.
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        let mut vm = transom_vm::Store::new(engine.vm());
        if engine.config().epoch_interruption {
            vm.set_epoch_deadline(0);
        }
        let inner = Box::new(StoreInner {
            vm,
            engine: engine.clone(),
            limiter: None,
            left: Left::of(&StoreLimits::default()),
            epoch: EpochBehavior::Trap,
            values: Vec::new(),
            data,
        });
        Store { inner }
    }

    /// The host's data.
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner.data
    }

    /// Ends the store and gives its data back.
    pub fn into_data(self) -> T {
        let inner = *self.inner;
        inner.data
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Sets who is asked before memories and tables grow, or instances are made. Without a limiter the limits of
    /// [`StoreLimits::default`](crate::StoreLimits) hold.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let limits = StoreLimitsBuilder::new().memory_size(1 << 16).build();
    /// let mut store = Store::new(&engine, limits);
    /// store.limiter(|limits| limits);
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// assert!(memory.grow(&mut store, 1).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn limiter(
        &mut self,
        limiter: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync + 'static,
    ) {
        let mut limiter: Limiter<T> = Box::new(limiter);
        self.inner.left = Left::of(limiter(&mut self.inner.data));
        self.inner.limiter = Some(limiter);
    }

    /// Collects all objects that nothing refers to, and drops the host's values that only they kept.
    pub fn gc(&mut self) {
        self.inner.vm.collect(transom_vm::gc::Extent::Full);
    }

    /// What the garbage-collected heap can tell about itself; `None` if nothing has needed one yet.
    pub fn heap_statistics(&self) -> Option<transom_vm::gc::HeapStatistics> {
        self.inner.vm.heap_statistics()
    }

    /// How many memories and tables the store holds now, and how large they are.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::new(&Engine::default(), ());
    /// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    /// memory.grow(&mut store, 1)?;
    /// let statistics = store.statistics();
    /// assert_eq!((statistics.memories, statistics.memory_bytes), (1, 2 << 16));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn statistics(&self) -> StoreStatistics {
        self.inner.vm.statistics()
    }

    /// Interrupts the store's programs from other threads.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.inner.vm.interrupt_handle())
    }

    /// Lets programs run until the engine's epoch has been incremented `ticks_beyond_current` times; see
    /// [`Engine::increment_epoch`]. What happens then is set by
    /// [`epoch_deadline_trap`](Self::epoch_deadline_trap), which is the default, and
    /// [`epoch_deadline_callback`](Self::epoch_deadline_callback).
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.inner.vm.set_epoch_deadline(ticks_beyond_current);
    }

    /// Fuel that programs have left: see [`Config::consume_fuel`](crate::Config::consume_fuel). A host function finds here
    /// what is left after the call of it.
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.get_fuel()
    }

    /// Gives programs so much fuel, in place of what they have left. One run uses [`i64::MAX`] of it at most.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let module = Module::new(&engine, r#"(module (func (export "run") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let run = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "run")?;
    /// store.set_fuel(1000)?;
    /// let error = run.call(&mut store, ()).expect_err("the loop has no end");
    /// assert_eq!(error.downcast::<Trap>()?, Trap::OutOfFuel);
    /// assert_eq!(store.get_fuel()?, 0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.inner.set_fuel(fuel)
    }

    /// Ends programs whose epoch deadline has come with [`Trap::Interrupt`].
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch = EpochBehavior::Trap;
    }

    /// Asks `callback` what to do when the epoch deadline has come. A deadline that comes while it runs, in a program that it
    /// calls, is a [`Trap::Interrupt`].
    pub fn epoch_deadline_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        self.inner.epoch = EpochBehavior::Callback(Box::new(callback));
    }
}

impl<T: 'static> StoreInner<T> {
    /// The store proper, and the host's data.
    pub(crate) fn split(&mut self) -> (&mut transom_vm::Store, &mut T) {
        (&mut self.vm, &mut self.data)
    }

    /// Whether the engine's programs use fuel.
    pub(crate) fn counts_fuel(&self) -> bool {
        self.engine.config().options.tunables.consume_fuel
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

    /// The store's buffer for values, which is empty; nobody else has it until it is given back.
    pub(crate) fn take_values(&mut self) -> Vec<Val> {
        std::mem::take(&mut self.values)
    }

    /// Gives the buffer back, or another.
    pub(crate) fn give_values(&mut self, mut values: Vec<Val>) {
        values.clear();
        self.values = values;
    }
}

impl<T: 'static> StoreInner<T> {
    /// Asks the limiter, or the default limits.
    fn limits<R>(&mut self, ask: impl FnOnce(&mut dyn ResourceLimiter) -> R) -> R {
        match &mut self.limiter {
            Some(limiter) => ask(limiter(&mut self.data)),
            None => ask(&mut StoreLimits::default()),
        }
    }

    /// Whether so many bytes more are within the total of the store.
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
        self.limits(|limiter| Ok(limiter.memory_growing(current, desired, maximum)? && total))
    }

    fn memory_grow_failed(&mut self, error: anyhow::Error) -> Result<()> {
        self.limits(|limiter| limiter.memory_grow_failed(error))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        /// Bytes of an element, at most.
        const ELEMENT: usize = 8;
        let total = self.has_total_for(desired.saturating_sub(current).saturating_mul(ELEMENT));
        self.limits(|limiter| Ok(limiter.table_growing(current, desired, maximum)? && total))
    }

    fn table_grow_failed(&mut self, error: anyhow::Error) -> Result<()> {
        self.limits(|limiter| limiter.table_grow_failed(error))
    }

    fn gc_heap_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let total = self.has_total_for(desired.saturating_sub(current));
        self.limits(|limiter| Ok(limiter.gc_heap_growing(current, desired, maximum)? && total))
    }

    fn epoch_deadline_reached(&mut self) -> Result<()> {
        let mut behavior = std::mem::replace(&mut self.epoch, EpochBehavior::Trap);
        let EpochBehavior::Callback(callback) = &mut behavior else {
            return Err(Trap::Interrupt.into());
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| callback(StoreContextMut(self))));
        self.epoch = behavior;
        match outcome {
            Ok(Ok(UpdateDeadline::Continue(delta))) => {
                self.vm.set_epoch_deadline(delta);
                Ok(())
            }
            Ok(Ok(UpdateDeadline::Interrupt)) => Err(Trap::Interrupt.into()),
            Ok(Err(error)) => Err(error),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// What an operation needs of any store, whatever its data.
pub(crate) trait StoreOpaque: Host {
    fn vm(&self) -> &transom_vm::Store;
    fn engine(&self) -> &Engine;
    fn as_host(&mut self) -> &mut (dyn Host + 'static);

    /// Counts what a module brings against the limits on how many there may be.
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

/// A store to look at.
pub struct StoreContext<'a, T: 'static>(pub(crate) &'a StoreInner<T>);

/// A store to change.
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

    /// See [`Store::get_fuel`].
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
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

    /// See [`Store::gc`].
    pub fn gc(&mut self) {
        self.0.vm.collect(transom_vm::gc::Extent::Full);
    }

    /// See [`Store::get_fuel`].
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.get_fuel()
    }

    /// See [`Store::set_fuel`].
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.0.set_fuel(fuel)
    }

    /// See [`Store::set_epoch_deadline`].
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.0.vm.set_epoch_deadline(ticks_beyond_current);
    }
}

/// What gives access to a store: a [`Store`], a [`StoreContext`], a [`StoreContextMut`], a
/// [`Caller`](crate::Caller), or a reference to one.
pub trait AsContext {
    /// The host's data.
    type Data: 'static;

    /// The store.
    fn as_context(&self) -> StoreContext<'_, Self::Data>;
}

/// What gives mutable access to a store.
pub trait AsContextMut: AsContext {
    /// The store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

impl<T: 'static> AsContext for Store<T> {
    type Data = T;

    #[inline]
    fn as_context(&self) -> StoreContext<'_, T> {
        StoreContext(&self.inner)
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut(&mut self.inner)
    }
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

impl<T: 'static + std::fmt::Debug> std::fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("data", &self.inner.data)
            .finish_non_exhaustive()
    }
}
