//! How programs with objects end, and what is there afterwards: without memory, with an exception, in another scope or store.

mod exceptions;
mod handles;
mod host_values;
mod memory;
#[path = "../support/mod.rs"]
mod support;
