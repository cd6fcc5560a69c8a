//! Settings of a pool of instances.

use std::time::Duration;
use transom_vm::{EngineOptions, KeptMemories, Numbers, PoolOptions};

/// Whether something is done that not every machine can do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Enabled {
    /// Where the machine can.
    Auto,
    /// Always. A machine that cannot is an error.
    Yes,
    /// Never.
    No,
}

/// Settings of a pool, from which instances take their memories, tables, heaps and stacks; see
/// [`InstanceAllocationStrategy::Pooling`](crate::InstanceAllocationStrategy::Pooling). It bounds how many of them all stores of an engine
/// have at the same time, and how large they are, and says what becomes of their memory when a store is dropped.
///
/// Address space is reserved when it is needed: a pool of a million memories costs nothing until they are used. When there is no place left,
/// instantiation fails with a [`PoolConcurrencyLimitError`](crate::PoolConcurrencyLimitError), or waits, if [`max_wait`](Self::max_wait) says so.
/// [`Engine::pooling_allocator_metrics`](crate::Engine::pooling_allocator_metrics) tells what is in use.
///
/// ```
/// # use transom::*;
/// let mut pool = PoolingAllocationConfig::new();
/// pool.total_core_instances(2).max_memory_size(1 << 20);
/// let mut config = Config::new();
/// config.allocation_strategy(pool);
/// let engine = Engine::new(&config)?;
/// let module = Module::new(&engine, "(module (memory 1))")?;
/// let mut stores = [(); 3].map(|()| Store::new(&engine, ()));
/// Instance::new(&mut stores[0], &module, &[])?;
/// Instance::new(&mut stores[1], &module, &[])?;
/// let error = Instance::new(&mut stores[2], &module, &[]).unwrap_err();
/// assert!(error.is::<PoolConcurrencyLimitError>());
/// // A store has its places until it is dropped.
/// let [first, _, mut third] = stores;
/// drop(first);
/// Instance::new(&mut third, &module, &[])?;
/// // No memory of the engine begins with more than 16 pages, or grows beyond.
/// assert!(Module::new(&engine, "(module (memory 17))").is_err());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PoolingAllocationConfig {
    slots: Slots,
    sizes: Sizes,
    modules: Modules,
    components: Components,
    kept: Kept,
    hardware: Hardware,
    waiting: Waiting,
}

/// Settings that belong together: for each its setter, its getter, its type, its default, and what it means.
macro_rules! settings {
    ($group:ident $part:ident {
        $($set:ident $get:ident $field:ident: $ty:ty = $default:expr, $doc:literal;)*
    }) => {
        #[derive(Clone, PartialEq, Eq, Debug)]
        struct $group {
            $($field: $ty),*
        }

        impl Default for $group {
            fn default() -> $group {
                $group {
                    $($field: $default),*
                }
            }
        }

        impl PoolingAllocationConfig {
            $(
            #[doc = concat!($doc, " By default ", stringify!($default), ".")]
            pub fn $set(&mut self, value: $ty) -> &mut Self {
                self.$part.$field = value;
                self
            }

            #[doc = concat!("The value of [`", stringify!($set), "`](Self::", stringify!($set), ").")]
            pub fn $get(&self) -> $ty {
                self.$part.$field
            }
            )*
        }
    };
}

settings! { Slots slots {
    total_core_instances get_total_core_instances core_instances: u32 = 1000, "The number of instances that exist at the same time.";
    total_component_instances get_total_component_instances component_instances: u32 = 1000,
        "Has no effect, as long as there are no components: the number of their instances that exist at the same time.";
    total_memories get_total_memories memories: u32 = 1000, "The number of memories that exist at the same time.";
    total_tables get_total_tables tables: u32 = 1000, "The number of tables that exist at the same time.";
    total_stacks get_total_stacks stacks: u32 = 1000, "The number of stacks of asynchronous calls that exist at the same time.";
    total_gc_heaps get_total_gc_heaps heaps: u32 = 1000, "The number of heaps of objects that exist at the same time.";
}}

settings! { Sizes sizes {
    max_memory_size get_max_memory_size memory: usize = 1 << 32, "The greatest size of a memory in bytes.";
    table_elements get_table_elements elements: usize = 20_000, "The greatest number of elements of a table.";
    max_core_instance_size get_max_core_instance_size core_instance: usize = 1 << 20,
        "The greatest size in bytes of what compiled code reads of an instance: its functions, globals, types, and where its memories and tables are.";
    max_component_instance_size get_max_component_instance_size component_instance: usize = 1 << 20,
        "Has no effect, as long as there are no components: the greatest size in bytes of what the runtime keeps of their instances.";
}}

