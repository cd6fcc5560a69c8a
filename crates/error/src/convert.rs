//! Conversions from and to other errors.

use crate::error::Error;
use crate::result::Result;
use std::error::Error as StdError;
use std::ops::Deref;

#[cfg(test)]
mod tests;

impl<E> From<E> for Error
where
    E: StdError + Send + Sync + 'static,
{
    #[cold]
    fn from(error: E) -> Error {
        Error::new(error)
    }
}

impl From<Error> for anyhow::Error {
    #[cold]
    fn from(error: Error) -> anyhow::Error {
        error.into_layers()
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn StdError + Send + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn StdError + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl Deref for Error {
    type Target = dyn StdError + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        &**self.layers()
    }
}

impl AsRef<dyn StdError + Send + Sync> for Error {
    fn as_ref(&self) -> &(dyn StdError + Send + Sync + 'static) {
        &**self
    }
}

impl AsRef<dyn StdError> for Error {
    fn as_ref(&self) -> &(dyn StdError + 'static) {
        &**self
    }
}

/// Conversion of `anyhow`'s results, for which there is no `?`: `f().to_wasmtime_result()?`.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Result, ToWasmtimeResult};
///
/// fn of_anyhow() -> anyhow::Result<u32> {
///     anyhow::bail!("no such user")
/// }
///
/// fn of_ours() -> Result<u32> {
///     Ok(of_anyhow().to_wasmtime_result()? + 1)
/// }
///
/// assert!(of_ours().unwrap_err().is::<anyhow::Error>());
/// ```
pub trait ToWasmtimeResult<T> {
    /// The result with an [`Error`] of Transom.
    fn to_wasmtime_result(self) -> Result<T>;
}

impl<T> ToWasmtimeResult<T> for anyhow::Result<T> {
    #[inline]
    fn to_wasmtime_result(self) -> Result<T> {
        self.map_err(Error::from_anyhow)
    }
}

impl<T> ToWasmtimeResult<T> for Result<T> {
    #[inline]
    fn to_wasmtime_result(self) -> Result<T> {
        self
    }
}
