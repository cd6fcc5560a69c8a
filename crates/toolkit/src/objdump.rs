//! What lies where in a binary: its sections, their bytes, and each line of the text beside the bytes that it stands for.

use crate::print::malformed;
use crate::sections::{Section, sections};
use crate::{Error, Result};
use std::fmt::Write;
use transom::Escaped;
use wasmprinter::Config;

/// What to tell.
#[derive(Debug, Clone, Default)]
pub struct Objdump {
    /// The table of sections.
    pub headers: bool,
    /// The text of all that is declared, with offsets and bytes, but for the bodies of functions.
    pub details: bool,
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

/// Tells what lies where.
///
/// # Errors
///
/// The binary is malformed, or has no section of the name that was given.
pub fn objdump(binary: &[u8], what: &Objdump) -> Result<String> {
    let mut chosen = sections(binary)?;
    if let Some(name) = &what.section {
        chosen.retain(|section| section.name == *name);
        if chosen.is_empty() {
            return Err(Error::new(format!("there is no section `{}`", Escaped(name))));
        }
    }
    let mut text = String::new();
    if what.headers {
        for section in &chosen {
            line(&mut text, format_args!("{section}"));
        }
    }
    if what.details || what.disassemble {
        lines(binary, what, &chosen, &mut text)?;
    }
    if what.contents {
        chosen
            .iter()
            .for_each(|section| contents(binary, section, &mut text));
    }
    Ok(text)
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a string takes whatever is written");
}

/// Each line of the module's text, beside its offset and its bytes.
fn lines(binary: &[u8], what: &Objdump, chosen: &[Section], text: &mut String) -> Result<()> {
    let mut storage = String::new();
    let lines = Config::new()
        .offsets_and_lines(binary, &mut storage)
        .map_err(malformed)?;
    let lines = lines.map(|(offset, line)| (offset.map(crate::sections::offset), line.trim_end()));
    let lines = lines.collect::<Vec<_>>();
    for (index, (offset, content)) in lines.iter().enumerate() {
        let Some(offset) = *offset else { continue };
        let after = chosen.partition_point(|section| section.range.end <= offset);
        let Some(section) = chosen
            .get(after)
            .filter(|section| section.range.contains(&offset))
        else {
            continue;
        };
        let wanted = if section.name == "code" {
            what.disassemble
        } else {
            what.details
        };
        if !wanted || content.is_empty() {
            continue;
        }
        let next = lines[index + 1..]
            .iter()
            .find_map(|(next, _)| next.filter(|next| *next > offset));
        let end = next.unwrap_or(section.range.end).min(section.range.end);
        let bytes = hex(&binary[offset..end.min(offset + BESIDE_TEXT)]);
        let more = if end > offset + BESIDE_TEXT { "…" } else { "" };
        line(
            text,
            format_args!(
                "{offset:#010x} | {:<w$} | {content}",
                bytes + more,
                w = 3 * BESIDE_TEXT
            ),
        );
    }
    Ok(())
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
        objdump(&Source::new("test", text).binary()?, what)
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
            "there is no section `debug`"
        );
    }
}
