//! A failure ends a command: it has a message, a place, a hint and an exit code.
//!
//! It is data alone: whatever can fail makes one, and only `report` prints it.

use std::path::Path;
use transom::{Error, Escaped};

/// The exit code of a program or a command that ran out of time.
pub const TIMED_OUT: u8 = 124;

/// A failure that ends the command, and its exit code.
pub struct Failure {
    /// The message, in one line; empty if there is none.
    pub what: String,
    /// Further lines.
    pub details: String,
    /// The hint.
    pub hint: Option<String>,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(what: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            details: String::new(),
            hint: None,
            code: 1,
        }
    }

    /// A failure without a message.
    pub fn silent(code: u8) -> Self {
        Failure::new("").code(code)
    }

    /// Says which file it is about, unless the program itself is what failed.
    pub fn of(mut self, path: &Path) -> Self {
        if self.code == 1 {
            self.what = format!("{}: {}", Escaped(path.display()), self.what);
        }
        self
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets another exit code.
    pub fn code(self, code: u8) -> Self {
        Failure { code, ..self }
    }

    /// Adds further lines.
    pub fn details(mut self, details: String) -> Self {
        self.details = details;
        self
    }
}

/// A failure whose message is the causes of an error.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::new(format!("{error:#}"))
    }
}

/// A failure with its remedy, if there is one.
impl From<transom_inspect::Error> for Failure {
    fn from(error: transom_inspect::Error) -> Self {
        let failure = Failure::new(error.to_string()).details(error.details);
        match error.remedy {
            Some(remedy) => failure.hint(remedy),
            None => failure,
        }
    }
}
