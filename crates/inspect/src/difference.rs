//! The differences between two binaries, by section, and in code by function.
//!
//! Bytes may differ where the meaning doesn't, since numbers have several encodings. So sections whose bytes differ are
//! read, and a difference says whether what they say is the same.

use crate::Result;
use crate::names::Names;
use crate::sections::{Section, offset, sections};
use crate::strip::{Strip, strip};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use transom::Escaped;
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
            Kind::Encoding => write!(f, "{place}: the same contents in a different encoding"),
            Kind::OnlyFirst => write!(f, "{place}: only in the first module"),
            Kind::OnlySecond => write!(f, "{place}: only in the second module"),
            Kind::Content { first, second } => write!(f, "{place}:\n  first:  {first}\n  second: {second}"),
        }
    }
}

/// The differences between two binaries. Names are compared only as the custom section that contains them.
///
/// # Errors
///
/// One of them is malformed.
pub fn differences(first: &[u8], second: &[u8]) -> Result<Vec<Difference>> {
    let mut found = compare(
        &Half::new(first)?,
        &Half::new(second)?,
        Section::is_custom,
        |section, _| {
            Ok(vec![Difference {
                place: place(section),
                kind: Kind::Content {
                    first: "(bytes)".to_owned(),
                    second: "(different bytes)".to_owned(),
                },
            }])
        },
    )?;
    let names = Names::read(first)?;
    let bare = [first, second].map(|binary| strip(binary, &Strip::default()));
    let [first, second] = bare;
    let (first, second) = (first?, second?);
    let (ours, theirs) = (Half::new(&first)?, Half::new(&second)?);
    let lines = [ours.lines()?, theirs.lines()?];
    found.extend(compare(
        &ours,
        &theirs,
        |_| true,
        |section, other| {
            if section.name == "code" {
                return functions([&ours, &theirs], &lines, &names);
            }
            Ok(vec![Difference {
                place: place(section),
                kind: content(
                    &between(&lines[0], &section.range),
                    &between(&lines[1], &other.range),
                ),
            }])
        },
    )?);
    Ok(found)
}

/// Compares the sections that `wanted` chooses, and asks `differ` about those whose bytes differ.
fn compare(
    ours: &Half<'_>,
    theirs: &Half<'_>,
    wanted: impl Fn(&Section) -> bool,
    differ: impl Fn(&Section, &Section) -> Result<Vec<Difference>>,
) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (position, section) in ours.sections.iter().enumerate() {
        match theirs.find(&ours.keys[position]) {
            _ if !wanted(section) => {}
            None => found.push(only(section, Kind::OnlyFirst)),
            Some(other) if ours.bytes(section) == theirs.bytes(other) => {}
            Some(other) => found.extend(differ(section, other)?),
        }
    }
    for (position, section) in theirs.sections.iter().enumerate() {
        if wanted(section) && ours.find(&theirs.keys[position]).is_none() {
            found.push(only(section, Kind::OnlySecond));
        }
    }
    Ok(found)
}

/// One of two binaries.
struct Half<'a> {
    binary: &'a [u8],
    sections: Vec<Section>,
    keys: Vec<Key>,
    positions: HashMap<Key, usize>,
}

/// What tells a section from the others of a module: there may be several custom ones of the same name.
type Key = (u8, String, usize);

/// A line of a text, with the offset that it comes from.
type Line = (usize, String);

impl<'a> Half<'a> {
    fn new(binary: &'a [u8]) -> Result<Self> {
        let sections = sections(binary)?;
        let mut counts = HashMap::<_, usize>::new();
        let key = |section: &Section| {
            let count = counts.entry((section.id, section.name.clone())).or_default();
            *count += 1;
            (section.id, section.name.clone(), *count)
        };
        let keys = sections.iter().map(key).collect::<Vec<Key>>();
        let positions = keys.iter().cloned().zip(0..).collect();
        Ok(Half {
            binary,
            sections,
            keys,
            positions,
        })
    }

