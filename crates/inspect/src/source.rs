//! A module in its binary or its text form, as it was read.
//!
//! `Source::form` is the one place that looks at the bytes to decide which form they are.

use crate::{Error, Place, Result, locate};
use std::borrow::Cow;
use std::sync::Arc;

const MAGIC: &[u8] = b"\0asm";
/// The version and layer of a component, where a module has `1, 0, 0, 0`.
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];

/// What the bytes are, by how they begin.
enum Form<'a> {
    Module,
    Component,
    Text(&'a str),
    Neither,
}

/// A file's name and bytes.
pub struct Source {
    name: String,
    bytes: Arc<Vec<u8>>,
}

impl Source {
    /// Bytes that came from somewhere; `name` is for messages.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Source {
            name: name.into(),
            bytes: Arc::new(bytes.into()),
        }
    }

    /// Where it came from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bytes as they are.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The binary form as [`binary`](Self::binary) gives it, to be kept: it is not copied if it is what was read.
    ///
    /// # Errors
    ///
    /// As [`binary`](Self::binary).
    pub fn shared_binary(&self) -> Result<Arc<Vec<u8>>> {
        Ok(match self.binary()? {
            Cow::Borrowed(_) => self.bytes.clone(),
            Cow::Owned(encoded) => Arc::new(encoded),
        })
    }

    /// Whether it is in binary form already.
    pub fn is_binary(&self) -> bool {
        matches!(self.form(), Form::Module | Form::Component)
    }

    fn form(&self) -> Form<'_> {
        if let Some(version) = self.bytes.strip_prefix(MAGIC) {
            return match version.starts_with(COMPONENT) {
                true => Form::Component,
                false => Form::Module,
            };
        }
        match std::str::from_utf8(&self.bytes) {
            // No text begins like this, but truncated binaries do.
            Ok(text) if !text.starts_with('\0') => Form::Text(text),
            _ => Form::Neither,
        }
    }

    /// The binary form, which is not validated. Text becomes what the specification says, inline uses of types among
    /// it.
    ///
    /// # Errors
    ///
    /// The file is a component, or neither binary nor text; or the text is malformed, and the error has the place.
    pub fn binary(&self) -> Result<Cow<'_, [u8]>> {
        match self.form() {
            Form::Module => Ok(Cow::Borrowed(&self.bytes)),
            Form::Text(text) => {
                let encoded = encode(text).map_err(|error| Error::in_text(text, &error))?;
                Ok(Cow::Owned(encoded))
            }
            Form::Component => Err(
                Error::new("the file is a component; transom supports modules only")
                    .remedy("compile for `wasm32-wasip1` instead of `wasm32-wasip2`"),
            ),
            Form::Neither => Err(Error::new("the file is neither a module nor text")
                .remedy("a binary module starts with the bytes `00 61 73 6d`")),
        }
    }

    /// An error about the binary form, with the place in the text if this is text, and the place is in a function.
    pub fn locate(&self, binary: &[u8], error: Error) -> Error {
        let Some(Place::Offset { offset }) = error.place else {
            return error;
        };
        let Form::Text(text) = self.form() else {
            return error;
        };
        match locate::position(text, binary, offset) {
            Some((line, column)) => error.at(Place::Line { line, column }),
            None => error,
        }
    }
}

fn encode(text: &str) -> Result<Vec<u8>, wast::Error> {
    let buffer = wast::parser::ParseBuffer::new(text)?;
    transom::encode_wat(&mut wast::parser::parse::<wast::Wat<'_>>(&buffer)?)
}
