//! What became of a directive, and where it stands.

use std::fmt;
use transom::Escaped;

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
