//! What can go wrong with objects that move: every place in which a reference can lie while a collection runs.
//!
//! Each test is a program that holds references in one such place, lets garbage be collected there, and then
//! looks at what it holds. It runs with collections at every allocation, with and without optimisation, and with a nursery so
//! small that it is used again and again, so that a reference that nobody kept up to date leads to something else.

mod constant;
mod exceptions;
mod frames;
mod heaps;
mod host;
mod large;
mod loads;
mod polls;
#[path = "../support/mod.rs"]
mod support;
mod values;
