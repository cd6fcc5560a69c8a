//! What the embedding API means, call by call.

mod collected;
mod files;
mod functions;
mod linking;
mod object_types;
mod objects;
mod reentrancy;
mod statistics;
#[path = "../support/mod.rs"]
mod support;
mod threads;
mod types;
mod values;
