//! What a store consists of, and what compiled code and the functions of this crate need of it.
//!
//! Compiled code knows a store's address, so it lies in a box that only [`Store`](owner::Store) has. Everybody else borrows it:
//! [`AsContext`](access::AsContext) is how public functions are given one, `StoreOpaque` what they need of one of any data.

pub(crate) mod access;
pub(crate) mod owner;

use crate::limits::{Limiter, ResourceLimiter, StoreLimits};
use crate::{Engine, Trap, Val};
use anyhow::{Result, ensure};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use transom_vm::Host;

/// A store: the machine's, the host's data, and the host's rules.
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

    /// See [`Store::get_fuel`](crate::Store::get_fuel).
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

    /// See [`Store::gc`](crate::Store::gc).
    pub fn gc(&mut self) {
        self.0.vm.collect(transom_vm::gc::Extent::Full);
    }

    /// See [`Store::get_fuel`](crate::Store::get_fuel).
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.get_fuel()
    }

    /// See [`Store::set_fuel`](crate::Store::set_fuel).
    ///
    /// # Errors
    ///
    /// The engine's programs use no fuel.
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.0.set_fuel(fuel)
    }

    /// See [`Store::set_epoch_deadline`](crate::Store::set_epoch_deadline).
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.0.vm.set_epoch_deadline(ticks_beyond_current);
    }
}
