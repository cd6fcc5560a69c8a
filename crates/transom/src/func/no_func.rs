//! The type of function references that can only be null.
//!
//! It has no values, so null is the only value of a reference to it.

use crate::value::{Ref, Val};

/// The type without functions. `Option<NoFunc>` can only be null. It may be passed wherever a nullable function
/// reference is expected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoFunc {}

impl NoFunc {
    /// The null function reference.
    pub fn null() -> Option<NoFunc> {
        None
    }

    /// The null function reference.
    pub fn null_ref() -> Ref {
        Ref::Func(None)
    }

    /// The null function reference.
    pub fn null_val() -> Val {
        Val::FuncRef(None)
    }
}
