//! Why compiled code ended early.

use crate::backtrace::Backtrace;
use crate::exception::ThrownException;
use crate::raw::handler::Landing;
use std::any::Any;
use std::fmt;
use transom_ops::Trap;

/// Why compiled code ended early.
#[derive(Debug)]
pub enum Unwind {
    /// A trap.
    Trap(Box<TrapError>),
    /// A host function returned an error.
    Error(transom_error::Error, Backtrace),
    /// A host function panicked.
    Panic(Box<dyn Any + Send>),
    /// An exception was thrown that nothing in the activation catches.
    Exception(Box<ThrownException>),
    /// An exception was thrown that is caught: the activation goes on there.
    Caught(Landing),
}

/// A trap, and what is known about it.
#[derive(Debug, Clone)]
pub struct TrapError {
    /// Its kind.
    pub trap: Trap,
    /// What was expected and what was found, where that is known.
    pub detail: Option<String>,
    /// Where it happened.
    pub backtrace: Backtrace,
}

impl fmt::Display for TrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trap)?;
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TrapError {}
