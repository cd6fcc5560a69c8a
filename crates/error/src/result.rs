//! Results with the error type.

use crate::error::Error;

/// A `Result` whose error is an [`Error`] unless another is given.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// `Ok` with [`Error`] as the type of errors, for a place where it can't be inferred.
///
/// ```
/// # use transom_error as transom;
/// let read = || {
///     let number: i32 = "12".parse()?;
///     transom::Ok(number)
/// };
/// assert_eq!(read().unwrap(), 12);
/// ```
#[allow(non_snake_case, reason = "the name of the variant")]
pub fn Ok<T>(value: T) -> Result<T> {
    Result::Ok(value)
}
