//! What an engine was configured with, where that is more than its configuration says.

use super::Engine;
use crate::{Collector, Inlining, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, Strategy};
use std::num::NonZeroU32;
use transom_module::WasmFeatures;
use transom_vm::layout::object::REGION_SIZE;

macro_rules! getters {
    ($(#[doc = $doc:literal] $name:ident: $ty:ty = |$engine:ident| $value:expr;)*) => {
        /// Settings, as they are in effect: what [`Config`](crate::Config) was told, or the default.
        ///
        /// ```
        /// # use transom::*;
        /// let engine = Engine::new(Config::new().max_wasm_stack(4 << 20))?;
        /// assert_eq!(engine.get_max_wasm_stack(), 4 << 20);
        /// assert!(engine.get_async_stack_size() > 4 << 20, "it follows");
        /// assert!(engine.get_wasm_features().contains(WasmFeatures::GC));
        /// # Ok::<(), Error>(())
        /// ```
        impl Engine {
            $(
                #[doc = concat!("See [`Config::", $doc, "`](crate::Config::", $doc, ").")]
                pub fn $name(&self) -> $ty {
                    let $engine = self;
                    $value
                }
            )*
        }
    };
}

getters! {
    #[doc = "memory_may_move"]
    get_memory_may_move: bool = |engine| engine.options().memories.may_move;
    #[doc = "memory_reservation"]
    get_memory_reservation: u64 = |engine| engine.options().tunables.memory_reservation;
    #[doc = "memory_guard_size"]
    get_memory_guard_size: u64 = |engine| engine.options().tunables.memory_guard;
    #[doc = "guard_before_linear_memory"]
    get_guard_before_linear_memory: bool = |engine| engine.options().memories.guard_before;
    #[doc = "memory_init_cow"]
    get_memory_init_cow: bool = |engine| engine.options().image_threshold != usize::MAX;
    #[doc = "shared_memory"]
    get_shared_memory: bool = |engine| engine.options().memories.shared;
    #[doc = "collector"]
    get_collector: Option<Collector> = |_engine| Some(Collector::Copying);
    #[doc = "strategy"]
    get_strategy: Option<Strategy> = |engine| Some(engine.config().chosen_strategy());
    #[doc = "cranelift_opt_level"]
    get_cranelift_opt_level: Option<OptLevel> = |engine| Some(match engine.options().tunables.optimize {
        true => OptLevel::Speed,
        false => OptLevel::None,
    });
    #[doc = "cranelift_regalloc_algorithm"]
    get_cranelift_regalloc_algorithm: Option<RegallocAlgorithm> = |engine| Some(match engine.options().tunables.one_pass_registers {
        true => RegallocAlgorithm::SinglePass,
        false => RegallocAlgorithm::Backtracking,
    });
    #[doc = "cranelift_nan_canonicalization"]
    get_cranelift_nan_canonicalization: Option<bool> = |engine| Some(engine.options().tunables.canonical_nans);
    #[doc = "cranelift_debug_verifier"]
    get_cranelift_debug_verifier: Option<bool> = |engine| {
        Some(engine.config().requests.verify.unwrap_or(cfg!(debug_assertions)))
    };
    #[doc = "relaxed_simd_deterministic"]
    get_relaxed_simd_deterministic: bool = |engine| engine.options().tunables.deterministic_relaxed_simd;
    #[doc = "parallel_compilation"]
    get_parallel_compilation: bool = |engine| engine.options().compilation.parallel;
    #[doc = "wasm_features"]
    get_wasm_features: WasmFeatures = |engine| engine.config().features;
    #[doc = "async_stack_size"]
    get_async_stack_size: usize = |engine| engine.options().fibers.stack_size;
    #[doc = "async_stack_zeroing"]
    get_async_stack_zeroing: bool = |engine| engine.options().fibers.zeroing;
    #[doc = "max_wasm_stack"]
    get_max_wasm_stack: usize = |engine| engine.options().max_wasm_stack;
    #[doc = "epoch_interruption"]
    get_epoch_interruption: bool = |engine| engine.config().epoch_interruption;
    #[doc = "consume_fuel"]
    get_consume_fuel: bool = |engine| engine.options().tunables.consume_fuel;
    #[doc = "wasm_backtrace_max_frames"]
    get_wasm_backtrace_max_frames: usize = |engine| engine.options().backtrace_frames;
    #[doc = "signals_based_traps"]
    get_signals_based_traps: bool = |_engine| true;
    #[doc = "wasm_branch_hinting"]
    get_wasm_branch_hinting: bool = |_engine| true;
    #[doc = "generate_address_map"]
    get_generate_address_map: bool = |_engine| true;
    #[doc = "native_unwind_info"]
    get_native_unwind_info: Option<bool> = |_engine| Some(false);
    #[doc = "debug_info"]
    get_debug_info: bool = |engine| engine.options().debugger;
    #[doc = "debug_symbols"]
    get_debug_symbols: bool = |_engine| false;
    #[doc = "concurrency_support"]
    get_concurrency_support: bool = |_engine| false;
    #[doc = "guest_debug"]
    get_guest_debug: bool = |_engine| false;
    #[doc = "memory_reservation_for_growth"]
    get_memory_reservation_for_growth: u64 = |engine| engine.options().memories.room_for_growth.unwrap_or(0);
    #[doc = "memory_guaranteed_dense_image_size"]
    get_memory_guaranteed_dense_image_size: u64 = |_engine| 0;
    #[doc = "table_lazy_init"]
    get_table_lazy_init: bool = |_engine| false;
    #[doc = "gc_heap_may_move"]
    get_gc_heap_may_move: bool = |_engine| false;
    #[doc = "gc_heap_reservation"]
    get_gc_heap_reservation: u64 = |_engine| REGION_SIZE;
    #[doc = "gc_heap_reservation_for_growth"]
    get_gc_heap_reservation_for_growth: u64 = |_engine| 0;
    #[doc = "gc_heap_initial_size"]
    get_gc_heap_initial_size: u64 = |_engine| 0;
    #[doc = "gc_heap_guard_size"]
    get_gc_heap_guard_size: u64 = |_engine| 0;
    #[doc = "gc_zeal_alloc_counter"]
    get_gc_zeal_alloc_counter: Option<NonZeroU32> = |engine| engine.options().heap.zeal.then_some(NonZeroU32::MIN);
    #[doc = "compiler_inlining"]
    get_compiler_inlining: Inlining = |_engine| Inlining::Yes;
    #[doc = "metadata_for_internal_asserts"]
    get_metadata_for_internal_asserts: bool = |_engine| false;
    #[doc = "metadata_for_gc_heap_corruption"]
    get_metadata_for_gc_heap_corruption: bool = |_engine| false;
    #[doc = "target"]
    get_target: Option<String> = |_engine| Some(String::from("x86_64-unknown-linux-gnu"));
    #[doc = "allocation_strategy"]
    get_pooling_config: Option<&PoolingAllocationConfig> = |engine| engine.config().requests.pool.as_ref();
}

impl Engine {
    /// Those of [`get_cranelift_flags_set`](Self::get_cranelift_flags_set) that have the value `true`.
    pub fn get_cranelift_flags_enabled(&self) -> impl Iterator<Item = &str> {
        let flags = self.get_cranelift_flags_set();
        flags.filter_map(|(name, value)| (value == "true").then_some(name))
    }

    /// The flags of the code generator that were set, with their values. Those that are settings of their own, such as `opt_level`, have
    /// getters of their own.
    pub fn get_cranelift_flags_set(&self) -> impl Iterator<Item = (&str, &str)> {
        let flags = &self.config().requests.flags;
        flags.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
