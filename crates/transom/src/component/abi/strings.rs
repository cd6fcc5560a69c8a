//! Strings: three encodings of the instances, and that of the host.
//!
//! A string is checked as a whole before anything is allocated for it. How often and for how many bytes an instance is asked to allocate is
//! part of the canonical ABI, so it follows the specification's `store_string` step by step.

use super::lower::LowerContext;
use super::shapes::not_aligned;
use crate::{Trap, detail};
use std::borrow::Cow;
use std::ops::Range;
use transom_component::wiring::StringEncoding;
use transom_error::{Error, Result, ensure, format_err};
use transom_vm::MemoryId;

/// A string has no more bytes than this.
const MAX_STRING_BYTES: u64 = (1 << 28) - 1;

/// Marks a length as one of UTF-16.
const TAG: u32 = 1 << 31;

/// What a string consists of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Units {
    Utf8,
    Utf16,
    Latin1,
}

/// Where a string is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub units: Units,
    pub range: Range<usize>,
}

/// Where a string is in an instance's memory.
///
/// # Errors
///
/// It is not inside, not aligned, or too long.
pub(super) fn place(memory: &[u8], encoding: StringEncoding, pointer: u32, tagged: u32) -> Result<Place> {
    let (units, align, bytes) = match encoding {
        StringEncoding::Utf8 => (Units::Utf8, 1, u64::from(tagged)),
        StringEncoding::Utf16 => (Units::Utf16, 2, 2 * u64::from(tagged)),
        StringEncoding::CompactUtf16 if tagged & TAG != 0 => (Units::Utf16, 2, 2 * u64::from(tagged ^ TAG)),
        StringEncoding::CompactUtf16 => (Units::Latin1, 2, u64::from(tagged)),
    };
    if bytes > MAX_STRING_BYTES {
        return Err(out_of_bounds(pointer, bytes, memory.len()));
    }
    if !pointer.is_multiple_of(align) {
        return Err(not_aligned(pointer, align));
    }
    let end = u64::from(pointer) + bytes;
    if end > memory.len() as u64 {
        return Err(out_of_bounds(pointer, bytes, memory.len()));
    }
    Ok(Place {
        units,
        range: pointer as usize..end as usize,
    })
}

#[cold]
fn out_of_bounds(pointer: u32, bytes: u64, memory: usize) -> Error {
    detail::detailed(
        Trap::StringOutOfBounds,
        format!(
            "string pointer/length out of bounds of memory: {pointer:#x} and {bytes} bytes of {memory:#x}"
        ),
    )
}

/// The units of UTF-16 in bytes.
fn units_of(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes
        .chunks_exact(2)
        .map(|unit| u16::from_le_bytes([unit[0], unit[1]]))
}

/// The characters of UTF-16.
fn utf16(bytes: &[u8]) -> impl Iterator<Item = Result<char>> {
    char::decode_utf16(units_of(bytes)).map(|unit| {
        unit.map_err(|error| {
            format_err!(
                "invalid utf-16: unpaired surrogate {:#x}",
                error.unpaired_surrogate()
            )
        })
    })
}

/// The text of bytes that are UTF-8.
fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| match error.error_len() {
        Some(_) => format_err!("invalid utf-8 sequence of {error}"),
        None => format_err!(
            "incomplete utf-8 byte sequence from index {}: invalid utf-8",
            error.valid_up_to()
        ),
    })
}

/// Whether bytes are UTF-8. Most strings are ASCII, and whether they are is known several times as quickly.
///
/// # Errors
///
/// They are not.
pub(crate) fn check_utf8(bytes: &[u8]) -> Result<()> {
    match bytes.is_ascii() {
        true => Ok(()),
        false => utf8(bytes).map(drop),
    }
}

