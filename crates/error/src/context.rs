//! Contexts of results.

use crate::error::Error;
use crate::result::Result;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;

#[cfg(test)]
mod tests;

/// Prevents implementations in other crates.
mod sealed {
    use crate::result::Result;

    /// For [`Context`](super::Context).
    pub trait Sealed {}

    impl<T, E> Sealed for Result<T, E> {}
    impl<T> Sealed for Option<T> {}
}

/// Adds to an error what failed because of it. A `None` becomes an error that is the context alone.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Context, Result};
///
/// fn second(words: &str) -> Result<u32> {
///     let word = words.split(' ').nth(1).context("there is no second word")?;
///     word.parse::<u32>().with_context(|| format!("cannot read `{word}`"))
/// }
///
/// assert_eq!(second("1 2").unwrap(), 2);
/// assert_eq!(second("1").unwrap_err().to_string(), "there is no second word");
/// assert_eq!(format!("{:#}", second("1 b").unwrap_err()), "cannot read `b`: invalid digit found in string");
/// ```
pub trait Context<T, E>: sealed::Sealed {
    /// Adds a context to an error.
    fn context<C>(self, context: C) -> Result<T, Error>
    where
        C: fmt::Display + Send + Sync + 'static;

    /// Adds a context to an error; it is computed only if there is one.
    fn with_context<C, F>(self, context: F) -> Result<T, Error>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C;
}

impl<T, E> Context<T, E> for Result<T, E>
where
    E: StdError + Send + Sync + 'static,
{
    #[inline]
    fn context<C>(self, context: C) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        anyhow::Context::context(self, context).map_err(Error)
    }

    #[inline]
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        anyhow::Context::with_context(self, context).map_err(Error)
    }
}

impl<T> Context<T, Error> for Result<T> {
    #[inline]
    fn context<C>(self, context: C) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        self.map_err(|error| error.context(context))
    }

    #[inline]
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        self.map_err(|error| error.context(context()))
    }
}

impl<T> Context<T, Infallible> for Option<T> {
    #[inline]
    fn context<C>(self, context: C) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        anyhow::Context::context(self, context).map_err(Error)
    }

    #[inline]
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: fmt::Display + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        anyhow::Context::with_context(self, context).map_err(Error)
    }
}
