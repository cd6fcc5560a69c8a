//! The sections `producers` and `target_features`: the tools that produced a module, and the features that they used.

use super::rows::Rows;
use super::symbols::Quoted;
use serde::Serialize;
use transom::Escaped;
use wasmparser::{BinaryReader, ProducersSectionReader, Result};

/// A language or a tool that a module was produced with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Producer {
    /// Its kind: `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Its name.
    pub name: String,
    /// Its version, which may be empty.
    pub version: String,
}

/// Calls `each` with the producers and their offsets, in their order.
///
/// # Errors
///
/// The content is malformed; `each` was called with all producers before the place.
pub fn producers(content: BinaryReader<'_>, mut each: impl FnMut(u64, Producer)) -> Result<()> {
    for field in ProducersSectionReader::new(content)? {
        let field = field?;
        for value in field.values.into_iter_with_offsets() {
            let (offset, value) = value?;
            let producer = Producer {
                field: field.name.to_owned(),
                name: value.name.to_owned(),
                version: value.version.to_owned(),
            };
            each(offset, producer);
        }
    }
    Ok(())
}

/// Appends the lines of the section `producers`.
pub fn decode(content: BinaryReader<'_>, rows: &mut Rows) -> Result<()> {
    producers(content, |offset, producer| {
        let (field, name) = (producer.field, Quoted(&producer.name));
        match &*producer.version {
            "" => rows.push(offset, format_args!("{field} {name}")),
            version => rows.push(offset, format_args!("{field} {name} {}", Escaped(version))),
        }
    })
}

/// Calls `each` with the features, their prefixes and their offsets.
///
/// # Errors
///
/// As [`producers`].
pub fn features<'b>(mut content: BinaryReader<'b>, mut each: impl FnMut(u64, char, &'b str)) -> Result<()> {
    let count = content.read_var_u32()?;
    for _ in 0..count {
        let offset = content.original_position();
        let prefix = content.read_u8()?;
        each(offset, char::from(prefix), content.read_string()?);
    }
    Ok(())
}

/// Appends the lines of the section `target_features`.
pub fn decode_features(content: BinaryReader<'_>, rows: &mut Rows) -> Result<()> {
    features(content, |offset, prefix, name| {
        let meaning = match prefix {
            '+' => " (used)",
            '-' => " (disallowed)",
            '=' => " (required)",
            _ => "",
        };
        let (prefix, name) = (Escaped(prefix), Escaped(name));
        rows.push(offset, format_args!("{prefix}{name}{meaning}"));
    })
}