/// The string of some bytes.
///
/// # Errors
///
/// They are not encoded so.
pub(super) fn decode(bytes: &[u8], units: Units) -> Result<String> {
    match units {
        Units::Utf8 => Ok(utf8(bytes)?.to_owned()),
        Units::Utf16 => utf16(bytes).collect(),
        Units::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// A string of an instance, without a copy if it is UTF-8.
///
/// # Errors
///
/// As [`place`] and [`decode`].
pub(crate) fn read(
    memory: &[u8],
    encoding: StringEncoding,
    pointer: u32,
    tagged: u32,
) -> Result<Cow<'_, str>> {
    let place = place(memory, encoding, pointer, tagged)?;
    let bytes = &memory[place.range];
    match place.units {
        Units::Utf8 => Ok(Cow::Borrowed(utf8(bytes)?)),
        units => decode(bytes, units).map(Cow::Owned),
    }
}

/// A string to be written to an instance.
pub(super) enum Text<'s> {
    Host(&'s str),
    /// One in the memory of another instance, which has been checked.
    Guest {
        memory: MemoryId,
        place: Place,
        encoding: StringEncoding,
    },
    /// One in the same memory, copied before that changes.
    Copied {
        bytes: Vec<u8>,
        units: Units,
        encoding: StringEncoding,
    },
}

impl Text<'_> {
    /// A string in the memory of an instance that is passed to another.
    ///
    /// # Errors
    ///
    /// It is not encoded as the instance says.
    pub(super) fn of_guest(
        cx: &LowerContext<'_>,
        memory: MemoryId,
        encoding: StringEncoding,
        place: Place,
    ) -> Result<Text<'static>> {
        let bytes = &cx.store.vm().memory_bytes(memory)[place.range.clone()];
        match place.units {
            Units::Utf8 => check_utf8(bytes)?,
            Units::Utf16 => utf16(bytes).try_for_each(|unit| unit.map(drop))?,
            Units::Latin1 => {}
        }
        if Some(memory) != cx.options.memory {
            return Ok(Text::Guest {
                memory,
                place,
                encoding,
            });
        }
        let mut copy = Vec::new();
        ensure!(
            copy.try_reserve_exact(bytes.len()).is_ok(),
            "cannot allocate {} bytes for a string",
            bytes.len()
        );
        copy.extend_from_slice(bytes);
        Ok(Text::Copied {
            bytes: copy,
            units: place.units,
            encoding,
        })
    }

    /// What it consists of, and how many.
    fn units(&self) -> (Units, u32) {
        let (units, bytes) = match self {
            Text::Host(text) => (Units::Utf8, text.len()),
            Text::Guest { place, .. } => (place.units, place.range.len()),
            Text::Copied { units, bytes, .. } => (*units, bytes.len()),
        };
        let count = if units == Units::Utf16 { bytes / 2 } else { bytes };
        (units, count as u32)
    }

    fn encoding(&self) -> StringEncoding {
        match self {
            Text::Host(_) => StringEncoding::Utf8,
            Text::Guest { encoding, .. } | Text::Copied { encoding, .. } => *encoding,
        }
    }

    /// Gives a function the string's bytes, and so many bytes of the instance that it is written to.
    fn with<R>(
        &self,
        cx: &mut LowerContext<'_>,
        pointer: u32,
        size: u32,
        write: impl FnOnce(&[u8], &mut [u8]) -> R,
    ) -> R {
        let range = pointer as usize..pointer as usize + size as usize;
        match self {
            Text::Host(text) => write(text.as_bytes(), &mut cx.memory()[range]),
            Text::Copied { bytes, .. } => write(bytes, &mut cx.memory()[range]),
            Text::Guest { memory, place, .. } => {
                let to = cx.options.memory.expect("strings are in memories");
                let (from, to) = cx
                    .store
                    .store()
                    .two_memories(*memory, to)
                    .expect("a string in the same memory has been copied");
                write(&from[place.range.clone()], &mut to[range])
            }
        }
    }
}

impl LowerContext<'_> {
    /// Writes a string: its address and its length, which may be tagged.
    ///
    /// # Errors
    ///
    /// As [`reallocate`](Self::reallocate); or it is longer than strings can be.
    pub(crate) fn string(&mut self, text: &str) -> Result<(u32, u32)> {
        ensure!(
            text.len() < 1 << 28,
            "a string of {} bytes is longer than the canonical ABI allows",
            text.len()
        );
        lower(self, &Text::Host(text))
    }
}

