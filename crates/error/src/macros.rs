//! The macros, and what their expansions name.

pub mod kinds;

pub use std::result::Result::Err;
pub use std::{concat, format_args, stringify};

#[cfg(test)]
mod tests;

/// Makes an [`Error`](crate::Error): a message from a format string and its arguments, or an error from a value. A value that is an
/// error is converted, and every other value is a message.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Error, format_err};
///
/// let port = 80;
/// let error: Error = format_err!("port {port} is taken by {}", "httpd");
/// assert_eq!(error.to_string(), "port 80 is taken by httpd");
/// let error: Error = format_err!(std::fmt::Error);
/// assert!(error.is::<std::fmt::Error>());
/// ```
#[macro_export]
macro_rules! format_err {
    ($message:literal $(,)?) => {
        $crate::Error::from_format_args($crate::macros::format_args!($message))
    };
    ($message:literal, $($arguments:tt)*) => {
        $crate::Error::from_format_args($crate::macros::format_args!($message, $($arguments)*))
    };
    ($value:expr $(,)?) => {
        match $value {
            value => {
                use $crate::macros::kinds::*;
                (&value).kind_of_error().make(value)
            }
        }
    };
}

/// Returns an error from the current function; the arguments are those of [`format_err!`](crate::format_err).
///
/// ```
/// # use transom_error as transom;
/// use transom::{Result, bail};
///
/// fn port(text: &str) -> Result<u16> {
///     match text {
///         "http" => Ok(80),
///         _ => bail!("unknown service `{text}`"),
///     }
/// }
///
/// assert_eq!(port("gopher").unwrap_err().to_string(), "unknown service `gopher`");
/// ```
#[macro_export]
macro_rules! bail {
    ($($arguments:tt)*) => {
        return $crate::macros::Err($crate::format_err!($($arguments)*))
    };
}

/// Returns an error from the current function unless a condition holds. The other arguments are those of
/// [`format_err!`](crate::format_err); without them the message quotes the condition.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Result, ensure};
///
/// fn half(number: u32) -> Result<u32> {
///     ensure!(number % 2 == 0, "{number} is odd");
///     Ok(number / 2)
/// }
///
/// assert_eq!(half(3).unwrap_err().to_string(), "3 is odd");
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr $(,)?) => {
        if $crate::macros::Condition::fails($condition) {
            return $crate::macros::Err($crate::Error::msg($crate::macros::concat!(
                "Condition failed: `",
                $crate::macros::stringify!($condition),
                "`"
            )));
        }
    };
    ($condition:expr, $($arguments:tt)*) => {
        if $crate::macros::Condition::fails($condition) {
            $crate::bail!($($arguments)*);
        }
    };
}

/// What `ensure!` takes: a `bool` or a reference to one.
pub trait Condition {
    /// Whether the condition does not hold.
    fn fails(self) -> bool;
}

impl Condition for bool {
    #[inline]
    fn fails(self) -> bool {
        !self
    }
}

impl Condition for &bool {
    #[inline]
    fn fails(self) -> bool {
        !*self
    }
}
