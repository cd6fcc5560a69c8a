//! Resource limits of a store.

use std::future::Future;
use std::pin::Pin;
use transom_error::{Error, Result, bail};

/// The function that returns the limiter of a store.
pub(crate) type Limiter<T> = Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync>;

/// The same for a limiter that may wait.
pub(crate) type AsyncLimiter<T> = Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiterAsync) + Send + Sync>;

/// A future that a limiter returns.
type Growing<'a> = Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>>;

/// The default maximum number of instances in a store.
pub const DEFAULT_INSTANCE_LIMIT: usize = 10000;
/// The default maximum number of tables in a store.
pub const DEFAULT_TABLE_LIMIT: usize = 10000;
/// The default maximum number of memories in a store.
pub const DEFAULT_MEMORY_LIMIT: usize = 10000;

/// The default maximum number of elements in a table, which take 80 MB.
pub const DEFAULT_TABLE_ELEMENTS: usize = 10_000_000;
/// The default maximum size in bytes of all memories, all tables and the garbage-collected heap of a store together.
pub const DEFAULT_TOTAL_MEMORY: usize = 16 << 30;

/// The resource limits of a store; see [`Store::limiter`](crate::Store::limiter).
///
/// ```
/// # use transom::*;
/// /// Allows so many pages, and counts them.
/// struct Budget(usize);
///
/// impl ResourceLimiter for Budget {
///     fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         let pages = (desired - current) >> 16;
///         let allowed = pages <= self.0;
///         self.0 -= if allowed { pages } else { 0 };
///         Ok(allowed)
///     }
///
///     fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
///         Ok(desired <= 100)
///     }
/// }
///
/// let mut store = Store::new(&Engine::default(), Budget(3));
/// store.limiter(|budget| budget);
/// let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
/// assert!(memory.grow(&mut store, 3).is_err());
/// assert_eq!(memory.grow(&mut store, 2)?, 1);
/// # Ok::<(), Error>(())
/// ```
pub trait ResourceLimiter: Send {
    /// Whether a memory may grow from `current` to `desired` bytes. `maximum` is the maximum of its type. Also called
    /// for a new memory, with 0 for `current`.
    ///
    /// # Errors
    ///
    /// An error ends the program. With `Ok(false)`, the program continues, and its `memory.grow` fails.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Called when a memory could not grow.
    ///
    /// # Errors
    ///
    /// An error ends the program.
    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        Ok(())
    }

    /// Whether a table may grow from `current` to `desired` elements. `maximum` is the maximum of its type. Also
    /// called for a new table, with 0 for `current`.
    ///
    /// # Errors
    ///
    /// An error ends the program. With `Ok(false)`, the program continues, and its `table.grow` fails.
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Whether the garbage-collected heap may grow from `current` to `desired` bytes. `maximum` is the maximum size
    /// that the heap can ever have. Also called when the first object of a store is created, with 0 for `current`. If
    /// the heap may not grow, a garbage collection runs. If that does not free enough, the program ends with
    /// [`Trap::HeapOutOfMemory`](crate::Trap::HeapOutOfMemory). The default implementation calls
    /// [`memory_growing`](Self::memory_growing).
    ///
    /// # Errors
    ///
    /// If a garbage collection does not free enough, the error ends the program.
    fn gc_heap_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.memory_growing(current, desired, maximum)
    }

    /// Called when a table could not grow.
    ///
    /// # Errors
    ///
    /// An error ends the program.
    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        Ok(())
    }

    /// The maximum number of instances in the store.
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// The maximum number of tables in the store.
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// The maximum number of memories in the store.
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }

    /// The maximum size in bytes of all memories, all tables and the garbage-collected heap of the store together.
    /// Growth beyond it fails as if the methods above returned `false`.
    fn total_memory(&self) -> usize {
        DEFAULT_TOTAL_MEMORY
    }
}

/// Resource limits of a store that may wait; see [`Store::limiter_async`](crate::Store::limiter_async) and [`ResourceLimiter`]. Implement it with
/// the crate `async-trait`, or write the futures' types as they are here. The garbage-collected heap counts as a memory.
pub trait ResourceLimiterAsync: Send {
    /// As [`ResourceLimiter::memory_growing`].
    fn memory_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Growing<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::memory_grow_failed`].
    ///
    /// # Errors
    ///
    /// An error ends the program.
    fn memory_grow_failed(&mut self, _error: Error) -> Result<()> {
        Ok(())
    }

    /// As [`ResourceLimiter::table_growing`].
    fn table_growing<'life0, 'async_trait>(
        &'life0 mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Growing<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait;

    /// As [`ResourceLimiter::table_grow_failed`].
    ///
    /// # Errors
    ///
    /// An error ends the program.
    fn table_grow_failed(&mut self, _error: Error) -> Result<()> {
        Ok(())
    }

    /// The maximum number of instances in the store.
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// The maximum number of tables in the store.
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// The maximum number of memories in the store.
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }

    /// As [`ResourceLimiter::total_memory`].
    fn total_memory(&self) -> usize {
        DEFAULT_TOTAL_MEMORY
    }
}

/// Fixed limits. The default limits are those of a store without a limiter.
///
/// | resource | default |
/// |---|---|
/// | bytes of one memory | the maximum of its type |
/// | elements of one table | [`DEFAULT_TABLE_ELEMENTS`] |
/// | bytes of the garbage-collected heap | the limit of one memory if it is set, otherwise only the total |
/// | bytes of all of them together | [`DEFAULT_TOTAL_MEMORY`] |
/// | instances, tables, memories | 10,000 each |
///
/// ```
/// # use transom::*;
/// struct State {
///     limits: StoreLimits,
///     name: &'static str,
/// }
/// let limits = StoreLimitsBuilder::new().instances(1).memory_size(10 << 20).build();
/// let engine = Engine::default();
/// let mut store = Store::new(&engine, State { limits, name: "guest" });
/// store.limiter(|state| &mut state.limits);
/// let module = Module::new(&engine, "(module)")?;
/// assert!(Instance::new(&mut store, &module, &[]).is_ok());
/// assert!(Instance::new(&mut store, &module, &[]).is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StoreLimits {
    memory_size: Option<usize>,
    table_elements: Option<usize>,
    gc_heap_size: Option<usize>,
    total_memory: usize,
    instances: usize,
    tables: usize,
    memories: usize,
    trap_on_grow_failure: bool,
}

