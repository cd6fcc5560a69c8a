//! The details of a trap: a layer of its error.

use crate::Trap;
use std::fmt;
use transom_error::Error;

/// The details of a trap.
struct Detail(String);

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The error of a trap, with details.
pub(crate) fn added(error: Error, detail: String) -> Error {
    error.context(Detail(detail))
}

/// The error for a trap with details.
pub(crate) fn detailed(trap: Trap, detail: String) -> Error {
    added(Error::new(trap), detail)
}
