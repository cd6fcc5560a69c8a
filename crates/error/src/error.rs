//! The error type.

use crate::chain::Chain;
use crate::from_anyhow::FromAnyhow;
use std::any::{Any, TypeId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::error::Error as StdError;
use std::fmt;

#[cfg(test)]
mod tests;

/// Any error, with contexts that say what failed because of it. As large as a pointer, and so is `Result<(), Error>`.
///
/// Every error that implements [`std::error::Error`] and may be sent to other threads converts to it, so `?` converts such
/// errors. [`bail!`](crate::bail) and [`ensure!`](crate::ensure) return an error that is a message,
/// [`format_err!`](crate::format_err) makes one, and [`Context`](crate::Context) adds contexts.
///
/// `{}` displays the outermost context alone, `{:#}` also what caused it, in one line, and `{:?}` in several lines, with Rust's
/// backtrace if `RUST_BACKTRACE` enables it.
///
/// ```
/// # use transom_error as transom;
/// use transom::{Context, Error};
///
/// fn port(text: &str) -> Result<u16, Error> {
///     text.parse::<u16>().with_context(|| format!("`{text}` is no port"))
/// }
///
/// let error = port("http").unwrap_err();
/// assert_eq!(error.to_string(), "`http` is no port");
/// assert_eq!(format!("{error:#}"), "`http` is no port: invalid digit found in string");
/// assert!(error.is::<std::num::ParseIntError>() && error.is::<String>());
/// ```
///
/// # Errors of `anyhow`
///
/// `?` also converts an `Error` to an `anyhow::Error`. The other direction takes [`Error::from_anyhow`] or
/// [`ToWasmtimeResult`](crate::ToWasmtimeResult). No layer is lost either way.
pub struct Error(pub(crate) anyhow::Error);

impl Error {
    /// An error of its own type, which [`Error::is`] and the `downcast` methods find again.
    #[cold]
    pub fn new<E>(error: E) -> Error
    where
        E: StdError + Send + Sync + 'static,
    {
        Error(anyhow::Error::new(error))
    }

    /// A message. It can be found as an `M` again.
    #[cold]
    pub fn msg<M>(message: M) -> Error
    where
        M: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        Error(anyhow::Error::msg(message))
    }

    /// An error in a box. It can be found as a box again, not as what the box contains.
    #[cold]
    pub fn from_boxed(error: Box<dyn StdError + Send + Sync + 'static>) -> Error {
        Error(anyhow::Error::from_boxed(error))
    }

    /// An error of `anyhow`. It can be found as an `anyhow::Error` again, and everything in it as well.
    ///
    /// ```
    /// # use transom_error as transom;
    /// use transom::Error;
    ///
    /// let error = Error::from_anyhow(anyhow::anyhow!("no such user").context("cannot log in"));
    /// assert!(error.is::<anyhow::Error>());
    /// assert_eq!(format!("{error:#}"), "cannot log in: no such user");
    /// ```
    #[cold]
    pub fn from_anyhow(error: anyhow::Error) -> Error {
        Error(anyhow::Error::msg(FromAnyhow(error)))
    }

    /// A message with arguments: what `format_err!` calls.
    #[cold]
    #[doc(hidden)]
    pub fn from_format_args(message: fmt::Arguments<'_>) -> Error {
        match message.as_str() {
            Some(message) => Error::msg(message),
            None => Error::msg(message.to_string()),
        }
    }

    /// The same error with a context: what failed because of it.
    #[cold]
    pub fn context<C>(self, context: C) -> Error
    where
        C: fmt::Display + Send + Sync + 'static,
    {
        match self.0.downcast::<FromAnyhow>() {
            Ok(FromAnyhow(error)) => Error::from_anyhow(error.context(context)),
            Err(error) => Error(error.context(context)),
        }
    }

    /// All layers of the error.
    pub(crate) fn layers(&self) -> &anyhow::Error {
        match self.0.downcast_ref() {
            Some(FromAnyhow(error)) => error,
            None => &self.0,
        }
    }

    /// All layers of the error, by value.
    pub(crate) fn into_layers(self) -> anyhow::Error {
        match self.0.downcast() {
            Ok(FromAnyhow(error)) => error,
            Err(error) => error,
        }
    }

    /// The backtrace of Rust code from where the error was created, if `RUST_BACKTRACE` enables it. WebAssembly's own is a context.
    pub fn backtrace(&self) -> &Backtrace {
        self.layers().backtrace()
    }

    /// The error and what caused it: contexts first, the outermost before all others, the root cause last.
    ///
    /// ```
    /// # use transom_error as transom;
    /// use transom::Error;
    ///
    /// let error = Error::msg("disk full").context("cannot save");
    /// let messages: Vec<String> = error.chain().map(|cause| cause.to_string()).collect();
    /// assert_eq!(messages, ["cannot save", "disk full"]);
    /// ```
    pub fn chain(&self) -> Chain<'_> {
        Chain(self.layers().chain())
    }

    /// The last error of the [`chain`](Error::chain).
    pub fn root_cause(&self) -> &(dyn StdError + 'static) {
        self.layers().root_cause()
    }

    /// Whether the error, or one of its contexts, is an `E`.
    pub fn is<E>(&self) -> bool
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        self.downcast_ref::<E>().is_some()
    }

    /// The outermost `E` among the error and its contexts, by value.
    ///
    /// # Errors
    ///
    /// There is no `E`; the error is returned as it was.
    pub fn downcast<E>(self) -> Result<E, Error>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        match self.0.downcast::<FromAnyhow>() {
            Ok(FromAnyhow(error)) => {
                let mut itself = Some(error);
                if let Some(itself) = (&mut itself as &mut dyn Any).downcast_mut::<Option<E>>() {
                    return Ok(itself.take().expect("nobody has taken it"));
                }
                let error = itself.expect("nobody has taken it");
                error.downcast().map_err(Error::from_anyhow)
            }
            Err(error) => error.downcast().map_err(Error),
        }
    }

    /// The outermost `E` among the error and its contexts.
    pub fn downcast_ref<E>(&self) -> Option<&E>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        match self.0.downcast_ref() {
            Some(FromAnyhow(error)) => {
                let itself = (error as &dyn Any).downcast_ref();
                itself.or_else(|| error.downcast_ref())
            }
            None => self.0.downcast_ref(),
        }
    }

    /// The outermost `E` among the error and its contexts, for changes.
    pub fn downcast_mut<E>(&mut self) -> Option<&mut E>
    where
        E: fmt::Display + fmt::Debug + Send + Sync + 'static,
    {
        if !self.0.is::<FromAnyhow>() {
            return self.0.downcast_mut();
        }
        let FromAnyhow(error) = self.0.downcast_mut()?;
        if TypeId::of::<E>() == TypeId::of::<anyhow::Error>() {
            return (error as &mut dyn Any).downcast_mut();
        }
        error.downcast_mut()
    }

    /// The error in a box, for libraries that take any error. The box keeps the messages of all layers; downcasts find only its
    /// own type.
    pub fn into_boxed_dyn_error(self) -> Box<dyn StdError + Send + Sync + 'static> {
        self.into_layers().into_boxed_dyn_error()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return fmt::Debug::fmt(self.layers(), f);
        }
        write!(f, "{self}")?;
        let count = self.chain().len() - 1;
        if count > 0 {
            write!(f, "\n\nCaused by:\n")?;
        }
        for (index, cause) in self.chain().skip(1).enumerate() {
            let prefix = match count {
                1 => String::from("    "),
                _ => format!("{index:>5}: "),
            };
            // Further lines begin below the first.
            let cause = cause.to_string();
            let indent = format!("\n{:width$}", "", width = prefix.len());
            writeln!(f, "{prefix}{}", cause.trim_end().replace('\n', &indent))?;
        }
        let backtrace = self.backtrace();
        match backtrace.status() {
            BacktraceStatus::Captured => write!(f, "\nStack backtrace:\n{backtrace}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.layers(), f)
    }
}
