//! The layout of a binary: its sections, their bytes, and each line of the text with its bytes.

use crate::custom::{self, Known, Names, Rows};
use crate::print::{first_error, malformed, most_text, too_long};
use crate::readable::readable;
use crate::sections::{Section, sections, sections_before};
use crate::{Error, Result};
use std::fmt::Write;
use std::ops::Range;
use transom::Escaped;
use transom::component::is_component;
use wasmprinter::{Config, Print};

/// What to print.
#[derive(Debug, Clone, Default)]
pub struct Objdump {
    /// The table of sections.
    pub headers: bool,
    /// The text of all that is declared, with offsets and bytes, but for the bodies of functions. Custom sections of
    /// linkers and compilers are decoded.
    pub details: bool,
    /// The relocations of an object file.
    pub relocations: bool,
    /// The same for the bodies of functions.
    pub disassemble: bool,
    /// The bytes of sections.
    pub contents: bool,
    /// Only sections of this name.
    pub section: Option<String>,
}

/// So many bytes stand in a line beside text; more are cut off.
const BESIDE_TEXT: usize = 10;
/// So many bytes stand in a line of contents.
const IN_LINE: usize = 16;

/// Appends the layout of a binary to a text.
///
/// # Errors
///
/// The binary is a component; or it has no section of the name that was given, or is malformed, and then everything before the broken place was
/// appended.
pub fn objdump(text: &mut String, binary: &[u8], what: &Objdump) -> Result<()> {
    // Its modules have sections of the same numbers, whose offsets begin again.
    if is_component(binary) {
        return Err(Error::new(
            "the binary is a component, and only modules can be dumped",
        ));
    }
    let whole = readable(binary);
    // Whatever is whole has sections, but for what is inside of them.
    let all = sections_before(&whole);
    let mut chosen = all.clone();
    chosen.retain(|section| section.range.end <= binary.len());
    if let Some(name) = &what.section {
        chosen.retain(|section| section.name == *name);
        if chosen.is_empty() {
            return Err(Error::new(format!(
                "the module has no section `{}`",
                Escaped(name)
            )));
        }
    }
    if what.headers {
        for section in &chosen {
            line(text, format_args!("{section}"));
        }
    }
    let read = match what.details || what.disassemble {
        true => lines(&whole, what, &chosen, text),
        false => sections(&whole).map(drop),
    };
    let decoded = decoded(&whole, what, (&all, &chosen), text);
    if what.contents {
        chosen.iter().for_each(|section| contents(&whole, section, text));
    }
    first_error(binary, &whole, read.and(decoded))
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes whatever is written");
}

/// The text of a module, with the offset that each line stands for.
struct Lines {
    text: String,
    /// The most bytes of the text.
    most: usize,
    /// Where each line starts in the text, and which offset it has.
    starts: Vec<(usize, Option<usize>)>,
}

impl Print for Lines {
    fn write_str(&mut self, text: &str) -> std::io::Result<()> {
        if self.is_full(text.len()) {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.text.push_str(text);
        Ok(())
    }

    fn start_line(&mut self, offset: Option<u64>) {
        let offset = offset.map(crate::sections::offset);
        self.starts.push((self.text.len(), offset));
    }
}

impl Lines {
    fn new(most: usize) -> Lines {
        Lines {
            text: String::new(),
            most,
            starts: Vec::new(),
        }
    }

    /// Whether there is no room for so many bytes more.
    fn is_full(&self, more: usize) -> bool {
        self.text.len() + more > self.most
    }

