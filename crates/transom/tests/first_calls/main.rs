//! Functions that are compiled when they are first called.

#[path = "../support/mod.rs"]
mod support;

mod endings;
mod laziness;
mod registers;
mod resources;
mod threads;

use transom::{Config, Engine, Module, Strategy};

/// A configuration that compiles functions when they are first called.
fn config() -> Config {
    let mut config = Config::new();
    config.compilation(Strategy::Baseline);
    config
}

fn engine() -> Engine {
    Engine::new(&config()).expect("this machine is supported")
}

/// How many of a module's functions have been compiled.
fn compiled(module: &Module) -> usize {
    module.statistics().compiled_functions
}
