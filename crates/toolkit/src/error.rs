//! What is wrong with a module, and where.

use std::fmt;
use wasmparser::WasmFeatures;

/// What this crate's functions come to.
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { line, column } => write!(f, "{line}:{column}"),
            Place::Offset { offset } => write!(f, "offset {offset:#x}"),
        }
    }
}

/// What is wrong with a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// In words, without the place.
    pub message: String,
    /// Where, if it is anywhere.
    pub place: Option<Place>,
    /// A feature that is off, if its being on may help.
    pub missing: Option<WasmFeatures>,
    /// What to do about it, if that is known.
    pub remedy: Option<&'static str>,
}

impl Error {
    /// An error without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Error {
            message: message.into(),
            place: None,
            missing: None,
            remedy: None,
        }
    }

    /// The error at a place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The error with what to do about it.
    pub fn remedy(mut self, remedy: &'static str) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

impl From<wasmparser::Error> for Error {
    fn from(error: wasmparser::Error) -> Self {
        let place = Place::Offset {
            offset: error.offset(),
        };
        Error {
            missing: error.missing_wasm_feature(),
            ..Error::new(error.message()).at(place)
        }
    }
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
