//! How Wasmtime is set. What is not named here is as it is by default.

pub use super::components::run as components;
pub use super::edges::run as edges;
use super::engine::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy};
pub use super::prepared::*;
pub use super::wasi::run as wasi;
use anyhow::{Result, bail};
use transom_bench_protocol::{Job, Limits, Tier};

/// The engine for a job.
pub fn engine(name: &str, job: &Job, limits: Limits) -> Result<Engine> {
    let mut config = Config::new();
    config.parallel_compilation(job.threads > 1);
    config.epoch_interruption(limits == Limits::Interruptible);
    config.consume_fuel(limits == Limits::Fuel);
    match (name, job.tier) {
        ("winch", Tier::Default | Tier::Quickest) => {
            config.strategy(Strategy::Winch);
        }
        ("wasmtime" | "pooling", Tier::Default | Tier::Optimising) => {
            config.strategy(Strategy::Cranelift);
            config.wasm_gc(true);
            config.wasm_function_references(true);
            config.wasm_exceptions(true);
        }
        ("winch", Tier::Optimising) => bail!("Winch is a baseline compiler"),
        ("wasmtime", Tier::Quickest) => bail!("its quickest compiler is Winch"),
        _ => bail!("no engine {name}"),
    }
    if name == "pooling" {
        let mut pool = PoolingAllocationConfig::new();
        // The others have to make ten thousand instances as well; a pool's size is for its user to choose.
        pool.total_core_instances(11_000)
            .total_memories(11_000)
            .total_tables(11_000);
        pool.total_stacks(1).total_gc_heaps(1);
        pool.max_memory_size(1 << 20);
        config.memory_reservation(1 << 20).memory_guard_size(1 << 16);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    Ok(Engine::new(&config)?)
}
