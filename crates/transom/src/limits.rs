//! Limits on what the programs of a store may use.

use anyhow::{Result, bail};

/// Who is asked.
pub(crate) type Limiter<T> = Box<dyn (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + Sync>;

/// How many instances a store has at most, unless its limiter says otherwise.
pub const DEFAULT_INSTANCE_LIMIT: usize = 10000;
/// How many tables a store has at most, unless its limiter says otherwise.
pub const DEFAULT_TABLE_LIMIT: usize = 10000;
/// How many memories a store has at most, unless its limiter says otherwise.
pub const DEFAULT_MEMORY_LIMIT: usize = 10000;

/// How many elements a table has at most, unless the store's limiter says otherwise: 80 MB.
pub const DEFAULT_TABLE_ELEMENTS: usize = 10_000_000;
/// Bytes that all memories, tables and the heap of a store take at most, unless its limiter says otherwise.
pub const DEFAULT_TOTAL_MEMORY: usize = 16 << 30;

/// Decides what the programs of a store may use; see [`Store::limiter`](crate::Store::limiter).
pub trait ResourceLimiter: Send {
    /// Whether a memory may grow from `current` to `desired` bytes; its type's maximum is `maximum`. Also asked for
    /// new memories, with `current` being 0.
    ///
    /// # Errors
    ///
    /// Ends the program, instead of telling it that the memory can't grow.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// A memory could not grow.
    ///
    /// # Errors
    ///
    /// Ends the program.
    fn memory_grow_failed(&mut self, _error: anyhow::Error) -> Result<()> {
        Ok(())
    }

    /// Whether a table may grow from `current` to `desired` elements; its type's maximum is `maximum`. Also asked
    /// for new tables, with `current` being 0.
    ///
    /// # Errors
    ///
    /// Ends the program, instead of telling it that the table can't grow.
    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool>;

    /// Whether the garbage-collected heap may grow from `current` to `desired` bytes; `maximum` is the most that it could ever have.
    /// Also asked when the store's first object is made, with `current` being 0. If it may not, garbage is collected, and if
    /// that does not help, the program ends with [`Trap::HeapOutOfMemory`](crate::Trap::HeapOutOfMemory). Unless defined otherwise,
    /// the heap is treated as a memory.
    ///
    /// # Errors
    ///
    /// Ends the program with this error, if there is no garbage whose collection would help.
    fn gc_heap_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        self.memory_growing(current, desired, maximum)
    }

    /// A table could not grow.
    ///
    /// # Errors
    ///
    /// Ends the program.
    fn table_grow_failed(&mut self, _error: anyhow::Error) -> Result<()> {
        Ok(())
    }

    /// How many instances the store may have.
    fn instances(&self) -> usize {
        DEFAULT_INSTANCE_LIMIT
    }

    /// How many tables the store may have.
    fn tables(&self) -> usize {
        DEFAULT_TABLE_LIMIT
    }

    /// How many memories the store may have.
    fn memories(&self) -> usize {
        DEFAULT_MEMORY_LIMIT
    }

    /// Bytes that all memories, tables and the garbage-collected heap of the store may take together. What would exceed it
    /// is refused as if the methods above had said `false`.
    fn total_memory(&self) -> usize {
        DEFAULT_TOTAL_MEMORY
    }
}

/// Limits by fixed numbers. The default ones are those of a store without a limiter.
///
/// | of what | default |
/// |---|---|
/// | bytes of one memory | what its type allows |
/// | elements of one table | [`DEFAULT_TABLE_ELEMENTS`] |
/// | bytes of the garbage-collected heap | as many as of a memory |
/// | bytes of all of them | [`DEFAULT_TOTAL_MEMORY`] |
/// | instances, tables, memories | 10,000 each |
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

/// Makes [`StoreLimits`].
#[derive(Clone, Debug, Default)]
pub struct StoreLimitsBuilder(StoreLimits);

impl StoreLimitsBuilder {
    /// Begins with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that a memory may have.
    pub fn memory_size(mut self, limit: usize) -> Self {
        self.0.memory_size = Some(limit);
        self
    }

    /// Elements that a table may have.
    pub fn table_elements(mut self, limit: usize) -> Self {
        self.0.table_elements = Some(limit);
        self
    }

    /// Bytes of memory that the garbage-collected heap may take; if nothing is said, as many as a memory. See
    /// [`Config::gc_heap_max_size`](crate::Config::gc_heap_max_size) for what counts.
    pub fn gc_heap_size(mut self, limit: usize) -> Self {
        self.0.gc_heap_size = Some(limit);
        self
    }

    /// Bytes that all memories, tables and the garbage-collected heap may take together.
    pub fn total_memory(mut self, limit: usize) -> Self {
        self.0.total_memory = limit;
        self
    }

    /// How many instances the store may have.
    pub fn instances(mut self, limit: usize) -> Self {
        self.0.instances = limit;
        self
    }

    /// How many tables the store may have.
    pub fn tables(mut self, limit: usize) -> Self {
        self.0.tables = limit;
        self
    }

    /// How many memories the store may have.
    pub fn memories(mut self, limit: usize) -> Self {
        self.0.memories = limit;
        self
    }

    /// Whether a program ends that tries to grow something beyond a limit.
    pub fn trap_on_grow_failure(mut self, trap: bool) -> Self {
        self.0.trap_on_grow_failure = trap;
        self
    }

    /// The limits.
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

    fn memory_grow_failed(&mut self, error: anyhow::Error) -> Result<()> {
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

    fn table_grow_failed(&mut self, error: anyhow::Error) -> Result<()> {
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
