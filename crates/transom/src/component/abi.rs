//! The canonical ABI: how values are passed between components, and between a component and the host.
//!
//! A value is passed as *numbers* (the specification's flat values, zero-extended to 64 bits) or in a memory. [`LiftContext`](lift::LiftContext) reads from an
//! instance, [`LowerContext`](lower::LowerContext) writes to one. `transfer` does both at once, for a call from one component to another.
//!
//! Whatever an instance gives is hostile: each pointer, length, index and case is checked where it is read, and lists and strings before
//! anything is allocated for them.

mod blend;
mod bytes;
pub(crate) mod lift;
pub(crate) mod lower;
pub(crate) mod numbers;
pub(crate) mod rows;
pub(crate) mod shapes;
pub(crate) mod strings;
pub(crate) mod transfer;

#[cfg(test)]
mod oracle;
