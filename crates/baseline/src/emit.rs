//! What each instruction becomes, in files by instruction group.

mod array;
mod atomic;
mod call;
mod cast;
mod control;
mod entry;
mod exception;
mod failure;
mod float;
mod fuel;
mod gc;
mod integer;
mod legacy;
mod local;
mod memory;
mod reference;
mod simd;
mod simd_float;
mod simd_lanes;
mod table;
mod target;
mod visitor;

pub use visitor::{Result, Visitor};
