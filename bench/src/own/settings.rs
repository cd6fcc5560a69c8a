//! How Transom is set. What is not named here is as it is by default.

pub use super::components::run as components;
pub use super::edges::run as edges;
use super::engine::{Config, Engine, PoolingAllocationConfig, Strategy, Tiers};
pub use super::prepared::*;
pub use super::wasi::run as wasi;
use anyhow::Result;
use transom_bench_protocol::{Job, Limits, Tier};

/// The engine for a job.
pub fn engine(engine: &str, job: &Job, limits: Limits) -> Result<Engine> {
    let mut config = Config::new();
    config.parallel_compilation(job.threads > 1);
    config.epoch_interruption(limits == Limits::Interruptible);
    config.consume_fuel(limits == Limits::Fuel);
    match (engine, job.tier) {
        (_, Tier::Quickest) => config.tiers(Tiers::Baseline).compilation(Strategy::Optimized),
        (_, Tier::Optimising) | ("optimized", Tier::Default) => config.compilation(Strategy::Optimized),
        ("baseline", Tier::Default) => config.compilation(Strategy::Baseline),
        (_, Tier::Default) => &mut config,
    };
    if engine == "pooled" {
        // As Wasmtime's pool is set here: room for ten thousand instances, whose memories lie close together.
        let mut pool = PoolingAllocationConfig::new();
        pool.total_core_instances(11_000)
            .total_memories(11_000)
            .total_tables(11_000)
            .max_unused_warm_slots(11_000)
            .linear_memory_keep_resident(1 << 16)
            .max_memory_size(1 << 20);
        config.memory_reservation(1 << 20).memory_guard_size(1 << 16);
        config.allocation_strategy(pool);
    }
    Ok(Engine::new(&config)?)
}
