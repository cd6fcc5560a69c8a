//! The header of an entry's file: four numbers of 8 bytes, little-endian.
//!
//! | bytes | |
//! |---|---|
//! | 0 to 7 | `MAGIC` |
//! | 8 to 15 | `VERSION` |
//! | 16 to 23 | the length of the contents in bytes |
//! | 24 to 31 | the XXH3 hash of the entry's name, a zero byte, and the contents |
//!
//! The contents follow, and nothing else. So a file of a different length, or under another name, is no entry.

use crate::pieces::Pieces;
use xxhash_rust::xxh3::Xxh3;

/// What a file begins with.
const MAGIC: [u8; 8] = *b"\x7ftrcache";
const VERSION: u64 = 1;
/// The length of a header.
pub const HEADER: usize = 32;

/// The header of an entry.
pub fn header(name: &str, contents: &(impl Pieces + ?Sized)) -> [u8; HEADER] {
    let numbers = [
        u64::from_le_bytes(MAGIC),
        VERSION,
        contents.size(),
        hash(name, contents),
    ];
    let mut header = [0; HEADER];
    for (bytes, number) in header.chunks_exact_mut(8).zip(numbers) {
        bytes.copy_from_slice(&number.to_le_bytes());
    }
    header
}

fn hash(name: &str, contents: &(impl Pieces + ?Sized)) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(name.as_bytes());
    hash.update(&[0]);
    contents.pieces().for_each(|piece| hash.update(piece));
    hash.digest()
}

#[cfg(test)]
mod tests;
