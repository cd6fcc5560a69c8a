//! Shared memories, atomic instructions, and threads that wait for each other.

mod atomics;
mod bounds;
mod sharing;
#[path = "../support/mod.rs"]
mod support;
mod waiting;
