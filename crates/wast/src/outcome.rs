//! What became of a directive, and where it stands.

use crate::messages::one_line;
use std::fmt;
use transom::{Error, Escaped};

/// What became of one directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The directive's line, from 1.
    pub line: usize,
    /// The directive's column, from 1.
    pub column: usize,
    /// The directive's keyword, such as `assert_return`.
    pub kind: &'static str,
    /// How it went.
    pub verdict: Verdict,
}

/// How a directive went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the script says that it should.
    Pass,
    /// Otherwise. The text up to the first `:` is the category of the failure.
    Fail(String),
    /// The directive asks for something that this runner doesn't do.
    Unsupported(String),
}

impl Verdict {
    /// Whether the directive went as the script says.
    pub fn is_pass(&self) -> bool {
        matches!(self, Verdict::Pass)
    }

    /// The category of a failure: few, short and stable, for lists of expected failures.
    pub fn category(&self) -> Option<&str> {
        match self {
            Verdict::Pass => None,
            Verdict::Fail(message) => Some(message.split_once(':').map_or(&**message, |(first, _)| first)),
            Verdict::Unsupported(_) => Some("unsupported by the runner"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Pass => f.write_str("pass"),
            Verdict::Fail(message) => f.write_str(message),
            Verdict::Unsupported(reason) => write!(f, "unsupported: {reason}"),
        }
    }
}

/// Why a directive failed, or the pass that needs no reason.
pub(crate) type Check = Result<(), Verdict>;

/// A failure; `category` is one of few.
pub(crate) fn fail(category: &str, what: impl fmt::Display) -> Verdict {
    Verdict::Fail(format!("{category}: {}", Escaped(what)))
}

/// The failure of a directive that this runner cannot run.
pub(crate) fn unsupported(what: &str) -> Verdict {
    Verdict::Unsupported(what.to_owned())
}

/// The failure of an action that should have succeeded.
pub(crate) fn unexpected(error: Error) -> Verdict {
    fail("unexpected error", one_line(&error))
}

/// The failure of a module that should have been accepted.
pub(crate) fn rejected(error: Error) -> Verdict {
    fail("module rejected", one_line(&error))
}

/// A script that can't be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// Where the text stops to be a script, from 1.
    pub line: usize,
    /// The column in that line, from 1.
    pub column: usize,
    /// What the parser expected.
    pub message: String,
}

impl ScriptError {
    pub(crate) fn at_line(line: usize, message: String) -> Self {
        ScriptError {
            line,
            column: 1,
            message,
        }
    }

    pub(crate) fn new(error: &wast::Error, source: &str) -> Self {
        let (line, column) = error.span().linecol_in(source);
        ScriptError {
            line: line + 1,
            column: column + 1,
            message: Escaped(error.message()).to_string(),
        }
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ScriptError {}
