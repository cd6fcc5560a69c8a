//! The text format, through the `wast` crate and with one correction: see [`type_uses`](crate::type_uses).

use crate::type_uses;
use crate::{ModuleError, TextError};
use std::borrow::Cow;
use std::path::Path;
use transom_types::Escaped;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wat};

/// What every binary starts with.
const MAGIC: &[u8] = b"\0asm";

/// Translates a module in the text format to the binary format. `path` is for messages.
///
/// # Errors
/// If it isn't a module. That it is a valid one is for [`Module::parse`](crate::Module::parse) to find out.
pub fn text_to_binary(text: &str, path: Option<&Path>) -> Result<Vec<u8>, ModuleError> {
    translate(text).map_err(|error| text_error(&error, text, path))
}

/// The module in the binary format: what is there if it is one, else its translation from the text format.
///
/// # Errors
/// If it isn't UTF-8, or isn't a module in the text format.
pub fn bytes_to_binary<'a>(bytes: &'a [u8], path: Option<&Path>) -> Result<Cow<'a, [u8]>, ModuleError> {
    if bytes.starts_with(MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    match core::str::from_utf8(bytes) {
        Ok(text) => text_to_binary(text, path).map(Cow::Owned),
        Err(error) => Err(ModuleError::Invalid {
            message: "neither a binary module nor UTF-8 text".to_owned(),
            offset: error.valid_up_to() as u64,
        }),
    }
}

/// The component in the binary format: what is there if it is binary, else its translation from the text format.
///
/// # Errors
/// If it isn't UTF-8, or isn't a component in the text format.
pub fn bytes_to_component(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ModuleError> {
    if bytes.starts_with(MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    let text = core::str::from_utf8(bytes).map_err(|error| ModuleError::Invalid {
        message: "neither a binary component nor UTF-8 text".to_owned(),
        offset: error.valid_up_to() as u64,
    })?;
    let encoded = with_wat(text, |wat| match wat {
        Wat::Component(component) => component.encode(),
        Wat::Module(module) => Err(wast::Error::new(module.span, NOT_A_COMPONENT.to_owned())),
    });
    encoded
        .map(Cow::Owned)
        .map_err(|error| text_error(&error, text, None))
}

/// Encodes a module of a script.
///
/// # Errors
/// The module refers to an unknown name or breaks another rule of the text format, or it is a component.
pub fn encode_wat(wat: &mut Wat<'_>) -> Result<Vec<u8>, wast::Error> {
    match wat {
        Wat::Module(module) => {
            type_uses::make_explicit(module);
            module.encode()
        }
        Wat::Component(component) => Err(wast::Error::new(component.span, NOT_A_MODULE.to_owned())),
    }
}

/// Encodes a module of a script, which may be quoted.
///
/// # Errors
/// As [`encode_wat`], or a quoted text cannot be parsed.
pub fn encode_quote_wat(wat: &mut QuoteWat<'_>) -> Result<Vec<u8>, wast::Error> {
    let (span, source) = match wat {
        QuoteWat::Wat(wat) => return encode_wat(wat),
        QuoteWat::QuoteModule(span, source) => (*span, source),
        QuoteWat::QuoteComponent(span, _) => return Err(wast::Error::new(*span, NOT_A_MODULE.to_owned())),
    };
    let mut text = Vec::new();
    for (_, part) in source {
        text.extend_from_slice(part);
        text.push(b' ');
    }
    let text = core::str::from_utf8(&text);
    translate(text.map_err(|_| wast::Error::new(span, "malformed UTF-8 encoding".to_owned()))?)
}

const NOT_A_MODULE: &str = "a component, not a core module";
const NOT_A_COMPONENT: &str = "a core module, not a component";

fn translate(text: &str) -> Result<Vec<u8>, wast::Error> {
    with_wat(text, encode_wat)
}

/// Parses a text, and encodes what it is.
fn with_wat(
    text: &str,
    encode: impl FnOnce(&mut Wat<'_>) -> Result<Vec<u8>, wast::Error>,
) -> Result<Vec<u8>, wast::Error> {
    let with_text = |mut error: wast::Error| {
        error.set_text(text);
        error
    };
    // The format allows any text in strings and comments, however it looks.
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).map_err(with_text)?;
    let mut wat = parser::parse::<Wat<'_>>(&buffer).map_err(with_text)?;
    encode(&mut wat).map_err(with_text)
}

fn text_error(error: &wast::Error, text: &str, path: Option<&Path>) -> ModuleError {
    let (line, column) = error.span().linecol_in(text);
    let source_line = text.lines().nth(line).unwrap_or_default();
    let before = source_line.get(..column).unwrap_or(source_line);
    ModuleError::Text(Box::new(TextError {
        path: path.map(Path::to_owned),
        line: line + 1,
        column: before.chars().count() + 1,
        message: Escaped(error.message()).to_string(),
        source_line: source_line.to_owned(),
    }))
}

#[cfg(test)]
mod tests;
