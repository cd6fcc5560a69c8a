//! Random strings in the encodings of instances.

use super::random::Random;
use transom_component::wiring::StringEncoding;

/// A string in memory.
#[derive(Default)]
pub(super) struct Encoded {
    pub(super) bytes: Vec<u8>,
    /// How many units, with the mark of UTF-16 if there is a choice.
    pub(super) tagged: u32,
}

/// A character: of ASCII, of Latin-1, of 16 bits, or any, up to a level from 0 to 3.
pub(super) fn char(random: &mut Random, level: usize) -> char {
    let bits = match random.below(level + 1) {
        0 => random.within(0..=0x7F),
        1 => random.within(0x80..=0xFF),
        2 => match random.one_in(4) {
            true => random.choose(&[0x100, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF]),
            false => random.within(0x100..=0xD7FF),
        },
        _ => random.within(0x1_0000..=0x10_FFFF),
    };
    char::from_u32(bits).expect("none of these is a surrogate")
}

pub(super) fn text(random: &mut Random) -> String {
    let level = random.below(4);
    let length = match random.below(50) {
        0 => random.within(100..=400),
        1..=7 => 0,
        _ => random.within(1..=12),
    };
    // What needs another encoding often comes late.
    let simple = random.below(length as usize + 1);
    (0..length as usize)
        .map(|index| {
            char(
                random,
                if index < simple {
                    level.saturating_sub(1)
                } else {
                    level
                },
            )
        })
        .collect()
}

pub(super) fn encode(random: &mut Random, text: &str, encoding: StringEncoding) -> Encoded {
    let is_latin1 = text.chars().all(|char| u32::from(char) < 0x100);
    let units = || text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let bytes = match encoding {
        StringEncoding::Utf8 => text.as_bytes().to_vec(),
        StringEncoding::CompactUtf16 if is_latin1 && random.one_in(2) => {
            text.chars().map(|char| u32::from(char) as u8).collect()
        }
        StringEncoding::CompactUtf16 => {
            let bytes = units();
            return Encoded {
                tagged: (bytes.len() / 2) as u32 | 1 << 31,
                bytes,
            };
        }
        StringEncoding::Utf16 => {
            let bytes = units();
            return Encoded {
                tagged: (bytes.len() / 2) as u32,
                bytes,
            };
        }
    };
    Encoded {
        tagged: bytes.len() as u32,
        bytes,
    }
}

/// Makes a string invalid, if it can be.
pub(super) fn spoil(random: &mut Random, encoded: &mut Encoded, encoding: StringEncoding) {
    let is_wide = encoding == StringEncoding::Utf16 || encoded.tagged >> 31 != 0;
    let length = encoded.bytes.len();
    if length == 0 {
        return;
    }
    if is_wide {
        let at = random.below(length / 2) * 2;
        let surrogate = random.within(0xD800..=0xDFFF) as u16;
        encoded.bytes[at..at + 2].copy_from_slice(&surrogate.to_le_bytes());
        return;
    }
    let at = random.below(length);
    encoded.bytes[at] = random.choose(&[0x80, 0xBF, 0xC0, 0xC3, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF]);
}
