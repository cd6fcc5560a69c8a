//! Settings of a pool of instances.

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
/// [`InstanceAllocationStrategy::Pooling`](crate::InstanceAllocationStrategy::Pooling). There is no pool so far, so
/// [`Engine::new`](crate::Engine::new) refuses a configuration with one.
///
/// ```
/// # use transom::*;
/// let mut pool = PoolingAllocationConfig::new();
/// pool.total_memories(20).max_memory_size(1 << 20);
/// assert_eq!(pool.get_total_memories(), 20);
/// let mut config = Config::new();
/// config.allocation_strategy(pool);
/// assert!(Engine::new(&config).is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PoolingAllocationConfig {
    slots: Slots,
    sizes: Sizes,
    modules: Modules,
    components: Components,
    kept: Kept,
    hardware: Hardware,
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
        "The number of instances of components that exist at the same time.";
    total_memories get_total_memories memories: u32 = 1000, "The number of memories that exist at the same time.";
    total_tables get_total_tables tables: u32 = 1000, "The number of tables that exist at the same time.";
    total_stacks get_total_stacks stacks: u32 = 1000, "The number of stacks of asynchronous calls that exist at the same time.";
    total_gc_heaps get_total_gc_heaps heaps: u32 = 1000, "The number of heaps of objects that exist at the same time.";
}}

settings! { Sizes sizes {
    max_memory_size get_max_memory_size memory: usize = 1 << 32, "The greatest size of a memory in bytes.";
    table_elements get_table_elements elements: usize = 20_000, "The greatest number of elements of a table.";
    max_core_instance_size get_max_core_instance_size core_instance: usize = 1 << 20,
        "The greatest size in bytes of what the runtime keeps of an instance.";
    max_component_instance_size get_max_component_instance_size component_instance: usize = 1 << 20,
        "The greatest size in bytes of what the runtime keeps of an instance of a component.";
}}

settings! { Modules modules {
    max_memories_per_module get_max_memories_per_module memories: u32 = 1, "The greatest number of memories that a module defines.";
    max_tables_per_module get_max_tables_per_module tables: u32 = 1, "The greatest number of tables that a module defines.";
}}

settings! { Components components {
    max_core_instances_per_component get_max_core_instances_per_component core_instances: u32 = u32::MAX,
        "The greatest number of instances of modules in a component.";
    max_memories_per_component get_max_memories_per_component memories: u32 = u32::MAX,
        "The greatest number of memories in a component.";
    max_tables_per_component get_max_tables_per_component tables: u32 = u32::MAX, "The greatest number of tables in a component.";
}}

settings! { Kept kept {
    max_unused_warm_slots get_max_unused_warm_slots warm_slots: u32 = 100,
        "The number of unused slots that keep something of the module that was in them.";
    decommit_batch_size get_decommit_batch_size batch: usize = 1, "The number of slots whose memory is given back to the system at once.";
    linear_memory_keep_resident get_memory_keep_resident memory: usize = 0,
        "Bytes of a memory's slot that are cleared instead of given back to the system.";
    table_keep_resident get_table_keep_resident table: usize = 0,
        "Bytes of a table's slot that are cleared instead of given back to the system.";
    async_stack_keep_resident get_async_stack_keep_resident stack: usize = 0,
        "Bytes of a stack that are cleared instead of given back to the system.";
}}

settings! { Hardware hardware {
    memory_protection_keys get_memory_protection_keys keys: Enabled = Enabled::No,
        "Whether memories lie close together, kept apart by the processor's keys.";
    max_memory_protection_keys get_max_memory_protection_keys max_keys: usize = 16, "The greatest number of such keys.";
    pagemap_scan get_pagemap_scan pagemap_scan: Enabled = Enabled::No, "Whether the system is asked for the pages that have changed.";
}}

impl PoolingAllocationConfig {
    /// The default settings.
    pub fn new() -> PoolingAllocationConfig {
        PoolingAllocationConfig::default()
    }

    /// Whether the system can be asked for the pages that have changed: never so far.
    pub fn is_pagemap_scan_available() -> bool {
        false
    }

    /// Whether memories can be kept apart by the processor's keys: never so far.
    pub fn are_memory_protection_keys_available() -> bool {
        false
    }
}
