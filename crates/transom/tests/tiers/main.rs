//! What baseline compilers have got wrong, by class: each file is one of them. Every test runs in the optimising compiler, in the
//! baseline compiler and in mixtures of both. What results alone show is in the scripts of `transom-wast`.

mod dispatch;
mod exhaustion;
mod expected;
mod flags;
mod frames;
mod merges;
mod signatures;
#[path = "../support/mod.rs"]
mod support;
mod tail_calls;
