//! Instances of components: how they are created, and what they export.

mod adapter;
mod builtins;
mod coded;
mod create;
pub(crate) mod exports;
pub(crate) mod pre;
mod resolve;
