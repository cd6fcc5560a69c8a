//! The type of references to functions that can only be null.
//!
//! It has no values, so a reference to it has none but null.

use crate::value::{Ref, Val};

/// The type without functions: `Option<NoFunc>` can only be null, and may be passed wherever a reference to a
/// function of some type may be null.
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
