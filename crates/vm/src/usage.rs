//! How much memory a store takes.

use crate::instance::Instance;
use crate::raw::context::HostContext;
use crate::store::{Store, StoreShared};

/// Bytes of memory that a store takes, as far as they belong to nobody else: modules and shared memories do not count.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct StoreMemory {
    /// Pages of linear memories that programs or the host have written, or that an earlier memory has left, cleared. Where the system does not tell (before Linux 6.7), all bytes of the memories;
    /// so too of memories that an embedder has made.
    pub memories: u64,
    /// The elements of tables, with room for more.
    pub tables: u64,
    /// The heap of objects: its nursery, and all blocks that objects have or had.
    pub objects: u64,
    /// What the runtime keeps of the store, its instances and host functions.
    pub runtime: u64,
}

impl StoreMemory {
    /// The sum.
    pub fn total(&self) -> u64 {
        self.memories + self.tables + self.objects + self.runtime
    }
}

impl Store {
    /// How much memory it takes. It asks the system about each memory, which takes a microsecond and more for large ones.
    pub fn memory_usage(&self) -> StoreMemory {
        let contexts = self.instances.iter().map(Instance::size).sum::<usize>();
        let hosts = self.host_functions() * (size_of::<HostContext>() + HostContext::SIZE);
        let lists = self.list_bytes();
        let heap = self.objects();
        StoreMemory {
            memories: self
                .memory_ids()
                .map(|id| self.memory(id).resident() as u64)
                .sum(),
            tables: self.tables.iter().map(|table| table.bytes() as u64).sum(),
            objects: heap.map_or(0, |heap| heap.heap().resident()),
            runtime: (size_of::<Store>() + size_of::<StoreShared>() + contexts + hosts + lists) as u64,
        }
    }
}
