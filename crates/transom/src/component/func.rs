//! Functions: those of components, which the host calls, and those of the host, which components call.

pub(crate) mod call;
pub(crate) mod host;
pub(crate) mod typed;
pub(crate) mod untyped;