/// The characters of a string that has been checked, from a byte on.
fn chars(bytes: &[u8], units: Units) -> Box<dyn Iterator<Item = Result<char>> + '_> {
    match units {
        Units::Utf8 => match utf8(bytes) {
            Ok(text) => Box::new(text.chars().map(Ok)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        },
        Units::Utf16 => Box::new(utf16(bytes)),
        Units::Latin1 => Box::new(bytes.iter().map(|&byte| Ok(char::from(byte)))),
    }
}

/// Writes a string to an instance: its address, and its length, which may be tagged.
///
/// # Errors
///
/// The instance trapped, or did not allocate as it should.
pub(super) fn lower(cx: &mut LowerContext<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let (units, _) = text.units();
    match (cx.options.encoding, units) {
        (StringEncoding::Utf8, Units::Utf8) => copy(cx, text, 1, 1),
        (StringEncoding::Utf8, Units::Utf16) => to_utf8(cx, text, 3),
        (StringEncoding::Utf8, Units::Latin1) => to_utf8(cx, text, 2),
        (StringEncoding::Utf16, Units::Utf8) => utf8_to_utf16(cx, text),
        (StringEncoding::Utf16, Units::Utf16) => copy(cx, text, 2, 2),
        (StringEncoding::Utf16, Units::Latin1) => latin1_to_utf16(cx, text),
        (StringEncoding::CompactUtf16, Units::Latin1) => copy(cx, text, 1, 2),
        (StringEncoding::CompactUtf16, Units::Utf16) if text.encoding() == StringEncoding::CompactUtf16 => {
            probably_utf16(cx, text)
        }
        (StringEncoding::CompactUtf16, _) => to_latin1_or_utf16(cx, text),
    }
}

/// Allocates a string, or changes its allocation.
fn allocate(cx: &mut LowerContext<'_>, old: (u32, u32), align: u32, size: u32) -> Result<u32> {
    cx.reallocate(old, align, size, Trap::StringOutOfBounds)
}

/// Copies units of a size.
fn copy(cx: &mut LowerContext<'_>, text: &Text<'_>, unit: u32, align: u32) -> Result<(u32, u32)> {
    let (_, count) = text.units();
    let size = count * unit;
    let pointer = allocate(cx, (0, 0), align, size)?;
    text.with(cx, pointer, size, |from, to| to.copy_from_slice(from));
    Ok((pointer, count))
}

fn latin1_to_utf16(cx: &mut LowerContext<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let (_, count) = text.units();
    let pointer = allocate(cx, (0, 0), 2, 2 * count)?;
    text.with(cx, pointer, 2 * count, widen);
    Ok((pointer, count))
}

/// Writes each byte as a unit of 16 bits.
fn widen(from: &[u8], to: &mut [u8]) {
    for (&byte, unit) in from.iter().zip(to.chunks_exact_mut(2)) {
        unit.copy_from_slice(&[byte, 0]);
    }
}

/// Writes characters as UTF-8, as long as there is room: the number of bytes.
fn encode_utf8(chars: impl Iterator<Item = Result<char>>, to: &mut [u8]) -> Result<u32> {
    let mut end = 0;
    for char in chars {
        let char = char?;
        let place = to
            .get_mut(end..end + char.len_utf8())
            .ok_or(Trap::StringOutOfBounds)?;
        char.encode_utf8(place);
        end += char.len_utf8();
    }
    Ok(end as u32)
}

/// Writes characters as UTF-16, as long as there is room: the number of bytes.
fn encode_utf16(chars: impl Iterator<Item = Result<char>>, to: &mut [u8]) -> Result<u32> {
    let mut end = 0;
    for char in chars {
        for unit in char?.encode_utf16(&mut [0; 2]) {
            let place = to.get_mut(end..end + 2).ok_or(Trap::StringOutOfBounds)?;
            place.copy_from_slice(&unit.to_le_bytes());
            end += 2;
        }
    }
    Ok(end as u32)
}

