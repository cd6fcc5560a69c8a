//! The sections of a binary: kind, range and number of items.

use crate::Result;
use serde::Serialize;
use std::fmt;
use std::ops::Range;
use wasmparser::{BinaryReader, CustomSectionReader, Parser, Payload};

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its number in the binary format.
    pub id: u8,
    /// The name in the specification; for a custom section, its own name.
    pub name: String,
    /// Where its content lies in the binary.
    pub range: Range<usize>,
    /// How many items it has, if it is a list of items.
    pub count: Option<u32>,
}

impl Section {
    /// Whether it has no meaning to the language.
    pub fn is_custom(&self) -> bool {
        self.id == 0
    }

    /// How many bytes its content has.
    pub fn size(&self) -> usize {
        self.range.len()
    }

    /// The content of a custom section, behind its name.
    ///
    /// # Errors
    ///
    /// The name is malformed, or the binary has fewer bytes.
    pub(crate) fn content<'b>(&self, binary: &'b [u8]) -> wasmparser::Result<BinaryReader<'b>> {
        let bytes = binary.get(self.range.clone()).unwrap_or_default();
        let reader = BinaryReader::new(bytes, self.range.start as u64);
        Ok(CustomSectionReader::new(reader)?.data_reader())
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.range;
        let name = match self.is_custom() {
            true => format!("custom {:?}", self.name),
            false => self.name.clone(),
        };
        write!(
            f,
            "{name:<24} {start:#010x}..{end:#010x} {:>10} bytes",
            self.size()
        )?;
        match self.count {
            Some(count) => write!(f, " {count:>8} items"),
            None => Ok(()),
        }
    }
}

/// What the specification calls the sections, by number.
pub(crate) const NAMES: [&str; 14] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

/// The sections of a module, in their order.
///
/// # Errors
///
/// The binary is malformed, as far as sections and the numbers of their items go.
pub fn sections(binary: &[u8]) -> Result<Vec<Section>> {
    let mut sections = Vec::new();
    read(binary, &mut sections)?;
    Ok(sections)
}

/// The sections before the place where a binary is malformed, the one among them where that is.
pub(crate) fn sections_before(binary: &[u8]) -> Vec<Section> {
    let mut sections = Vec::new();
    // Whoever asks for these reports the error, too.
    let _ = read(binary, &mut sections);
    sections
}

fn read(binary: &[u8], sections: &mut Vec<Section>) -> Result<()> {
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        sections.push(Section {
            id,
            name: section_name(&payload, id, &NAMES).to_owned(),
            range: offset(range.start)..offset(range.end),
            count: count(&payload),
        });
    }
    Ok(())
}

/// The name of a section with a number: its own name if it is a custom section.
pub(crate) fn section_name<'p>(payload: &Payload<'p>, id: u8, names: &[&'static str]) -> &'p str {
    match payload {
        Payload::CustomSection(custom) => custom.name(),
        _ => names.get(usize::from(id)).copied().unwrap_or("unknown"),
    }
}

/// How many items a section of a module has.
pub(crate) fn count(payload: &Payload<'_>) -> Option<u32> {
    Some(match payload {
        Payload::TypeSection(reader) => reader.count(),
        Payload::ImportSection(reader) => reader.count(),
        Payload::FunctionSection(reader) => reader.count(),
        Payload::TableSection(reader) => reader.count(),
        Payload::MemorySection(reader) => reader.count(),
        Payload::TagSection(reader) => reader.count(),
        Payload::GlobalSection(reader) => reader.count(),
        Payload::ExportSection(reader) => reader.count(),
        Payload::ElementSection(reader) => reader.count(),
        Payload::DataSection(reader) => reader.count(),
        Payload::CodeSectionStart { count, .. } | Payload::DataCountSection { count, .. } => *count,
        _ => return None,
    })
}

/// A place in a binary that is in memory.
pub(crate) fn offset(place: u64) -> usize {
    usize::try_from(place).expect("what is in memory has addresses")
}
