//! Something that ends a command: what happened, where, what to try, and the exit code.
//!
//! It is data alone: whatever can fail makes one, and only `report` prints it.

use std::path::Path;
use transom::{Error, Escaped};

/// The exit code of a program or a command that ran out of time.
pub const TIMED_OUT: u8 = 124;

/// Something that ends the command, and its exit code.
pub struct Failure {
    /// What happened, in one line; nothing if there is nothing to say.
    pub what: String,
    /// Lines of their own.
    pub details: String,
    /// What to try.
    pub hint: Option<String>,
    /// How the command exits.
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

    /// A failure at a place in a file.
    pub fn at(path: &Path, place: String, what: String) -> Self {
        Failure::new(format!("{}:{place}: {what}", Escaped(path.display())))
    }

    /// Says which file it is about, unless the program itself is what failed.
    pub fn of(mut self, path: &Path) -> Self {
        if self.code == 1 {
            self.what = format!("{}: {}", Escaped(path.display()), self.what);
        }
        self
    }

    /// Adds what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure with another exit code, where 1 means something else.
    pub fn code(self, code: u8) -> Self {
        Failure { code, ..self }
    }

    /// Adds lines of their own.
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
        let failure = Failure::new(error.to_string());
        match error.remedy {
            Some(remedy) => failure.hint(remedy),
            None => failure,
        }
    }
}
