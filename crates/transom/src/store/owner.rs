//! The store as its owner holds it: made, given limits and deadlines, and ended.
//!
//! Programs run only while somebody has the owner or borrows from it.

use super::access::{AsContext, AsContextMut};
use super::{EpochBehavior, Left, StoreContext, StoreContextMut, StoreInner, UpdateDeadline};
use crate::Engine;
use crate::limits::{Limiter, ResourceLimiter, StoreLimits};
use anyhow::Result;
use transom_vm::StoreStatistics;

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

/// Interrupts the programs of a store from other threads.
#[derive(Clone, Debug)]
pub struct InterruptHandle(transom_vm::InterruptHandle);

impl InterruptHandle {
    /// Ends the program that runs on the store, or the next one that calls or loops if none does, with
    /// [`Trap::Interrupt`](crate::Trap::Interrupt).
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

    /// Ends programs whose epoch deadline has come with [`Trap::Interrupt`](crate::Trap::Interrupt).
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch = EpochBehavior::Trap;
    }

    /// Asks `callback` what to do when the epoch deadline has come. A deadline that comes while it runs, in a program that it
    /// calls, is a [`Trap::Interrupt`](crate::Trap::Interrupt).
    pub fn epoch_deadline_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        self.inner.epoch = EpochBehavior::Callback(Box::new(callback));
    }
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

impl<T: 'static + std::fmt::Debug> std::fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("data", &self.inner.data)
            .finish_non_exhaustive()
    }
}
