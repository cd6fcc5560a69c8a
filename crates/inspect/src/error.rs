//! Errors of modules, with their places.

use std::borrow::Cow;
use std::fmt;
use transom::{Escaped, EscapedLines};
use wasmparser::WasmFeatures;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Place {
    /// In a text, from 1.
    Line {
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In a binary, in bytes.
    Offset {
        /// From the beginning.
        offset: u64,
    },
}

impl Place {
    /// The place of a character of a text.
    pub(crate) fn in_text(text: &str, span: wast::token::Span) -> Place {
        let (line, bytes) = span.linecol_in(text);
        let whole = text.split('\n').nth(line).unwrap_or_default();
        let before = whole.get(..bytes).unwrap_or(whole);
        Place::Line {
            line: line + 1,
            column: before.chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { line, column } => write!(f, "{line}:{column}"),
            Place::Offset { offset } => write!(f, "offset {offset:#x}"),
        }
    }
}

/// An error of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// In words, without the place.
    pub message: String,
    /// Where, if it is anywhere.
    pub place: Option<Place>,
    /// A feature that is off, if its being on may help.
    pub missing: Option<WasmFeatures>,
    /// The remedy, if there is one.
    pub remedy: Option<Cow<'static, str>>,
    /// Further lines; empty if there are none.
    pub details: String,
}

impl Error {
    /// An error without a place. Control characters in the message are escaped, but for the ends of lines.
    pub fn new(message: impl Into<String>) -> Self {
        Error {
            message: EscapedLines(message.into()).to_string(),
            place: None,
            missing: None,
            remedy: None,
            details: String::new(),
        }
    }

    /// The error at a place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds a remedy.
    pub fn remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Adds further lines.
    pub fn details(self, details: String) -> Self {
        Error { details, ..self }
    }
}

impl Error {
    /// An error of the reader of text, with its line.
    pub fn in_text(text: &str, error: &wast::Error) -> Self {
        let place = Place::in_text(text, error.span());
        Error::new(Escaped(error.message()).to_string()).at(place)
    }
}

impl Error {
    /// An error of the validator, at an offset.
    pub(crate) fn of_validator(message: String, offset: u64, missing: Option<WasmFeatures>) -> Self {
        Error {
            missing,
            ..Error::new(message).at(Place::Offset { offset })
        }
    }
}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        let message = Escaped(error.message()).to_string();
        Error::of_validator(message, error.offset(), error.missing_wasm_feature())
    }
}

/// The message of an engine that refuses a module: the innermost cause, and the offset at the end of its text.
impl From<&transom::Error> for Error {
    fn from(error: &transom::Error) -> Self {
        let message = error.root_cause().to_string();
        match split_offset(&message) {
            Some((what, offset)) => Error::new(what).at(Place::Offset { offset }),
            None => Error::new(message),
        }
    }
}

/// Splits the offset from the end of an engine's message.
fn split_offset(message: &str) -> Option<(&str, u64)> {
    let (before, after) = message.rsplit_once("offset 0x")?;
    let digits = after
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(after.len());
    let what = before.trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    let what = what
        .strip_suffix("at")
        .unwrap_or(what)
        .trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    Some((what, u64::from_str_radix(&after[..digits], 16).ok()?))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_split_off() {
        assert_eq!(
            split_offset("type mismatch (at offset 0x1f)"),
            Some(("type mismatch", 31))
        );
        assert_eq!(
            split_offset("unexpected end at offset 0x2"),
            Some(("unexpected end", 2))
        );
        assert_eq!(split_offset("no place"), None);
    }
}
