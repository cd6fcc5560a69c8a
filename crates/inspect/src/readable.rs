//! What can still be read of a binary that is cut off or malformed: everything before the broken place.
//!
//! The printer refuses a binary whose sections don't follow each other to the end, before it prints anything. So the
//! binary is repaired just as far as that goes: a section that is longer than the file gets the length that is left, and so
//! does the body of a function in it; whatever is no section is left out; and sections that must follow are appended without
//! their items, so that the printer misses those when it gets there. Numbers are written with as many bytes as they had, so
//! every offset stays what it was.

use std::borrow::Cow;
use std::ops::Range;
use wasm_encoder::Encode;
use wasmparser::{Chunk, Parser, Payload};

/// The numbers of the code section and the data section.
const CODE: u8 = 10;
const DATA: u8 = 11;

/// A binary whose sections can't all be read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Broken {
    /// Where the section starts that can't be read.
    at: usize,
    /// Of the sections before, which others must follow: their numbers, and how many items they have.
    must_follow: Vec<(u8, u32)>,
}

/// The sections of a binary as far as they can be read; the binary itself if nothing is wrong with them.
pub fn readable(binary: &[u8]) -> Cow<'_, [u8]> {
    let Err(broken) = check(binary) else {
        return Cow::Borrowed(binary);
    };
    let mut repaired = binary.to_vec();
    fit_section(&mut repaired, broken.at);
    if let Err(broken) = check(&repaired) {
        repaired.truncate(broken.at);
        for (id, count) in broken.must_follow {
            append(&mut repaired, id, count);
        }
    }
    Cow::Owned(repaired)
}

/// Reads the sections, but not what is inside of code.
fn check(binary: &[u8]) -> Result<(), Broken> {
    let mut parser = Parser::new(0);
    let mut read = Broken::default();
    loop {
        let Ok(Chunk::Parsed { payload, consumed }) = parser.parse(&binary[read.at..], true) else {
            return Err(read);
        };
        let mut end = read.at + consumed;
        match payload {
            Payload::FunctionSection(section) if section.count() > 0 => {
                read.must_follow.push((CODE, section.count()));
            }
            Payload::DataCountSection { count, .. } if count > 0 => read.must_follow.push((DATA, count)),
            Payload::CodeSectionStart { size, .. } => {
                end += size as usize;
                if end > binary.len() {
                    return Err(read);
                }
                read.must_follow.retain(|(id, _)| *id != CODE);
                parser.skip_section();
            }
            Payload::DataSection(_) => read.must_follow.clear(),
            Payload::End(_) => return Ok(()),
            _ => {}
        }
        read.at = end;
    }
}

/// Appends a section that claims so many items, and has none.
fn append(binary: &mut Vec<u8>, id: u8, count: u32) {
    let mut content = Vec::new();
    count.encode(&mut content);
    binary.push(id);
    content.encode(binary);
}

/// Gives the section at an offset the length that is left; nothing if it isn't too long.
fn fit_section(binary: &mut [u8], at: usize) -> Option<()> {
    let id = *binary.get(at)?;
    let content = fit(binary, at + 1)?;
    if id == CODE {
        fit_bodies(binary, content);
    }
    Some(())
}

/// Makes the last body of a code section as long as it is.
fn fit_bodies(binary: &mut [u8], content: Range<usize>) -> Option<()> {
    let (_, mut body) = number(binary, content.start)?;
    loop {
        let (size, start) = number(binary, body)?;
        if start + size as usize > binary.len() {
            return fit(binary, body).map(drop);
        }
        body = start + size as usize;
    }
}

/// Makes the length at an offset that of what is left, and returns where its content lies.
fn fit(binary: &mut [u8], at: usize) -> Option<Range<usize>> {
    let (length, start) = number(binary, at)?;
    let left = binary.len() - start;
    if length as usize <= left {
        return None;
    }
    rewrite(binary, at..start, u32::try_from(left).ok()?)?;
    Some(start..binary.len())
}

/// The number at an offset, and where it ends.
fn number(binary: &[u8], at: usize) -> Option<(u32, usize)> {
    let mut reader = wasmparser::BinaryReader::new(binary.get(at..)?, 0);
    let value = reader.read_var_u32().ok()?;
    Some((value, at + usize::try_from(reader.original_position()).ok()?))
}

/// Writes a number that is not larger than the one that is there, with as many bytes.
fn rewrite(binary: &mut [u8], at: Range<usize>, mut value: u32) -> Option<()> {
    let (last, others) = binary.get_mut(at)?.split_last_mut()?;
    for byte in others {
        *byte = (value & 0x7f) as u8 | 0x80;
        value >>= 7;
    }
    *last = (value & 0x7f) as u8;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn a_binary_that_is_whole_stays_as_it_is() {
        let source = Source::new("test", "(module (memory 1) (func (drop (i32.const 1))))");
        let binary = source.binary().expect("a module");
        assert!(matches!(readable(&binary), Cow::Borrowed(_)));
    }

    #[test]
    fn whatever_is_cut_off_the_rest_can_be_read() {
        let text = r#"(module (import "a" "b" (func)) (memory (export "m") 1) (func $f (drop (i32.const 1)))
          (func (result i32) (block (result i32) (i32.const 300000))) (data (i32.const 0) "hello"))"#;
        let source = Source::new("test", text);
        let binary = source.binary().expect("a module");
        for end in 8..binary.len() {
            let cut = readable(&binary[..end]);
            assert_eq!(check(&cut), Ok(()), "{end}: {:x?} of {:x?}", cut, &binary[..end]);
        }
    }

    #[test]
    fn what_is_no_section_is_left_out() {
        let mut binary = b"\0asm\x01\0\0\0\x05\x03\x01\0\x01".to_vec();
        binary.extend([6, 0xff, 0xff]);
        assert_eq!(&*readable(&binary), &binary[..13]);
        assert_eq!(&*readable(b"\0as"), b"");
    }
}
