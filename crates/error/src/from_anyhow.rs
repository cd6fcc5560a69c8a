//! The mark of errors that came from `anyhow`.

use std::fmt;

/// An error that came from `anyhow`, with all contexts that were added since. Only [`Error::from_anyhow`](crate::Error::from_anyhow)
/// makes it, and it is never inside of another layer: contexts are added below it, and a conversion to anything else removes it. So
/// an error that passes through here keeps its layers, and the host can still ask whether it is an `anyhow::Error`.
pub(crate) struct FromAnyhow(pub(crate) anyhow::Error);

impl fmt::Debug for FromAnyhow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for FromAnyhow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