settings! { Modules modules {
    max_memories_per_module get_max_memories_per_module memories: u32 = 1, "The greatest number of memories that a module defines.";
    max_tables_per_module get_max_tables_per_module tables: u32 = 1, "The greatest number of tables that a module defines.";
}}

settings! { Components components {
    max_core_instances_per_component get_max_core_instances_per_component core_instances: u32 = u32::MAX,
        "Has no effect, as long as there are no components: the greatest number of instances of modules in one.";
    max_memories_per_component get_max_memories_per_component memories: u32 = u32::MAX,
        "Has no effect, as long as there are no components: the greatest number of memories in one.";
    max_tables_per_component get_max_tables_per_component tables: u32 = u32::MAX, "Has no effect, as long as there are no components: the greatest number of tables in one.";
}}

settings! { Kept kept {
    max_unused_warm_slots get_max_unused_warm_slots warm_slots: u32 = 100,
        "The number of memories, of heaps, and of stacks, that are not in use and keep their address space, what stays of them in memory, and the initial \
        contents of their module that are mapped there.";
    decommit_batch_size get_decommit_batch_size batch: usize = 1,
        "Has no effect: each memory is cleaned when its store is dropped.";
    linear_memory_keep_resident get_memory_keep_resident memory: usize = 0,
        "Bytes of a memory, and of a heap, that are cleared, and stay in memory, instead of being given back to the system when the store is dropped.";
    table_keep_resident get_table_keep_resident table: usize = 0,
        "Has no effect: the elements of tables come from the process's allocator.";
    async_stack_keep_resident get_async_stack_keep_resident stack: usize = 0,
        "Bytes of a stack that stay in memory instead of being given back to the system.";
}}

settings! { Hardware hardware {
    memory_protection_keys get_memory_protection_keys keys: Enabled = Enabled::No,
        "Whether memories lie close together, kept apart by the processor's keys. They never do, so `Enabled::Yes` is an error of `Engine::new`.";
    max_memory_protection_keys get_max_memory_protection_keys max_keys: usize = 16,
        "Has no effect: the greatest number of the processor's keys.";
    pagemap_scan get_pagemap_scan pagemap_scan: Enabled = Enabled::Auto,
        "Whether the system is asked which pages of a memory were written, so that only those are cleared, wherever they are. \
        Otherwise the first bytes of a memory are those that stay, and nothing of a heap does.";
}}

settings! { Waiting waiting {
    max_wait get_max_wait patience: Duration = Duration::ZERO,
        "How long an instantiation, or the creation of a memory or table, waits for a place. `Duration::ZERO` lets nothing wait. Plain functions hold \
        their thread so long. Those whose names end in `_async` wait as long as their future is polled, and hold neither a thread nor a stack; \
        the calls among them wait for a stack. Inside of an asynchronous call, nothing waits. Who waits keeps the places of its store, so \
        programs that need several stores at once should not wait for ever. Those who wait have no order.";
}}

impl PoolingAllocationConfig {
    /// The default settings.
    pub fn new() -> PoolingAllocationConfig {
        PoolingAllocationConfig::default()
    }

    /// Whether the system can be asked which pages were written: Linux can since 6.7.
    pub fn is_pagemap_scan_available() -> bool {
        transom_vm::knows_written_pages()
    }

    /// Whether memories can be kept apart by the processor's keys: never so far.
    pub fn are_memory_protection_keys_available() -> bool {
        false
    }

    /// Why there can be no such pool on this machine.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.hardware.keys == Enabled::Yes {
            return Some("memories are not kept apart by the processor's keys (`memory_protection_keys`)");
        }
        if self.hardware.pagemap_scan == Enabled::Yes && !Self::is_pagemap_scan_available() {
            return Some("this system does not tell which pages were written (`pagemap_scan`)");
        }
        None
    }

    /// Makes an engine have the pool.
    pub(super) fn apply(&self, options: &mut EngineOptions) {
        let (slots, sizes, modules) = (&self.slots, &self.sizes, &self.modules);
        options.pool = Some(PoolOptions {
            limits: Numbers::new([
                slots.core_instances,
                slots.memories,
                slots.tables,
                slots.heaps,
                slots.stacks,
            ]),
            patience: self.waiting.patience,
            memory_size: sizes.memory,
            table_elements: sizes.elements,
            instance_size: sizes.core_instance,
            per_module: (modules.memories, modules.tables),
        });
        options.memories.kept = KeptMemories {
            count: self.kept.warm_slots as usize,
            resident: self.kept.memory,
            ask: self.hardware.pagemap_scan != Enabled::No,
        };
        options.fibers.kept = self.kept.warm_slots as usize;
        options.fibers.resident = self.kept.stack;
    }
}
