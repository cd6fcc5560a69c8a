//! Where two binaries part: section by section, in the code function by function.
//!
//! Bytes may differ where the meaning doesn't, since numbers have several encodings. So sections whose bytes differ are
//! read, and a difference says whether what they say is the same.

use crate::Result;
use crate::names::Names;
use crate::sections::{Section, offset, sections};
use serde::Serialize;
use std::fmt;
use wasmparser::{Parser, Payload};

/// A place where two binaries differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which section, and in the code which function.
    pub place: String,
    /// How.
    pub kind: Kind,
}

/// How two binaries differ somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The same in other bytes.
    Encoding,
    /// Only the first has it.
    OnlyFirst,
    /// Only the second has it.
    OnlySecond,
    /// Both have it, and this is the first line of their texts that differs.
    Content {
        /// The line of the first.
        first: String,
        /// The line of the second.
        second: String,
    },
}

impl Difference {
    /// Whether the two modules may do something else: custom sections and encodings change nothing.
    pub fn matters(&self) -> bool {
        self.kind != Kind::Encoding && !self.place.starts_with("custom ")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.kind {
            Kind::Encoding => write!(f, "{place}: the same in other bytes"),
            Kind::OnlyFirst => write!(f, "{place}: only the first has it"),
            Kind::OnlySecond => write!(f, "{place}: only the second has it"),
            Kind::Content { first, second } => write!(f, "{place}:\n  first:  {first}\n  second: {second}"),
        }
    }
}

/// Where two binaries part.
///
/// # Errors
///
/// One of them is malformed.
pub fn differences(first: &[u8], second: &[u8]) -> Result<Vec<Difference>> {
    let (ours, theirs) = (Half::read(first)?, Half::read(second)?);
    let mut found = Vec::new();
    for (position, section) in ours.sections.iter().enumerate() {
        let key = key(&ours.sections, position);
        let other = theirs.find(&key);
        match other {
            None => found.push(only(section, Kind::OnlyFirst)),
            Some(other) if first[section.range.clone()] == second[other.range.clone()] => {}
            Some(_) if section.name == "code" => found.extend(functions(&ours, &theirs)?),
            Some(other) => found.push(Difference {
                place: place(section),
                kind: content(&ours.text(section), &theirs.text(other)),
            }),
        }
    }
    for (position, section) in theirs.sections.iter().enumerate() {
        if ours.find(&key(&theirs.sections, position)).is_none() {
            found.push(only(section, Kind::OnlySecond));
        }
    }
    Ok(found)
}

/// One of two binaries.
struct Half<'a> {
    binary: &'a [u8],
    sections: Vec<Section>,
    /// Its text, each line with the offset that it comes from.
    lines: Vec<(usize, String)>,
    names: Names,
}

impl<'a> Half<'a> {
    fn read(binary: &'a [u8]) -> Result<Self> {
        let mut storage = String::new();
        let lines = wasmprinter::Config::new()
            .offsets_and_lines(binary, &mut storage)
            .map_err(crate::print::malformed)?;
        let lines = lines.filter_map(|(at, line)| Some((offset(at?), line.trim().to_owned())));
        Ok(Half {
            binary,
            sections: sections(binary)?,
            lines: lines.collect(),
            names: Names::read(binary)?,
        })
    }

    fn find(&self, wanted: &(u8, String, usize)) -> Option<&Section> {
        let position = (0..self.sections.len()).find(|position| key(&self.sections, *position) == *wanted);
        position.map(|position| &self.sections[position])
    }

    /// The lines that come from a section.
    fn text(&self, section: &Section) -> Vec<&str> {
        self.between(&section.range)
    }

    fn between(&self, range: &std::ops::Range<usize>) -> Vec<&str> {
        let lines = self.lines.iter().filter(|(at, _)| range.contains(at));
        lines.map(|(_, line)| line.as_str()).collect()
    }

    /// The ranges of the bodies of its functions.
    fn bodies(&self) -> Result<Vec<std::ops::Range<usize>>> {
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(self.binary) {
            if let Payload::CodeSectionEntry(body) = payload? {
                bodies.push(offset(body.range().start)..offset(body.range().end));
            }
        }
        Ok(bodies)
    }
}

