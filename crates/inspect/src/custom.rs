//! Custom sections that linkers and compilers write, decoded to lines of text.
//!
//! A custom section never makes a module malformed. So an error in one is a line of its text, and the sections after it are
//! decoded as usual.

pub mod dylink;
mod linking;
pub mod producers;
mod relocations;
mod rows;
mod symbols;

pub use rows::Rows;
pub use symbols::Names;

use crate::sections::Section;
use transom::Escaped;

/// What a section of a name contains, if it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Symbols and segments of an object file.
    Linking,
    /// Places of a section that a linker changes.
    Relocations,
    /// What a dynamic linker needs.
    Dylink,
    /// The tools that produced the module.
    Producers,
    /// The features that the module was compiled for.
    TargetFeatures,
}

impl Known {
    /// What a custom section of this name contains.
    pub fn named(name: &str) -> Option<Known> {
        Some(match name {
            "linking" => Known::Linking,
            "dylink.0" => Known::Dylink,
            "producers" => Known::Producers,
            "target_features" => Known::TargetFeatures,
            _ if name.starts_with("reloc.") => Known::Relocations,
            _ => return None,
        })
    }
}

/// Appends the lines of a section. An error is a line as well.
pub fn decode(rows: &mut Rows, known: Known, (binary, section): (&[u8], &Section), names: &Names<'_>) {
    let decoded = section.content(binary).and_then(|content| match known {
        Known::Linking => linking::decode(content, names, rows),
        Known::Relocations => relocations::decode(content, names, rows),
        Known::Dylink => dylink::decode(content, rows),
        Known::Producers => producers::decode(content, rows),
        Known::TargetFeatures => producers::decode_features(content, rows),
    });
    if let Err(error) = decoded {
        rows.push(
            error.offset(),
            format_args!("note: malformed: {}", Escaped(error.message())),
        );
    }
}

#[cfg(test)]
mod tests;