    /// Each line with its offset and the next larger one after it.
    fn rows(&self) -> Vec<(usize, Option<usize>, &str)> {
        let mut rows = Vec::with_capacity(self.starts.len());
        let mut end = self.text.len();
        // Offsets of later lines that may be the next larger one of an earlier line, the smallest on top.
        let mut later = Vec::new();
        for &(start, offset) in self.starts.iter().rev() {
            let content = self.text[start..end].trim_end();
            end = start;
            let Some(offset) = offset else { continue };
            while later.last().is_some_and(|later| *later <= offset) {
                later.pop();
            }
            rows.push((offset, later.last().copied(), content));
            later.push(offset);
        }
        rows.reverse();
        rows
    }
}

/// Each line of the module's text, beside its offset and its bytes.
fn lines(binary: &[u8], what: &Objdump, chosen: &[Section], text: &mut String) -> Result<()> {
    let mut lines = Lines::new(most_text(binary));
    let printed = Config::new().print(binary, &mut lines);
    let printed = printed.map_err(|error| match error.downcast_ref::<std::io::Error>() {
        Some(_) => too_long(lines.most),
        None => malformed(error),
    });
    for (offset, next, content) in lines.rows() {
        let after = chosen.partition_point(|section| section.range.end <= offset);
        let Some(section) = chosen
            .get(after)
            .filter(|section| section.range.contains(&offset))
        else {
            continue;
        };
        let wanted = match section.name.as_str() {
            "code" if !section.is_custom() => what.disassemble,
            // These are decoded apart from the text.
            _ => what.details && known(section).is_none(),
        };
        if !wanted || content.is_empty() {
            continue;
        }
        let end = next.unwrap_or(section.range.end).min(section.range.end);
        beside(binary, offset..end, content, text);
    }
    printed
}

/// A line of text beside the bytes that it stands for.
fn beside(binary: &[u8], range: Range<usize>, content: &str, text: &mut String) {
    let Range { start, end } = range;
    let shown = start.min(end)..end.min(start + BESIDE_TEXT);
    let bytes = hex(binary.get(shown).unwrap_or_default());
    let more = if end > start + BESIDE_TEXT { "…" } else { "" };
    line(
        text,
        format_args!(
            "{start:#010x} | {:<w$} | {content}",
            bytes + more,
            w = 3 * BESIDE_TEXT
        ),
    );
}

/// What a section contains, if it is decoded.
fn known(section: &Section) -> Option<Known> {
    section.is_custom().then(|| Known::named(&section.name)).flatten()
}

/// The custom sections that are decoded; `all` are those that indices refer to.
fn decoded(
    binary: &[u8],
    what: &Objdump,
    (all, chosen): (&[Section], &[Section]),
    text: &mut String,
) -> Result<()> {
    if !(what.details || what.relocations) {
        return Ok(());
    }
    let names = Names::read(binary, all);
    let most = most_text(binary);
    let mut rows = Rows::new(most);
    for section in chosen {
        let Some(known) = known(section) else { continue };
        if !what.details && known != Known::Relocations {
            continue;
        }
        line(text, format_args!("custom {:?}:", section.name));
        custom::decode(&mut rows, known, (binary, section), &names);
        let rows = rows.take();
        for (index, row) in rows.iter().enumerate() {
            // Rows of a list that is read as a whole have one offset, and the last one of them has the bytes.
            let next = rows.get(index + 1).map_or(section.range.end, |next| next.offset);
            beside(binary, row.offset..next, &row.text, text);
        }
    }
    match rows.is_full() {
        true => Err(too_long(most)),
        false => Ok(()),
    }
}

fn contents(binary: &[u8], section: &Section, text: &mut String) {
    line(text, format_args!("{}:", Escaped(&section.name)));
    for (index, bytes) in binary[section.range.clone()].chunks(IN_LINE).enumerate() {
        let offset = section.range.start + index * IN_LINE;
        let shown = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' {
                *byte as char
            } else {
                '.'
            }
        };
        let ascii = bytes.iter().map(shown).collect::<String>();
        line(
            text,
            format_args!("{offset:#010x} | {:<w$} | {ascii}", hex(bytes), w = 3 * IN_LINE),
        );
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn dump(what: &Objdump) -> Result<String> {
        let text = r#"(module (memory 1) (func $f (result i32) (i32.const 7)) (data (i32.const 0) "hello"))"#;
        let mut dumped = String::new();
        objdump(&mut dumped, &Source::new("test", text).binary()?, what)?;
        Ok(dumped)
    }

    #[test]
    fn bytes_stand_beside_what_they_mean() {
        let text = dump(&Objdump {
            disassemble: true,
            ..Objdump::default()
        })
        .expect("well-formed");
        let line = text
            .lines()
            .find(|line| line.ends_with("i32.const 7"))
            .expect("an instruction");
        assert!(line.contains("| 41 07 "), "{text}");
        assert!(!text.contains("hello"));
        let text = dump(&Objdump {
            details: true,
            ..Objdump::default()
        })
        .expect("well-formed");
        assert!(
            text.contains("hello") && text.contains("(memory") && !text.contains("i32.const 7"),
            "{text}"
        );
    }

    #[test]
    fn what_comes_before_the_broken_place_is_shown() {
        let source = Source::new(
            "test",
            "(module (memory 1) (func (drop (i32.const 7))) (func (drop (i32.const 8))))",
        );
        let binary = source.binary().expect("a module");
        let what = Objdump {
            headers: true,
            details: true,
            relocations: true,
            disassemble: true,
            contents: true,
            section: None,
        };
        let shown = |binary: &[u8]| {
            let mut text = String::new();
            let error = objdump(&mut text, binary, &what).expect_err("it is broken");
            (text, error)
        };
        let (text, error) = shown(&binary[..binary.len() - 2]);
        assert!(
            text.contains("(memory (;0;) 1)") && text.contains("i32.const 8\n"),
            "{text}"
        );
        assert!(text.starts_with("type ") && text.contains("\ncode:\n"), "{text}");
        assert!(error.place.is_some(), "{error}");
        let mut bad = binary.into_owned();
        let at = bad.len() - 4;
        bad[at] = 0xff;
        let (text, error) = shown(&bad);
        assert!(
            text.contains("i32.const 7\n") && !text.contains("const 8"),
            "{text}"
        );
        assert_eq!(error.place, Some(crate::Place::Offset { offset: at as u64 }));
        // All prefixes are shown as far as they go.
        for end in 8..bad.len() {
            let mut text = String::new();
            // Between two sections nothing is missing.
            let _ = objdump(&mut text, &bad[..end], &what);
            assert_eq!(text.contains("(memory (;0;) 1)"), end >= 24, "{end}: {text}");
        }
    }

    #[test]
    fn lines_know_what_comes_next() {
        let mut lines = Lines::new(1000);
        for offset in [Some(5), None, Some(5), Some(9), Some(7), Some(2)] {
            lines.start_line(offset);
        }
        let next = lines
            .rows()
            .iter()
            .map(|(offset, next, _)| (*offset, *next))
            .collect::<Vec<_>>();
        assert_eq!(
            next,
            [(5, Some(9)), (5, Some(9)), (9, None), (7, None), (2, None)]
        );
    }

    #[test]
    fn sections_are_chosen_by_name() {
        let what = Objdump {
            headers: true,
            contents: true,
            section: Some("data".to_owned()),
            ..Objdump::default()
        };
        let text = dump(&what).expect("well-formed");
        assert!(
            text.starts_with("data ") && text.contains("68 65 6c 6c 6f") && text.ends_with("hello\n"),
            "{text}"
        );
        assert!(!text.contains("memory"));
        let what = Objdump {
            section: Some("debug".to_owned()),
            ..what
        };
        assert_eq!(
            dump(&what).expect_err("none").message,
            "the module has no section `debug`"
        );
    }
}
