//! Settings of memories, tables and instances.

use super::Config;
use super::pool::PoolingAllocationConfig;
use transom_vm::EngineOptions;

/// How the space of instances is allocated.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum InstanceAllocationStrategy {
    /// When an instance is made. Address space of memories that were dropped is used again.
    #[default]
    OnDemand,
    /// When an instance is made, too, but within the bounds of a pool.
    Pooling(PoolingAllocationConfig),
}

impl InstanceAllocationStrategy {
    /// A pool with the default settings.
    pub fn pooling() -> InstanceAllocationStrategy {
        InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default())
    }
}

impl From<PoolingAllocationConfig> for InstanceAllocationStrategy {
    fn from(pool: PoolingAllocationConfig) -> InstanceAllocationStrategy {
        InstanceAllocationStrategy::Pooling(pool)
    }
}

impl Config {
    /// How the space of instances is allocated: [`InstanceAllocationStrategy::OnDemand`] by default.
    pub fn allocation_strategy(&mut self, strategy: impl Into<InstanceAllocationStrategy>) -> &mut Self {
        let pool = match strategy.into() {
            InstanceAllocationStrategy::OnDemand => None,
            InstanceAllocationStrategy::Pooling(pool) => Some(pool),
        };
        let problem = pool.as_ref().and_then(PoolingAllocationConfig::problem);
        let value = "InstanceAllocationStrategy::Pooling(..)".to_owned();
        self.requests.note("allocation_strategy", value, problem);
        let defaults = EngineOptions::default();
        self.options.pool = defaults.pool;
        self.options.memories.kept = defaults.memories.kept;
        self.options.fibers.kept = defaults.fibers.kept;
        self.options.fibers.resident = defaults.fibers.resident;
        if let Some(pool) = &pool {
            pool.apply(&mut self.options);
        }
        self.requests.pool = pool;
        self
    }

    /// Whether a memory that outgrows its [`memory_reservation`](Self::memory_reservation) moves. Enabled by default. Otherwise it
    /// does not grow then: `memory.grow` returns -1.
    ///
    /// ```
    /// # use transom::*;
    /// for (move_it, grown) in [(true, true), (false, false)] {
    ///     let mut config = Config::new();
    ///     config.memory_reservation(1 << 16).memory_may_move(move_it);
    ///     let engine = Engine::new(&config)?;
    ///     let mut store = Store::new(&engine, ());
    ///     let memory = Memory::new(&mut store, MemoryType::new(1, None))?;
    ///     assert_eq!(memory.grow(&mut store, 1).is_ok(), grown);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn memory_may_move(&mut self, enable: bool) -> &mut Self {
        self.options.memories.may_move = enable;
        self
    }

    /// The address space reserved for growth in bytes, beyond the size of a memory that begins with more than
    /// [`memory_reservation`](Self::memory_reservation), or had to move. By default, a memory that moves gets half of its size.
    pub fn memory_reservation_for_growth(&mut self, bytes: u64) -> &mut Self {
        self.options.memories.room_for_growth = Some(bytes);
        self
    }

    /// Whether there may be shared memories, of programs or of the host. Enabled by default.
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().shared_memory(false))?;
    /// assert!(SharedMemory::new(&engine, MemoryType::shared(1, 1)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn shared_memory(&mut self, enable: bool) -> &mut Self {
        self.options.memories.shared = enable;
        self
    }

    /// Has no effect: memory images are always in memory, never in the file of a module.
    pub fn force_memory_init_memfd(&mut self, _enable: bool) -> &mut Self {
        self
    }

    /// Has no effect: an image is made where segments fill at least a quarter of it, whatever its size.
    pub fn memory_guaranteed_dense_image_size(&mut self, _size_in_bytes: u64) -> &mut Self {
        self
    }

    /// Has no effect: when a table's elements are written is not visible to programs, and calls cost the same with either value.
    pub fn table_lazy_init(&mut self, _table_lazy_init: bool) -> &mut Self {
        self
    }
}
