//! Asynchronous calls: what waits, goes on, and ends.
#![allow(clippy::unwrap_used)]

mod backtraces;
mod calls;
mod deadlines;
mod drops;
mod endings;
mod executor;
mod foreign;
mod hooks;
mod limits;
mod misuse;
mod others;
mod reentrancy;
mod stacks;
mod stress;
#[path = "../support/mod.rs"]
mod support;
mod threads;
mod waits;

use transom::{Config, Engine, Tiers};

/// Engines whose code is compiled in each way, with a collection at every allocation.
fn engines() -> Vec<Engine> {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Debugged,
        Tiers::Mixed(1),
        Tiers::Replaced(0),
        Tiers::Replaced(100),
    ];
    let engine = |tiers| {
        let mut config = Config::new();
        config.tiers(tiers).gc_zeal(true);
        Engine::new(&config).unwrap()
    };
    tiers.into_iter().map(engine).collect()
}
