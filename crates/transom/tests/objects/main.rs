//! Objects of the garbage-collected heap: random graphs against a model, the hazards of moving them, and how it ends.
#![expect(clippy::unwrap_used, reason = "a failing test")]

mod endings;
mod graphs;
mod handles;
mod hazards;
mod model;
#[path = "../support/mod.rs"]
mod support;