/// What tells a section from the others of a module: there may be several custom ones of the same name.
fn key(sections: &[Section], position: usize) -> (u8, String, usize) {
    let section = &sections[position];
    let same = |other: &&Section| (other.id, &other.name) == (section.id, &section.name);
    (
        section.id,
        section.name.clone(),
        sections[..position].iter().filter(same).count(),
    )
}

fn place(section: &Section) -> String {
    match section.is_custom() {
        true => format!("custom section {:?}", section.name),
        false => format!("{} section", section.name),
    }
}

fn only(section: &Section, kind: Kind) -> Difference {
    Difference {
        place: place(section),
        kind,
    }
}

fn functions(ours: &Half<'_>, theirs: &Half<'_>) -> Result<Vec<Difference>> {
    let (first, second) = (ours.bodies()?, theirs.bodies()?);
    let mut found = Vec::new();
    for at in 0..first.len().max(second.len()) {
        let kind = match (first.get(at), second.get(at)) {
            (Some(a), Some(b)) if ours.binary[a.clone()] == theirs.binary[b.clone()] => continue,
            (Some(a), Some(b)) => content(&ours.between(a), &theirs.between(b)),
            (Some(_), None) => Kind::OnlyFirst,
            (None, _) => Kind::OnlySecond,
        };
        let index = ours.names.imported + u32::try_from(at).unwrap_or(u32::MAX);
        let name = ours
            .names
            .function(index)
            .map_or_else(String::new, |name| format!(" ({name})"));
        found.push(Difference {
            place: format!("function {index}{name}"),
            kind,
        });
    }
    Ok(found)
}

fn content(first: &[&str], second: &[&str]) -> Kind {
    let differs = |at: &usize| first.get(*at) != second.get(*at);
    let Some(at) = (0..first.len().max(second.len())).find(differs) else {
        return Kind::Encoding;
    };
    let line = |lines: &[&str]| lines.get(at).map_or("(nothing more)", |line| *line).to_owned();
    Kind::Content {
        first: line(first),
        second: line(second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn binary(text: &str) -> Vec<u8> {
        Source::new("test", text).binary().expect("a module").into_owned()
    }

    fn between(first: &str, second: &str) -> Vec<String> {
        let found = differences(&binary(first), &binary(second)).expect("well-formed");
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn modules_part_where_they_differ() {
        let text = "(module (memory 1) (func $f (result i32) (i32.const 1)) (func $g))";
        assert!(between(text, text).is_empty());
        assert_eq!(
            between(text, &text.replace("const 1", "const 2")),
            ["function 0 (f):\n  first:  i32.const 1\n  second: i32.const 2"]
        );
        assert_eq!(
            between(text, &text.replace("memory 1", "memory 2")),
            ["memory section:\n  first:  (memory (;0;) 1)\n  second: (memory (;0;) 2)"]
        );
        let found = between(text, &text.replace("(memory 1)", ""));
        assert_eq!(found, ["memory section: only the first has it"]);
        let more = text.replace("(func $g)", "(func $g) (func $g2) (start $g)");
        let found = between(text, &more);
        assert!(
            found.contains(&"start section: only the second has it".to_owned()),
            "{found:?}"
        );
        assert!(
            found.contains(&"function 2: only the second has it".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn other_bytes_may_say_the_same() {
        let first = binary("(module (func (result i32) (i32.const 1)))");
        // The same with a constant of two bytes, and the lengths that follow from that.
        let at = first
            .windows(2)
            .position(|bytes| bytes == [0x41, 1])
            .expect("the constant");
        let mut second = first.clone();
        second.splice(at..at + 2, [0x41, 0x81, 0]);
        for length in [at - 2, at - 4] {
            second[length] += 1;
        }
        let found = differences(&first, &second).expect("well-formed");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].kind == Kind::Encoding && !found[0].matters(),
            "{found:?}"
        );
    }
}
