//! How Transom is set. What is not named here is as it is by default.

pub use super::edges::run as edges;
use super::engine::{Config, Engine, Strategy, Tiers};
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
    Ok(Engine::new(&config)?)
}
