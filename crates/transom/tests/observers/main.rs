//! What hosts see of programs while they run, and after they have ended: backtraces, core dumps, profiles, facts about modules.
#![allow(clippy::unwrap_used)]

mod backtraces;
mod dumps;
mod modules;
mod profiles;
#[path = "../support/mod.rs"]
mod support;

use transom::{AsContext, Tiers, WasmBacktrace};

/// Ways to compile functions.
const TIERS: [Tiers; 5] = [
    Tiers::Optimized,
    Tiers::Baseline,
    Tiers::Mixed(1),
    Tiers::Replaced(0),
    Tiers::Replaced(100),
];

/// The functions that are active, innermost first.
fn active(store: impl AsContext) -> Vec<String> {
    names(&WasmBacktrace::capture(store))
}

/// The functions of a backtrace.
fn names(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &transom::FrameInfo| frame.func_name().unwrap_or("?").to_owned();
    backtrace.frames().iter().map(name).collect()
}
