//! What the embedding API means, call by call.

mod functions;
mod linking;
mod objects;
mod reentrancy;
#[path = "../support/mod.rs"]
mod support;
mod threads;
