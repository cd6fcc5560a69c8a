//! Functions that are compiled once more while they run.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod background;
mod endings;
mod loops;
mod seen;

use transom::{Config, Engine, Tiers};

/// An engine that replaces each function at each loop, when so many bytes of its code were executed.
fn at_once(sample: i32) -> Engine {
    let mut config = Config::new();
    config
        .tiers(Tiers::Replaced(sample))
        .gc_zeal(true)
        .wasm_legacy_exceptions(true);
    Engine::new(&config).unwrap()
}
