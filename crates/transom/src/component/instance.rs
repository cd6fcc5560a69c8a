//! Instances of components: how they are created, and what they export.

mod adapter;
mod builtins;
mod create;
pub(crate) mod exports;
mod numbers;
pub(crate) mod pre;
mod resolve;