fn to_utf8(cx: &mut LowerContext<'_>, text: &Text<'_>, expansion: u32) -> Result<(u32, u32)> {
    let (units, count) = text.units();
    let mut pointer = allocate(cx, (0, 0), 1, count)?;
    let ascii = text.with(cx, pointer, count, |from, to| match units {
        Units::Utf16 => narrow(from, to, |unit| unit < 0x80),
        _ => {
            let ascii = from.iter().position(|&byte| byte >= 0x80).unwrap_or(from.len());
            to[..ascii].copy_from_slice(&from[..ascii]);
            ascii
        }
    });
    if ascii == count as usize {
        return Ok((pointer, count));
    }
    let worst = count * expansion;
    pointer = allocate(cx, (pointer, count), 1, worst)?;
    let size = text.with(cx, pointer, worst, |from, to| encode_utf8(chars(from, units), to))?;
    if size < worst {
        pointer = allocate(cx, (pointer, worst), 1, size)?;
    }
    Ok((pointer, size))
}

/// Writes units of 16 bits as bytes, as long as they fulfil a condition: how many do.
fn narrow(from: &[u8], to: &mut [u8], is_narrow: impl Fn(u16) -> bool) -> usize {
    let mut count = 0;
    for (unit, byte) in units_of(from).zip(to) {
        if !is_narrow(unit) {
            break;
        }
        *byte = unit as u8;
        count += 1;
    }
    count
}

fn utf8_to_utf16(cx: &mut LowerContext<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let (units, count) = text.units();
    let worst = 2 * count;
    let mut pointer = allocate(cx, (0, 0), 2, worst)?;
    let size = text.with(cx, pointer, worst, |from, to| {
        encode_utf16(chars(from, units), to)
    })?;
    if size < worst {
        pointer = allocate(cx, (pointer, worst), 2, size)?;
    }
    Ok((pointer, size / 2))
}

fn to_latin1_or_utf16(cx: &mut LowerContext<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let (units, count) = text.units();
    let mut pointer = allocate(cx, (0, 0), 2, count)?;
    let latin1 = text.with(cx, pointer, count, |from, to| -> Result<(u32, bool)> {
        let mut size = 0;
        for char in chars(from, units) {
            let Ok(byte) = u8::try_from(u32::from(char?)) else {
                return Ok((size, false));
            };
            to[size as usize] = byte;
            size += 1;
        }
        Ok((size, true))
    });
    let (size, is_all) = latin1?;
    if is_all {
        if size < count {
            pointer = allocate(cx, (pointer, count), 2, size)?;
        }
        return Ok((pointer, size));
    }
    let worst = 2 * count;
    pointer = allocate(cx, (pointer, count), 2, worst)?;
    let size = text.with(cx, pointer, worst, |from, to| {
        encode_utf16(chars(from, units), to)
    })?;
    if size < worst {
        pointer = allocate(cx, (pointer, worst), 2, size)?;
    }
    Ok((pointer, (size / 2) | TAG))
}

/// Copies what its instance passes as UTF-16, though it could pass Latin-1.
fn probably_utf16(cx: &mut LowerContext<'_>, text: &Text<'_>) -> Result<(u32, u32)> {
    let (_, count) = text.units();
    let size = 2 * count;
    let mut pointer = allocate(cx, (0, 0), 2, size)?;
    let is_narrow = text.with(cx, pointer, size, |from, to| {
        to.copy_from_slice(from);
        units_of(from).all(|unit| unit < 0x100)
    });
    if !is_narrow {
        return Ok((pointer, count | TAG));
    }
    text.with(cx, pointer, size, |from, to| {
        narrow(from, to, |unit| unit < 0x100)
    });
    pointer = allocate(cx, (pointer, size), 1, count)?;
    Ok((pointer, count))
}
