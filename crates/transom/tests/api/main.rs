//! What the embedding API means, call by call.

mod functions;
mod linking;
mod objects;
#[path = "../support/mod.rs"]
mod support;
mod threads;
