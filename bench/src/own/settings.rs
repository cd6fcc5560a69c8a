//! How Transom is set. What is not named here is as it is by default.

use super::engine::{Config, Engine, OptLevel};
pub use super::prepared::*;
pub use super::wasi::run as wasi;
use anyhow::Result;
use transom_bench_protocol::{Job, Limits, Tier};

/// The engine for a job.
pub fn engine(_: &str, job: &Job, limits: Limits) -> Result<Engine> {
    let mut config = Config::new();
    config.parallel_compilation(job.threads > 1);
    config.epoch_interruption(limits == Limits::Interruptible);
    config.consume_fuel(limits == Limits::Fuel);
    if job.tier == Tier::Quickest {
        // There is no baseline compiler yet: this is what is done first.
        config.cranelift_opt_level(OptLevel::None);
    }
    Ok(Engine::new(&config)?)
}
