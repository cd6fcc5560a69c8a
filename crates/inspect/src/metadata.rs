//! What a module says about itself in custom sections: who produced it, with which tools, and where its debug information is.

use crate::custom::dylink;
use crate::custom::producers;
pub use crate::custom::producers::Producer;
use crate::nested;
use crate::sections::{Section, sections};
use crate::{Error, Place, Result};
use serde::Serialize;
use std::fmt;
use transom::Escaped;
use wasmparser::{BinaryReader, Name, NameSectionReader};

/// What a module says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The name of the module.
    pub name: Option<String>,
    /// The languages and tools that it was produced with.
    pub producers: Vec<Producer>,
    /// The features that it was compiled for, according to its compiler.
    pub target_features: Vec<TargetFeature>,
    /// Texts about the program, such as its authors and its licenses.
    pub annotations: Vec<Annotation>,
    /// The libraries that a dynamic linker must load.
    pub needed: Vec<String>,
    /// The address of the source map.
    pub source_map: Option<String>,
    /// The file that contains the debug information.
    pub external_debug_info: Option<String>,
    /// The identifier of the build, in hexadecimal digits.
    pub build_id: Option<String>,
    /// The sections of DWARF.
    pub debug_info: Vec<DebugSection>,
    /// What could not be read.
    pub notes: Vec<Note>,
}

/// A feature in the section `target_features`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetFeature {
    /// `+` if it is used, `-` if a linker must reject it, `=` if it is required.
    pub prefix: char,
    /// The name that the compiler has for it.
    pub name: String,
}

/// A custom section that is a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// The name of the section.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A section of DWARF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DebugSection {
    /// Its name.
    pub name: String,
    /// Its size in bytes, with its name.
    pub size: usize,
}

/// A custom section that is malformed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The name of the section.
    pub section: String,
    /// What is wrong.
    pub error: String,
    /// Where it is wrong, in bytes from the beginning of the module.
    pub offset: Option<u64>,
}

/// The custom sections that are texts.
const ANNOTATIONS: [&str; 8] = [
    "authors",
    "author",
    "description",
    "licenses",
    "source",
    "homepage",
    "revision",
    "version",
];

/// Reads what a module says about itself. A malformed custom section is a note.
///
/// # Errors
///
/// The sections of the binary are malformed.
pub fn metadata(binary: &[u8]) -> Result<Metadata> {
    let mut metadata = Metadata::default();
    for section in sections(binary)? {
        metadata.add(binary, &section);
    }
    Ok(metadata)
}

/// What a component says about itself, or a module or component inside of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `component` for the component itself, else the name of its section in [`nested::sections`].
    pub part: String,
    /// What it says.
    #[serde(flatten)]
    pub metadata: Metadata,
}

/// Reads what a component says about itself, and what the modules and components inside of it say. A malformed custom section is a note.
///
/// # Errors
///
/// The sections of the binary are malformed.
pub fn component_metadata(binary: &[u8]) -> Result<Vec<Part>> {
    let part = |name: &str| Part {
        part: name.to_owned(),
        metadata: Metadata::default(),
    };
    let mut parts = vec![part("component")];
    // The position of the part that each level is in.
    let mut levels = vec![0];
    for nested in nested::sections(binary)? {
        levels.truncate(nested.depth + 1);
        if nested.is_part {
            levels.push(parts.len());
            parts.push(part(&nested.section.name));
        } else if let Some(level) = levels.last() {
            parts[*level].metadata.add(binary, &nested.section);
        }
    }
    parts.retain(|part| part.metadata != Metadata::default());
    Ok(parts)
}

impl Metadata {
    /// Adds what a section says.
    fn add(&mut self, binary: &[u8], section: &Section) {
        if !section.is_custom() {
            return;
        }
        let content = section.content(binary).map_err(Error::from);
        if let Err(error) = content.and_then(|content| self.read(section, content)) {
            self.notes.push(Note {
                section: section.name.clone(),
                error: error.message,
                offset: match error.place {
                    Some(Place::Offset { offset }) => Some(offset),
                    _ => None,
                },
            });
        }
    }

    fn read(&mut self, section: &Section, mut content: BinaryReader<'_>) -> Result<()> {
        match section.name.as_str() {
            "name" => {
                for name in NameSectionReader::new(content) {
                    if let Name::Module { name, .. } = name? {
                        self.name = Some(name.to_owned());
                    }
                }
            }
            "producers" => producers::producers(content, |_, producer| self.producers.push(producer))?,
            "target_features" => producers::features(content, |_, prefix, name| {
                let name = name.to_owned();
                self.target_features.push(TargetFeature { prefix, name });
            })?,
            "dylink.0" => dylink::needed(content, |name| self.needed.push(name.to_owned()))?,
            "sourceMappingURL" => self.source_map = Some(content.read_string()?.to_owned()),
            "external_debug_info" => self.external_debug_info = Some(content.read_string()?.to_owned()),
            "build_id" => {
                let mut bytes = content.read_reader()?;
                let bytes = bytes.read_bytes(bytes.bytes_remaining())?;
                self.build_id = Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
            }
            name if name.starts_with(".debug_") => self.debug_info.push(DebugSection {
                name: name.to_owned(),
                size: section.size(),
            }),
            name if ANNOTATIONS.contains(&name) => {
                let start = content.original_position();
                let bytes = content.read_bytes(content.bytes_remaining())?;
                let text = std::str::from_utf8(bytes).map_err(|error| {
                    Error::new("the text is not UTF-8").at(Place::Offset {
                        offset: start + error.valid_up_to() as u64,
                    })
                })?;
                self.annotations.push(Annotation {
                    name: name.to_owned(),
                    text: text.to_owned(),
                });
            }
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, "module", self.name.as_deref())?;
        for Producer { field, name, version } in &self.producers {
            let space = if version.is_empty() { "" } else { " " };
            line(f, field, Some(&format!("{name}{space}{version}")))?;
        }
        let features = self.target_features.iter();
        let features = features.map(|feature| format!("{}{}", feature.prefix, feature.name));
        let features = features.collect::<Vec<_>>().join(" ");
        line(
            f,
            "target features",
            Some(&*features).filter(|text| !text.is_empty()),
        )?;
        for Annotation { name, text } in &self.annotations {
            line(f, name, Some(text))?;
        }
        for library in &self.needed {
            line(f, "needed library", Some(library))?;
        }
        line(f, "source map", self.source_map.as_deref())?;
        line(f, "debug information in", self.external_debug_info.as_deref())?;
        line(f, "build ID", self.build_id.as_deref())?;
        if !self.debug_info.is_empty() {
            let total = self.debug_info.iter().map(|section| section.size).sum::<usize>();
            line(f, "debug information", Some(&format!("{total} bytes")))?;
        }
        for DebugSection { name, size } in &self.debug_info {
            line(f, &format!("  {name}"), Some(&format!("{size} bytes")))?;
        }
        for Note {
            section,
            error,
            offset,
        } in &self.notes
        {
            let place = offset.map_or_else(String::new, |offset| format!("offset {offset:#x}: "));
            line(
                f,
                "note",
                Some(&format!("section `{section}` is malformed: {place}{error}")),
            )?;
        }
        if *self == Metadata::default() {
            writeln!(f, "the module has no metadata")?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.part)?;
        let text = self.metadata.to_string();
        text.lines().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// A line with a value, if there is one.
fn line(f: &mut fmt::Formatter<'_>, name: &str, value: Option<&str>) -> fmt::Result {
    match value {
        Some(value) => writeln!(f, "{:<22}{}", format!("{}:", Escaped(name)), Escaped(value)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
