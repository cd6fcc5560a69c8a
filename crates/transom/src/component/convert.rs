//! Rust types that stand for types of components.
//!
//! [`ComponentType`](traits::ComponentType) says which type it is, [`Lower`](traits::Lower) passes values to an instance, and
//! [`Lift`](traits::Lift) reads values of one. The derives implement them for structures and enumerations.

pub(crate) mod compound;
pub(crate) mod lists;
mod scalars;
pub(crate) mod traits;
mod tuples;
