//! What the pool of an engine has in use.

use crate::Engine;
use transom_vm::{Kind, Numbers};

/// What the pool of an engine has in use, and what it keeps; from [`Engine::pooling_allocator_metrics`]. All numbers are of this moment: other
/// threads may change them.
#[derive(Clone, Debug)]
pub struct PoolingAllocatorMetrics(Engine);

impl Engine {
    /// The metrics of the engine's pool; `None` if it [allocates on demand](crate::InstanceAllocationStrategy::OnDemand).
    ///
    /// ```
    /// # use transom::*;
    /// let engine = Engine::new(Config::new().allocation_strategy(InstanceAllocationStrategy::pooling()))?;
    /// let metrics = engine.pooling_allocator_metrics().expect("it has a pool");
    /// let module = Module::new(&engine, "(module (memory 1) (table 9 funcref))")?;
    /// let mut store = Store::new(&engine, ());
    /// Instance::new(&mut store, &module, &[])?;
    /// assert_eq!((metrics.core_instances(), metrics.memories(), metrics.tables()), (1, 1, 1));
    /// drop(store);
    /// assert_eq!((metrics.core_instances(), metrics.memories(), metrics.tables()), (0, 0, 0));
    /// assert_eq!(metrics.unused_warm_memories(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn pooling_allocator_metrics(&self) -> Option<PoolingAllocatorMetrics> {
        self.vm().pool()?;
        Some(PoolingAllocatorMetrics(self.clone()))
    }
}

impl PoolingAllocatorMetrics {
    fn taken(&self) -> Numbers {
        let pool = self.0.vm().pool();
        pool.expect("only engines with pools have metrics").taken()
    }

    /// Instances of modules.
    pub fn core_instances(&self) -> u64 {
        self.taken().of(Kind::Instance).into()
    }

    /// Instances of components: none so far.
    pub fn component_instances(&self) -> u64 {
        0
    }

    /// Linear memories.
    pub fn memories(&self) -> usize {
        self.taken().of(Kind::Memory) as usize
    }

    /// Tables.
    pub fn tables(&self) -> usize {
        self.taken().of(Kind::Table) as usize
    }

    /// Stacks of asynchronous calls.
    pub fn stacks(&self) -> usize {
        self.taken().of(Kind::Stack) as usize
    }

    /// Heaps of objects.
    pub fn gc_heaps(&self) -> usize {
        self.taken().of(Kind::Heap) as usize
    }

    /// Memories that are not in use, and whose address space is kept.
    pub fn unused_warm_memories(&self) -> u32 {
        self.0.vm().kept_memories().0 as u32
    }

    /// Bytes of those that stay in memory. What is kept of heaps is not among them.
    pub fn unused_memory_bytes_resident(&self) -> usize {
        self.0.vm().kept_memories().1
    }

    /// Tables that are not in use: none are kept.
    pub fn unused_warm_tables(&self) -> u32 {
        0
    }

    /// Bytes of tables that are not in use: none.
    pub fn unused_table_bytes_resident(&self) -> usize {
        0
    }

    /// Stacks that are not in use, and kept.
    pub fn unused_warm_stacks(&self) -> u32 {
        self.0.vm().kept_stacks().0 as u32
    }

    /// Bytes of those that may be in memory; `None` if stacks are not [zeroed](crate::Config::async_stack_zeroing), as with Wasmtime.
    pub fn unused_stack_bytes_resident(&self) -> Option<usize> {
        let zeroing = self.0.vm().options().fibers.zeroing;
        zeroing.then(|| self.0.vm().kept_stacks().1)
    }
}
