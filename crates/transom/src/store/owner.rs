//! The owner of a store: creation, limits, deadlines, and destruction.
//!
//! Programs run only while the owner exists, or while it is borrowed.

use super::access::{AsContext, AsContextMut};
use super::{EpochBehavior, Left, Limits, StoreContext, StoreContextMut, StoreInner, UpdateDeadline};
use crate::limits::{Limiter, ResourceLimiter, StoreLimits};
use crate::{Engine, GcHeapOutOfMemory};
use transom_error::Result;
use transom_vm::{StoreMemory, StoreStatistics};

/// The container of instances and their functions, memories, tables, globals and objects, with host data of type `T`.
/// Its contents are freed when the store is dropped, and not before.
///
/// ```
/// # use transom::*;
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, vec![1, 2]);
/// store.data_mut().push(3);
/// assert_eq!(store.into_data(), [1, 2, 3]);
/// ```
pub struct Store<T: 'static> {
    /// In a box, because compiled code contains its address.
    pub(super) inner: Box<StoreInner<T>>,
}

/// A handle that interrupts the programs of a store from other threads.
#[derive(Clone, Debug)]
pub struct InterruptHandle(transom_vm::InterruptHandle);

impl InterruptHandle {
    /// Ends the running program of the store with [`Trap::Interrupt`](crate::Trap::Interrupt). If no program is
    /// running, the next program ends when it calls a function or loops.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "endless") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let endless = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "endless")?;
    /// let handle = store.interrupt_handle();
    /// std::thread::spawn(move || handle.interrupt());
    /// assert_eq!(endless.call(&mut store, ()).unwrap_err().downcast::<Trap>()?, Trap::Interrupt);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl<T> Store<T> {
    /// Creates a store, as [`Store::new`] does.
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn try_new(engine: &Engine, data: T) -> Result<Store<T>> {
        Ok(Store::new(engine, data))
    }

    /// Creates a store.
    pub fn new(engine: &Engine, data: T) -> Store<T> {
        let mut vm = transom_vm::Store::new(engine.vm());
        if engine.config().epoch_interruption {
            vm.set_epoch_deadline(0);
        }
        let inner = Box::new(StoreInner {
            vm,
            engine: engine.clone(),
            limits: Limits::Default,
            left: Left::of(&StoreLimits::default()),
            epoch: EpochBehavior::Trap,
            hook: None,
            values: Vec::new(),
            modules: Default::default(),
            components: Default::default(),
            data,
        });
        Store { inner }
    }

    /// The host data.
    pub fn data(&self) -> &T {
        &self.inner.data
    }

