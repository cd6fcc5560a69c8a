//! Objects of the garbage-collected heap: random graphs against a model.
#![expect(clippy::unwrap_used, reason = "a failing test")]

mod graphs;
mod model;
#[path = "../support/mod.rs"]
mod support;
