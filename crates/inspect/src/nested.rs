//! The sections of a component, and of the modules and components inside of it, to any depth.
//!
//! They are one list, in the order of the binary, in which each section has its depth: nothing that reads the list is recursive, because
//! a binary of a megabyte can have ten thousand levels. Modules and components are numbered in this order, through all levels.

use crate::sections::{Section, count, offset, section_name};
use crate::{Error, Result};
use serde::Serialize;
use std::fmt::{self, Write};
use transom::Escaped;
use wasmparser::{Encoding, Parser, Payload};

/// The number of the section that is a core module.
pub(crate) const MODULE: u8 = 1;
/// The number of the section that is a component.
pub(crate) const COMPONENT: u8 = 4;

/// A section, and how many components and modules it is in besides the outermost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Nested {
    /// 0 for the sections of the component itself.
    pub depth: usize,
    /// The section. One that is a module or component has its number in the name, and its sections follow.
    #[serde(flatten)]
    pub section: Section,
    /// Whether it is a module or component.
    #[serde(skip)]
    pub is_part: bool,
}

/// More levels than this are not indented.
const INDENTED: usize = 10;

impl fmt::Display for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = 2 * self.depth.min(INDENTED);
        write!(f, "{:indent$}{}", "", self.section)
    }
}

/// What the specification calls the sections of components, by number.
const NAMES: [&str; 13] = [
    "custom",
    "core module",
    "core instance",
    "core type",
    "component",
    "instance",
    "alias",
    "type",
    "canonical function",
    "start",
    "import",
    "export",
    "value",
];

/// The sections of a component and of what is inside of it.
///
/// # Errors
///
/// The binary is malformed, as far as sections and the numbers of their items go.
pub fn sections(binary: &[u8]) -> Result<Vec<Nested>> {
    let mut sections = Vec::new();
    read(binary, &mut sections)?;
    Ok(sections)
}

fn read(binary: &[u8], sections: &mut Vec<Nested>) -> Result<()> {
    // Whether each level is a component.
    let mut levels = Vec::new();
    let (mut modules, mut components) = (0, 0);
    for payload in Parser::new(0).parse_all(binary) {
        let payload = payload?;
        match &payload {
            Payload::Version { encoding, .. } => levels.push(*encoding == Encoding::Component),
            Payload::End(_) => drop(levels.pop()),
            _ => {}
        }
        let Some((id, range)) = payload.as_section() else {
            continue;
        };
        let is_component = levels.last().is_some_and(|is_component| *is_component);
        let numbered = |name: &str, next: &mut u32| {
            *next += 1;
            format!("{name} {}", *next - 1)
        };
        let name = match (is_component, id) {
            (true, MODULE) => numbered(NAMES[usize::from(MODULE)], &mut modules),
            (true, COMPONENT) => numbered(NAMES[usize::from(COMPONENT)], &mut components),
            (true, _) => section_name(&payload, id, &NAMES).to_owned(),
            (false, _) => section_name(&payload, id, &crate::sections::NAMES).to_owned(),
        };
        sections.push(Nested {
            depth: levels.len().saturating_sub(1),
            is_part: is_component && matches!(id, MODULE | COMPONENT),
            section: Section {
                id,
                name,
                range: offset(range.start)..offset(range.end),
                count: items(&payload),
            },
        });
    }
    Ok(())
}

fn items(payload: &Payload<'_>) -> Option<u32> {
    Some(match payload {
        Payload::InstanceSection(reader) => reader.count(),
        Payload::CoreTypeSection(reader) => reader.count(),
        Payload::ComponentInstanceSection(reader) => reader.count(),
        Payload::ComponentAliasSection(reader) => reader.count(),
        Payload::ComponentTypeSection(reader) => reader.count(),
        Payload::ComponentCanonicalSection(reader) => reader.count(),
        Payload::ComponentImportSection(reader) => reader.count(),
        Payload::ComponentExportSection(reader) => reader.count(),
        other => return count(other),
    })
}

/// Appends the table of sections to a text, or only those of a name.
///
/// # Errors
///
/// There is no section of the name, or the binary is malformed; then everything before the broken place was appended.
pub fn table(text: &mut String, binary: &[u8], name: Option<&str>) -> Result<()> {
    let mut all = Vec::new();
    let done = read(binary, &mut all);
    all.retain(|nested| name.is_none_or(|name| nested.section.name == name));
    for nested in &all {
        writeln!(text, "{nested}").expect("a string takes whatever is written");
    }
    match name {
        Some(name) if all.is_empty() && done.is_ok() => Err(Error::new(format!(
            "the component has no section `{}`",
            Escaped(name)
        ))),
        _ => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn binary(text: &str) -> Vec<u8> {
        let source = Source::new("test", text);
        let binary = source.component().expect("well-formed");
        binary.expect("a component").into_owned()
    }

    #[test]
    fn sections_of_all_levels_are_listed() {
        let binary = binary(
            r#"(component (core module (func)) (component (core module (memory 1))) (import "f" (func)))"#,
        );
        let sections = sections(&binary).expect("well-formed");
        let names: Vec<_> = sections
            .iter()
            .map(|nested| (nested.depth, &*nested.section.name))
            .collect();
        assert_eq!(
            names,
            [
                (0, "core module 0"),
                (1, "type"),
                (1, "function"),
                (1, "code"),
                (0, "component 0"),
                (1, "core module 1"),
                (2, "memory"),
                (0, "type"),
                (0, "import"),
            ]
        );
        for nested in &sections {
            assert!(nested.section.range.end <= binary.len());
        }
        let text = |name| {
            let mut text = String::new();
            table(&mut text, &binary, name).map(|()| text)
        };
        let memory = text(Some("memory")).expect("there is one");
        assert!(
            memory.starts_with("    memory ") && memory.lines().count() == 1,
            "{memory}"
        );
        let error = text(Some("data")).expect_err("there is none");
        assert_eq!(error.message, "the component has no section `data`");
    }

    #[test]
    fn what_comes_before_the_broken_place_is_listed() {
        let binary = binary("(component (core module (func)) (core module (memory 1)))");
        let mut text = String::new();
        table(&mut text, &binary[..binary.len() - 1], None).expect_err("it is cut off");
        assert!(
            text.contains("core module 0") && text.contains("  code"),
            "{text}"
        );
    }

    /// Each level has a header and the number and size of a section.
    #[test]
    fn levels_have_no_bound() {
        let mut binary = binary("(component)");
        let header = binary.clone();
        for _ in 0..2_000 {
            let mut outer = wasm_encoder::Component::new();
            outer.section(&wasm_encoder::RawSection {
                id: COMPONENT,
                data: &binary,
            });
            binary = outer.finish();
        }
        assert!(binary.starts_with(&header));
        let mut text = String::new();
        table(&mut text, &binary, None).expect("well-formed");
        assert_eq!(text.lines().count(), 2_000);
    }
}
