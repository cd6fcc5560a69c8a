//! Removal of custom sections, such as names and debug information.

use crate::nested::{self, COMPONENT, MODULE};
use crate::sections::{Section, sections};
use crate::{Error, Result};
use wasm_encoder::{Component, Module, RawSection};

/// Which custom sections to leave out.
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// Remove sections whose names start with one of these; if empty, all.
    pub only: Vec<String>,
    /// Keep sections whose names start with one of these.
    pub keep: Vec<String>,
}

impl Strip {
    fn leaves_out(&self, section: &Section) -> bool {
        let begins = |names: &[String]| names.iter().any(|name| section.name.starts_with(name.as_str()));
        section.is_custom() && (self.only.is_empty() || begins(&self.only)) && !begins(&self.keep)
    }
}

/// The module without these sections. All other bytes stay the same.
///
/// # Errors
///
/// The binary is malformed.
pub fn strip(binary: &[u8], what: &Strip) -> Result<Vec<u8>> {
    let mut module = Module::new();
    for section in sections(binary)?
        .iter()
        .filter(|section| !what.leaves_out(section))
    {
        module.section(&RawSection {
            id: section.id,
            data: &binary[section.range.clone()],
        });
    }
    Ok(module.finish())
}

/// More levels of components are refused, because each is a level of the stack.
const LEVELS: usize = 100;

/// The component without these sections, in the modules and components inside of it as well.
///
/// # Errors
///
/// The binary is malformed, or has too many levels.
pub fn strip_component(binary: &[u8], what: &Strip) -> Result<Vec<u8>> {
    level(binary, what, LEVELS)
}

fn level(binary: &[u8], what: &Strip, levels: usize) -> Result<Vec<u8>> {
    let Some(levels) = levels.checked_sub(1) else {
        return Err(Error::new(format!("the component has more than {LEVELS} levels")));
    };
    let mut component = Component::new();
    for nested in nested::sections(binary)? {
        let section = nested.section;
        if nested.depth > 0 || what.leaves_out(&section) {
            continue;
        }
        let content = &binary[section.range.clone()];
        let stripped = match section.id {
            MODULE => Some(strip(content, what)?),
            COMPONENT => Some(level(content, what, levels)?),
            _ => None,
        };
        component.section(&RawSection {
            id: section.id,
            data: stripped.as_deref().unwrap_or(content),
        });
    }
    Ok(component.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;
    use wasm_encoder::CustomSection;

    fn module() -> Vec<u8> {
        let mut module = Module::new();
        for name in ["name", ".debug_info", "producers", ".debug_line"] {
            module.section(&CustomSection {
                name: name.into(),
                data: (&[1u8, 2, 3][..]).into(),
            });
        }
        module.finish()
    }

    fn names(binary: &[u8]) -> Vec<String> {
        let sections = sections(binary).expect("well-formed");
        sections.into_iter().map(|section| section.name).collect()
    }

    #[test]
    fn custom_sections_are_left_out_by_the_beginning_of_their_names() {
        let strip = |only: &[&str], keep: &[&str]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let what = Strip {
                only: owned(only),
                keep: owned(keep),
            };
            names(&strip(&module(), &what).expect("well-formed"))
        };
        assert!(strip(&[], &[]).is_empty());
        assert_eq!(strip(&[".debug"], &[]), ["name", "producers"]);
        assert_eq!(strip(&[], &["name"]), ["name"]);
        assert_eq!(names(&module()).len(), 4);
    }

    #[test]
    fn all_levels_of_components_are_stripped() {
        let text = r#"(component $c (core module $m (func $f) (@custom "a" "x"))
            (component $d (core module $n (func $g)) (@custom "b" "x")) (@custom "c" "x"))"#;
        let source = Source::new("test", text);
        let binary = source.component().expect("well-formed").expect("a component");
        let names = |binary: &[u8]| {
            let sections = nested::sections(binary).expect("well-formed").into_iter();
            let custom = sections.filter(|nested| nested.section.is_custom());
            custom.map(|nested| nested.section.name).collect::<Vec<_>>()
        };
        let all = Strip::default();
        let stripped = strip_component(&binary, &all).expect("well-formed");
        assert!(names(&stripped).is_empty() && stripped.len() < binary.len());
        crate::component::validate(&stripped, transom::WasmFeatures::WASM3).expect("valid");
        let some = Strip {
            keep: vec!["a".to_owned(), "b".to_owned()],
            only: Vec::new(),
        };
        let stripped = strip_component(&binary, &some).expect("well-formed");
        assert_eq!(names(&stripped), ["a", "b"]);
        let none = Strip {
            only: vec!["no such section".to_owned()],
            keep: Vec::new(),
        };
        assert_eq!(strip_component(&binary, &none).expect("well-formed"), *binary);
    }

    #[test]
    fn what_stays_is_unchanged() {
        let nothing = Strip {
            only: vec!["no such section".to_owned()],
            keep: Vec::new(),
        };
        assert_eq!(strip(&module(), &nothing).expect("well-formed"), module());
    }
}
