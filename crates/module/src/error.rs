//! Why something is not a module.

use core::fmt;
use std::path::PathBuf;
use transom_types::{Escaped, TypeError};

/// Why something is not a module, or not one that this crate takes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes are not a valid module: they don't follow the binary format, or break a rule of validation.
    #[error("{message} (at offset {offset:#x})")]
    Invalid {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// The module needs something that is switched off, or that no version of this crate has.
    #[error("unsupported: {message} (at offset {offset:#x})")]
    Unsupported {
        /// What is missing.
        message: String,
        /// Where, in bytes from the start.
        offset: u64,
    },
    /// The registry refused a type.
    #[error("{error} (at offset {offset:#x})")]
    Type {
        /// Why it did.
        error: TypeError,
        /// Where the rec group starts, in bytes from the start.
        offset: u64,
    },
    /// The text is not a module.
    #[error("{0}")]
    Text(Box<TextError>),
}

/// Where and why a text is not a module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// The file, if it came from one.
    pub path: Option<PathBuf>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The text of the line.
    pub source_line: String,
}

/// A line longer than this is quoted in part.
const MAX_QUOTED_CHARS: usize = 160;

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self
            .path
            .as_ref()
            .map_or_else(|| "<text>".into(), |path| path.to_string_lossy());
        let (message, file) = (Escaped(&self.message), Escaped(file));
        write!(f, "{message}\n  --> {file}:{}:{}", self.line, self.column)?;
        // Escapes would break the alignment.
        let plain = |c: char| if Escaped(c).is_escape() { ' ' } else { c };
        let before = self.column - 1;
        let skipped = before.saturating_sub(MAX_QUOTED_CHARS / 2);
        let quoted: String = self
            .source_line
            .chars()
            .skip(skipped)
            .take(MAX_QUOTED_CHARS)
            .map(plain)
            .collect();
        let margin = self.line.to_string().len();
        let (bar, caret) = ("|", "^");
        write!(
            f,
            "\n {:margin$} {bar}\n {} {bar} {}",
            "",
            self.line,
            quoted.trim_end()
        )?;
        write!(f, "\n {:margin$} {bar} {:2$}{caret}", "", "", before - skipped)
    }
}

impl From<wasmparser::Error> for ModuleError {
    fn from(error: wasmparser::Error) -> Self {
        // It may quote names of the module.
        let (message, offset) = (Escaped(error.message()).to_string(), error.offset());
        match error.missing_wasm_feature() {
            Some(_) => ModuleError::Unsupported { message, offset },
            None => ModuleError::Invalid { message, offset },
        }
    }
}

impl ModuleError {
    pub(crate) fn unsupported(message: &str, offset: u64) -> Self {
        ModuleError::Unsupported {
            message: message.to_owned(),
            offset,
        }
    }

    /// The offset in bytes where a binary is wrong.
    pub fn offset(&self) -> Option<u64> {
        match self {
            ModuleError::Invalid { offset, .. }
            | ModuleError::Unsupported { offset, .. }
            | ModuleError::Type { offset, .. } => Some(*offset),
            ModuleError::Text(_) => None,
        }
    }

    /// What is wrong, without where.
    pub fn message(&self) -> String {
        match self {
            ModuleError::Invalid { message, .. } | ModuleError::Unsupported { message, .. } => {
                message.clone()
            }
            ModuleError::Type { error, .. } => error.to_string(),
            ModuleError::Text(error) => error.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