impl Default for StoreLimits {
    fn default() -> Self {
        StoreLimits {
            memory_size: None,
            table_elements: Some(DEFAULT_TABLE_ELEMENTS),
            gc_heap_size: None,
            total_memory: DEFAULT_TOTAL_MEMORY,
            instances: DEFAULT_INSTANCE_LIMIT,
            tables: DEFAULT_TABLE_LIMIT,
            memories: DEFAULT_MEMORY_LIMIT,
            trap_on_grow_failure: false,
        }
    }
}

/// A builder of [`StoreLimits`].
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// Creates a builder with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the maximum size of each memory in bytes.
    pub fn memory_size(mut self, limit: usize) -> Self {
        self.0.memory_size = Some(limit);
        self
    }

    /// Sets the maximum number of elements of each table.
    pub fn table_elements(mut self, limit: usize) -> Self {
        self.0.table_elements = Some(limit);
        self
    }

    /// Sets the maximum size of the garbage-collected heap in bytes. The default is the limit of a memory.
    /// [`Config::gc_heap_max_size`](crate::Config::gc_heap_max_size) describes what the size includes.
    pub fn gc_heap_size(mut self, limit: usize) -> Self {
        self.0.gc_heap_size = Some(limit);
        self
    }

    /// Sets the maximum size in bytes of all memories, all tables and the garbage-collected heap together.
    pub fn total_memory(mut self, limit: usize) -> Self {
        self.0.total_memory = limit;
        self
    }

    /// The maximum number of instances in the store.
    pub fn instances(mut self, limit: usize) -> Self {
        self.0.instances = limit;
        self
    }

    /// The maximum number of tables in the store.
    pub fn tables(mut self, limit: usize) -> Self {
        self.0.tables = limit;
        self
    }

    /// The maximum number of memories in the store.
    pub fn memories(mut self, limit: usize) -> Self {
        self.0.memories = limit;
        self
    }

    /// Whether growth beyond a limit ends the program. Disabled by default.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::default();
    /// let module = Module::new(&engine, r#"(module (memory 1)
    ///     (func (export "grow") (result i32) (memory.grow (i32.const 100))))"#)?;
    /// for trap in [false, true] {
    ///     let limits = StoreLimitsBuilder::new().memory_size(1 << 20).trap_on_grow_failure(trap).build();
    ///     let mut store = Store::new(&engine, limits);
    ///     store.limiter(|limits| limits);
    ///     let grow = Instance::new(&mut store, &module, &[])?.get_typed_func::<(), i32>(&mut store, "grow")?;
    ///     assert_eq!(grow.call(&mut store, ()).ok(), if trap { None } else { Some(-1) });
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// Returns the limits.
    pub fn build(self) -> StoreLimits {
        self.0
    }
}

impl StoreLimits {
    fn decide(
        &self,
        what: &str,
        desired: usize,
        limit: Option<usize>,
        maximum: Option<usize>,
    ) -> Result<bool> {
        let within = |bound: Option<usize>| bound.is_none_or(|bound| desired <= bound);
        let allowed = within(limit) && within(maximum);
        if !allowed && self.trap_on_grow_failure {
            bail!("forcing trap when growing {what} to {desired}, which is beyond its limit");
        }
        Ok(allowed)
    }
}

impl ResourceLimiter for StoreLimits {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.decide("memory", desired, self.memory_size, maximum)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            Err(error.context("forcing a memory growth failure to be a trap"))
        } else {
            Ok(())
        }
    }

    fn gc_heap_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let limit = self.gc_heap_size.or(self.memory_size);
        self.decide("the garbage-collected heap", desired, limit, maximum)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.decide("table", desired, self.table_elements, maximum)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        if self.trap_on_grow_failure {
            Err(error.context("forcing a table growth failure to be a trap"))
        } else {
            Ok(())
        }
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }

    fn total_memory(&self) -> usize {
        self.total_memory
    }
}