    fn bytes(&self, section: &Section) -> &'a [u8] {
        &self.binary[section.range.clone()]
    }

    fn find(&self, wanted: &Key) -> Option<&Section> {
        self.positions
            .get(wanted)
            .map(|position| &self.sections[*position])
    }

    /// Its text, by where its lines come from.
    fn lines(&self) -> Result<Vec<Line>> {
        let mut storage = String::new();
        let lines = wasmprinter::Config::new()
            .offsets_and_lines(self.binary, &mut storage)
            .map_err(crate::print::malformed)?;
        let lines = lines.filter_map(|(at, line)| Some((offset(at?), line.trim().to_owned())));
        let mut lines = lines.collect::<Vec<_>>();
        // The text is not always in the order of the binary.
        lines.sort_by_key(|(at, _)| *at);
        Ok(lines)
    }

    /// The ranges of the bodies of its functions.
    fn bodies(&self) -> Result<Vec<Range<usize>>> {
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(self.binary) {
            if let Payload::CodeSectionEntry(body) = payload? {
                bodies.push(offset(body.range().start)..offset(body.range().end));
            }
        }
        Ok(bodies)
    }
}

/// The lines that come from a range.
fn between<'l>(lines: &'l [Line], range: &Range<usize>) -> Vec<&'l str> {
    let from = lines.partition_point(|(at, _)| *at < range.start);
    let lines = lines[from..].iter().take_while(|(at, _)| *at < range.end);
    lines.map(|(_, line)| line.as_str()).collect()
}

fn place(section: &Section) -> String {
    match section.is_custom() {
        true => format!("custom section {:?}", section.name),
        false => format!("{} section", section.name),
    }
}

/// The section whose only item repeats a number that the data section begins with.
const DATA_COUNT: u8 = 12;

/// A section that one of the two lacks. A list without items is another encoding of no section.
fn only(section: &Section, kind: Kind) -> Difference {
    let redundant = section.count == Some(0) || section.id == DATA_COUNT;
    Difference {
        place: place(section),
        kind: if redundant { Kind::Encoding } else { kind },
    }
}

fn functions(halves: [&Half<'_>; 2], lines: &[Vec<Line>; 2], names: &Names) -> Result<Vec<Difference>> {
    let [ours, theirs] = halves;
    let (first, second) = (ours.bodies()?, theirs.bodies()?);
    let mut found = Vec::new();
    for at in 0..first.len().max(second.len()) {
        let kind = match (first.get(at), second.get(at)) {
            (Some(a), Some(b)) if ours.binary[a.clone()] == theirs.binary[b.clone()] => continue,
            (Some(a), Some(b)) => content(&between(&lines[0], a), &between(&lines[1], b)),
            (Some(_), None) => Kind::OnlyFirst,
            (None, _) => Kind::OnlySecond,
        };
        let index = names.imported + u32::try_from(at).unwrap_or(u32::MAX);
        let name = names
            .function(index)
            .map_or_else(String::new, |name| format!(" ({})", Escaped(name)));
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
    let line = |lines: &[&str]| lines.get(at).map_or("(end)", |line| *line).to_owned();
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
        assert_eq!(found, ["memory section: only in the first module"]);
        let more = text.replace("(func $g)", "(func $g) (func $g2) (start $g)");
        let found = between(text, &more);
        assert!(
            found.contains(&"start section: only in the second module".to_owned()),
            "{found:?}"
        );
        assert!(
            found.contains(&"function 2: only in the second module".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn names_are_no_content() {
        let first = "(module (type $t (func)) (func $f (param $x i32) (local.get $x) drop))";
        let second = first.replace("$t", "$u").replace("$f", "$g").replace("$x", "$y");
        let found = differences(&binary(first), &binary(&second)).expect("well-formed");
        assert!(
            !found.is_empty() && !found.iter().any(Difference::matters),
            "{found:?}"
        );
    }

    #[test]
    fn sections_without_items_change_nothing() {
        let bare = binary("(module)");
        for (id, data) in [(2, 0), (10, 0), (12, 0)] {
            let mut with = bare.clone();
            with.extend([id, 1, data]);
            let found = differences(&with, &bare).expect("well-formed");
            assert_eq!(found.len(), 1, "section {id}");
            assert!(!found[0].matters(), "section {id}: {found:?}");
        }
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
