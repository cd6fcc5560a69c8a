//! What `format_err!` makes of a value.
//!
//! Method resolution decides: `(&value).kind_of_error()` takes the traits of the value's own type before those of a reference to
//! it. So a value is a message only if it is no error of any kind, and no type has two of the other kinds.

use crate::error::Error;
use std::error::Error as StdError;
use std::fmt;

/// Selects [`Error::from`].
pub trait ErrorKind {
    /// What makes the error.
    fn kind_of_error(&self) -> OfError {
        OfError
    }
}

impl<E: Into<Error>> ErrorKind for E {}

/// Calls [`Error::from`].
pub struct OfError;

impl OfError {
    /// The error.
    #[cold]
    pub fn make(self, error: impl Into<Error>) -> Error {
        error.into()
    }
}

/// Selects [`Error::from_anyhow`].
pub trait AnyhowKind {
    /// What makes the error.
    fn kind_of_error(&self) -> OfAnyhow {
        OfAnyhow
    }
}

impl AnyhowKind for anyhow::Error {}

/// Calls [`Error::from_anyhow`].
pub struct OfAnyhow;

impl OfAnyhow {
    /// The error.
    #[cold]
    pub fn make(self, error: anyhow::Error) -> Error {
        Error::from_anyhow(error)
    }
}

/// Selects [`Error::from_boxed`].
pub trait BoxedKind {
    /// What makes the error.
    fn kind_of_error(&self) -> OfBox {
        OfBox
    }
}

impl BoxedKind for Box<dyn StdError + Send + Sync + 'static> {}

/// Calls [`Error::from_boxed`].
pub struct OfBox;

impl OfBox {
    /// The error.
    #[cold]
    pub fn make(self, error: Box<dyn StdError + Send + Sync + 'static>) -> Error {
        Error::from_boxed(error)
    }
}

/// Selects [`Error::msg`].
pub trait MessageKind {
    /// What makes the error.
    fn kind_of_error(&self) -> OfMessage {
        OfMessage
    }
}

impl<M: fmt::Display + fmt::Debug + Send + Sync + 'static> MessageKind for &M {}

/// Calls [`Error::msg`].
pub struct OfMessage;

impl OfMessage {
    /// The error.
    #[cold]
    pub fn make<M: fmt::Display + fmt::Debug + Send + Sync + 'static>(self, message: M) -> Error {
        Error::msg(message)
    }
}
