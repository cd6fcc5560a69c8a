//! Functions that are compiled once more while they run.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod loops;

use transom::{Config, Engine, Strategy, TierUp};

/// An engine that replaces each function at each loop, at every sample; samples are so many bytes of code apart.
fn at_once(sample: i32) -> Engine {
    let mut config = Config::new();
    config
        .compilation(Strategy::Tiered)
        .gc_zeal(true)
        .tier_up(TierUp {
            background: false,
            sample,
            at_once: true,
        });
    Engine::new(&config).unwrap()
}
