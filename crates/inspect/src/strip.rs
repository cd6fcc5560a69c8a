//! Removal of custom sections, such as names and debug information.

use crate::Result;
use crate::sections::{Section, sections};
use wasm_encoder::{Module, RawSection};

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

#[cfg(test)]
mod tests {
    use super::*;
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
    fn what_stays_is_unchanged() {
        let nothing = Strip {
            only: vec!["no such section".to_owned()],
            keep: Vec::new(),
        };
        assert_eq!(strip(&module(), &nothing).expect("well-formed"), module());
    }
}
