//! A module in its binary or its text form, as it was read.
//!
//! `Source::form` is the one place that looks at the bytes to decide which form they are.

use crate::{Error, Place, Result, locate, needs};
use std::borrow::Cow;
use std::sync::Arc;
use transom::Escaped;
use transom::component::is_component;
use wast::lexer::{Lexer, Token, TokenKind};
use wast::parser::ParseBuffer;

const MAGIC: &[u8] = b"\0asm";
/// The bytes of magic and version.
const HEADER: usize = 8;
/// The version of modules.
const VERSION: u32 = 1;
/// The version of components, which is that of their proposal until it is finished.
const COMPONENT_VERSION: u8 = 13;

/// What the bytes are, by how they begin.
enum Form<'a> {
    Module,
    Component,
    /// A module of another version.
    Version(u32),
    /// The beginning of a header.
    Header,
    Text(&'a str),
    Empty,
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

    /// The same, of bytes that others have, too.
    pub fn shared(name: impl Into<String>, bytes: Arc<Vec<u8>>) -> Self {
        Source {
            name: name.into(),
            bytes,
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
        !matches!(self.form(), Form::Text(_) | Form::Empty | Form::Neither)
    }

    fn form(&self) -> Form<'_> {
        if let Some(rest) = self.bytes.strip_prefix(MAGIC) {
            let Some((version, _)) = rest.split_first_chunk() else {
                return Form::Header;
            };
            return match u32::from_le_bytes(*version) {
                VERSION => Form::Module,
                _ if is_component(&self.bytes) => Form::Component,
                version => Form::Version(version),
            };
        }
        match std::str::from_utf8(&self.bytes) {
            Ok("") => Form::Empty,
            // No text begins like this, but truncated binaries do.
            Ok(text) if !text.starts_with('\0') => Form::Text(text),
            _ if MAGIC.starts_with(&self.bytes) => Form::Header,
            _ => Form::Neither,
        }
    }

    /// The binary form, which is not validated. Text becomes what the specification says, inline uses of types among
    /// it.
    ///
    /// # Errors
    ///
    /// The file is a component, or neither binary nor text; or the text is malformed, or the header of the binary, and the
    /// error has the place.
    pub fn binary(&self) -> Result<Cow<'_, [u8]>> {
        match self.form() {
            Form::Module => Ok(Cow::Borrowed(&self.bytes)),
            Form::Text(text) => {
                let encoded = encode(text).map_err(|error| match is_component_text(text) {
                    true => a_component(),
                    false => Error::in_text(text, &error),
                })?;
                Ok(Cow::Owned(encoded))
            }
            Form::Component => Err(a_component()),
            Form::Version(version) => Err(Error::new(format!(
                "the binary has version {version} of the format; transom reads version {VERSION}"
            ))
            .at(Place::Offset {
                offset: MAGIC.len() as u64,
            })
            .remedy("check how the file was produced; all released compilers write version 1")),
            Form::Header => Err(self.truncated()),
            Form::Empty => Err(
                Error::new("the file is empty: it contains neither a module nor text")
                    .remedy("check that the command that writes the file succeeded"),
            ),
            Form::Neither => Err(Error::new("the file is neither a module nor text")
                .remedy("a binary module starts with the bytes `00 61 73 6d`")),
        }
    }

    /// The binary form as [`binary`](Self::binary) gives it, if the file is a component; `None` if it is anything else.
    ///
    /// # Errors
    ///
    /// The text of the component is malformed, or it is of another version, and the error has the place.
    pub fn component(&self) -> Result<Option<Cow<'_, [u8]>>> {
        match self.form() {
            Form::Component => match self.bytes[4] {
                COMPONENT_VERSION => Ok(Some(Cow::Borrowed(&self.bytes))),
                version => Err(Error::new(format!(
                    "the component has version {version} of the format; transom reads version {COMPONENT_VERSION}"
                ))
                .at(Place::Offset {
                    offset: MAGIC.len() as u64,
                })
                .remedy("make it again with present tools")),
            },
            Form::Text(text) => {
                let encoded = encode_component(text).map_err(|error| Error::in_text(text, &error))?;
                Ok(encoded.map(Cow::Owned))
            }
            _ => Ok(None),
        }
    }

    fn truncated(&self) -> Error {
        let length = self.bytes.len();
        let error = Error::new(format!(
            "the file is truncated: it has {length} bytes, and the header of a module has {HEADER}"
        ));
        match self.bytes.starts_with(MAGIC) {
            true => error.at(Place::Offset {
                offset: length as u64,
            }),
            // It may be anything.
            false => error,
        }
    }

    /// The refusal of the binary form by an engine, with the feature that it is for, if it is for one. The rest is that of
    /// [`locate`](Self::locate).
    pub fn refused(&self, binary: &[u8], error: Error) -> Error {
        self.locate(binary, needs::explain(binary, error))
    }

    /// An error about the binary form, with the function and the instruction if it is in one; then also with the place in
    /// the text, if this is text.
    pub fn locate(&self, binary: &[u8], mut error: Error) -> Error {
        let Some(Place::Offset { offset }) = error.place else {
            return error;
        };
        if let Some(function) = locate::function(binary, offset) {
            error.message += &format!(" ({function})");
        }
        let Form::Text(text) = self.form() else {
            return error;
        };
        match locate::position(text, binary, offset) {
            Some(place) => error.at(place),
            None => error,
        }
    }

    /// The line of an error in a text, with a mark below its column.
    pub fn excerpt(&self, place: Option<Place>) -> Option<String> {
        let (Form::Text(text), Some(Place::Line { line, column })) = (self.form(), place) else {
            return None;
        };
        // A text may be one long line.
        const SHOWN: usize = 160;
        let whole = text.lines().nth(line.checked_sub(1)?)?;
        let before = column - 1;
        let skipped = before.saturating_sub(SHOWN / 2);
        // An escape would break the alignment.
        let plain = |c: char| if Escaped(c).is_escape() { ' ' } else { c };
        let shown = whole.chars().skip(skipped).take(SHOWN).map(plain);
        let shown = shown.collect::<String>();
        let (margin, indent) = (line.to_string().len(), before - skipped);
        Some(format!(
            " {line} | {}\n {:margin$} | {:indent$}^",
            shown.trim_end(),
            "",
            ""
        ))
    }
}

/// The refusal of a component.
fn a_component() -> Error {
    Error::new("the file is a component; this command takes modules only")
        .remedy("compile for `wasm32-wasip1` instead of `wasm32-wasip2`")
}

/// Whether a text begins as that of a component.
fn is_component_text(text: &str) -> bool {
    let lexer = Lexer::new(text);
    let blank = |token: &Token| {
        matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment
        )
    };
    let mut tokens = lexer.iter(0).map_while(Result::ok).filter(|token| !blank(token));
    let opens = tokens.next().is_some_and(|token| token.kind == TokenKind::LParen);
    opens && tokens.next().is_some_and(|token| token.src(text) == "component")
}

/// The binary form of a component. `None` for what is not the text of one, whatever is wrong with it.
fn encode_component(text: &str) -> Result<Option<Vec<u8>>, wast::Error> {
    if !is_component_text(text) {
        return Ok(None);
    }
    let buffer = ParseBuffer::new(text)?;
    wast::parser::parse::<wast::Wat<'_>>(&buffer)?.encode().map(Some)
}

fn encode(text: &str) -> Result<Vec<u8>, wast::Error> {
    let buffer = ParseBuffer::new(text)?;
    transom::encode_wat(&mut wast::parser::parse::<wast::Wat<'_>>(&buffer)?)
}
