//! The calls of preview 1, a file for each group.
//!
//! Each checks where its results go before it has an effect.

pub(crate) mod clock;
pub(crate) mod dir;
pub(crate) mod fd;
pub(crate) mod open;
pub(crate) mod path;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod socket;
pub(crate) mod stat;