    /// The host data.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, 0);
    /// let count = Func::wrap(&mut store, |mut caller: Caller<'_, u32>| *caller.data_mut() += 1);
    /// count.call(&mut store, &[], &mut [])?;
    /// *store.data_mut() += 10;
    /// assert_eq!(*store.data(), 11);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.inner.data
    }

    /// Drops the store and returns its host data.
    pub fn into_data(self) -> T {
        let inner = *self.inner;
        inner.data
    }

    /// The store's engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Sets the limiter. It is called before a memory, a table or the garbage-collected heap is created or grows.
    /// This method reads the limits on the number of instances, memories and tables, and on their total size, once.
    /// Without a limiter, the limits of [`StoreLimits::default`](crate::StoreLimits) apply.
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
        self.inner.limits = Limits::Plain(limiter);
    }

    /// Runs a full garbage collection. It frees all unreachable objects, and drops host values that are only
    /// referenced by such objects. `why` may be the error of an allocation; it makes no difference.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// {
    ///     let mut scope = RootScope::new(&mut store);
    ///     ExternRef::new(&mut scope, 7)?;
    /// }
    /// store.gc(None)?;
    /// assert!(store.gc_heap_capacity() > 0);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// None at present.
    pub fn gc(&mut self, why: Option<&GcHeapOutOfMemory<()>>) -> Result<()> {
        self.as_context_mut().gc(why)
    }

    /// The bytes of memory that the garbage-collected heap has, or 0 if the store has no heap yet.
    pub fn gc_heap_capacity(&self) -> usize {
        self.inner.gc_heap_capacity()
    }

    /// Statistics of the garbage-collected heap. `None` if the store has no heap yet.
    ///
    /// ```
    /// # use transom::*;
    /// let mut store = Store::<()>::default();
    /// assert!(store.heap_statistics().is_none(), "there was no object so far");
    /// ExternRef::new(&mut store, "a host value")?;
    /// store.gc(None)?;
    /// assert_eq!(store.heap_statistics().expect("there is a heap").full.count, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn heap_statistics(&self) -> Option<transom_vm::gc::HeapStatistics> {
        self.inner.vm.heap_statistics()
    }

    /// The current number and size of the memories and tables of the store.
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

    /// How much memory the store takes, for hosts with many. It asks the system about each memory of the store, which takes about a microsecond,
    /// and more for large ones.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (memory (export "m") 100) (table 9 funcref))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let before = store.memory_usage();
    /// // What was never written takes no memory.
    /// let memory = instance.get_memory(&store, "m").expect("exported");
    /// memory.write(&mut store, 0, &[1; 100_000])?;
    /// let after = store.memory_usage();
    /// assert!(after.total() >= before.total());
    /// assert!(after.memories >= 100_000 && after.tables >= 9 * 8 && after.runtime < 10_000);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn memory_usage(&self) -> StoreMemory {
        self.inner.vm.memory_usage()
    }

    /// Returns a handle that interrupts the programs of the store from other threads.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(self.inner.vm.interrupt_handle())
    }

    /// Sets the epoch deadline: programs run until the engine's epoch has been incremented `ticks_beyond_current`
    /// times; see [`Engine::increment_epoch`]. Then [`epoch_deadline_trap`](Self::epoch_deadline_trap), which is the
    /// default, or [`epoch_deadline_callback`](Self::epoch_deadline_callback) applies.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "f") (loop)))"#)?;
    /// let mut store = Store::new(&engine, ());
    /// let f = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "f")?;
    /// store.set_epoch_deadline(2);
    /// engine.increment_epoch();
    /// f.call(&mut store, ())?;
    /// engine.increment_epoch();
    /// assert_eq!(f.call(&mut store, ()).unwrap_err().downcast::<Trap>()?, Trap::Interrupt);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.inner.vm.set_epoch_deadline(ticks_beyond_current);
    }

    /// The remaining fuel; see [`Config::consume_fuel`](crate::Config::consume_fuel). In a host function, the cost of
    /// its call is already subtracted.
    ///
    /// # Errors
    ///
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.inner.get_fuel()
    }

    /// How many bytes the host may allocate for the values that one call passes from a component to it; see
    /// [`set_hostcall_fuel`](Self::set_hostcall_fuel).
    pub fn hostcall_fuel(&self) -> usize {
        self.inner.components.lift_limit
    }

    /// Sets how many bytes the host may allocate for the values that one call passes from a component to it: arguments of a host function, or
    /// the result of a component's. Small elements of a list can become large values, so the size of the component's memory is no limit.
    /// 128 MiB by default. A call that would need more is an error.
    pub fn set_hostcall_fuel(&mut self, fuel: usize) {
        self.inner.components.lift_limit = fuel;
    }

    /// Sets the remaining fuel. One run consumes at most [`i64::MAX`] of it.
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
    /// Fuel is disabled; see [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.inner.set_fuel(fuel)
    }

    /// Ends a program with [`Trap::Interrupt`](crate::Trap::Interrupt) when its epoch deadline expires.
    pub fn epoch_deadline_trap(&mut self) {
        self.inner.epoch = EpochBehavior::Trap;
    }

    /// Calls `callback` when the epoch deadline expires; its result is the action. If the callback calls a program,
    /// and the deadline expires in that program, the program ends with [`Trap::Interrupt`](crate::Trap::Interrupt).
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (func (export "endless") (loop (br 0))))"#)?;
    /// let mut store = Store::new(&engine, 0);
    /// store.epoch_deadline_callback(|mut store| {
    ///     *store.data_mut() += 1;
    ///     // A deadline that has expired already: the callback is called again.
    ///     Ok(if *store.data() < 3 { UpdateDeadline::Continue(0) } else { UpdateDeadline::Interrupt })
    /// });
    /// store.set_epoch_deadline(0);
    /// let endless = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), ()>(&mut store, "endless")?;
    /// assert!(endless.call(&mut store, ()).is_err());
    /// assert_eq!(*store.data(), 3);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn epoch_deadline_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        self.inner.epoch = EpochBehavior::Callback(Box::new(callback));
    }
}

impl<T: Default + 'static> Default for Store<T> {
    /// Creates a store of a new engine with the default configuration.
    ///
    /// # Panics
    ///
    /// If the machine does not support a feature that Transom requires.
    fn default() -> Store<T> {
        Store::new(&Engine::default(), T::default())
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
