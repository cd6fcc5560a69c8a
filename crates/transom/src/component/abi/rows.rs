//! Rows of values that refer to nothing, from one memory to another.
//!
//! Each part of a type is passed for all values of the row before the next part is, so there is one short loop for each part, and nothing
//! to decide in it. Checks come after the loop: what was written to a memory before a trap is of no meaning.

use super::shapes::{char_of, no_case};
use transom_component::types::Move;
use transom_error::Result;

/// Passes values of `size` bytes each.
///
/// # Errors
///
/// One is no value of its type.
pub(super) fn pass(moves: &[Move], size: usize, from: &[u8], to: &mut [u8]) -> Result<()> {
    for &part in moves {
        match part {
            Move::Bytes { offset, size: bytes } => {
                let offset = offset as usize;
                match bytes {
                    1 => bytes_of::<1>(size, offset, from, to),
                    2 => bytes_of::<2>(size, offset, from, to),
                    4 => bytes_of::<4>(size, offset, from, to),
                    8 => bytes_of::<8>(size, offset, from, to),
                    12 => bytes_of::<12>(size, offset, from, to),
                    16 => bytes_of::<16>(size, offset, from, to),
                    _ => any_bytes(size, offset..offset + bytes as usize, from, to),
                }
            }
            Move::Bool(offset) => {
                each::<1>(size, offset, from, to, |[byte]| [u8::from(byte != 0)]);
            }
            Move::Char(offset) => chars(size, offset, from, to)?,
            Move::Case {
                offset,
                size: bytes,
                count,
            } => cases(size, (offset, bytes, count), from, to)?,
            Move::Flags {
                offset,
                size: bytes,
                mask,
            } => flags(size, (offset, bytes, mask), from, to),
        }
    }
    Ok(())
}

fn chars(size: usize, offset: u32, from: &[u8], to: &mut [u8]) -> Result<()> {
    let mut wrong = None;
    each::<4>(size, offset, from, to, |bytes| {
        let bits = u32::from_le_bytes(bytes);
        if char::from_u32(bits).is_none() {
            wrong = Some(bits);
        }
        bytes
    });
    match wrong {
        None => Ok(()),
        Some(bits) => char_of(bits).map(drop),
    }
}

fn cases(size: usize, (offset, bytes, count): (u32, u32, u32), from: &[u8], to: &mut [u8]) -> Result<()> {
    let mut most = 0;
    match bytes {
        1 => each::<1>(size, offset, from, to, |case| {
            most = most.max(u32::from(case[0]));
            case
        }),
        2 => each::<2>(size, offset, from, to, |case| {
            most = most.max(u32::from(u16::from_le_bytes(case)));
            case
        }),
        _ => each::<4>(size, offset, from, to, |case| {
            most = most.max(u32::from_le_bytes(case));
            case
        }),
    }
    match most < count {
        true => Ok(()),
        false => Err(no_case(most, count as usize)),
    }
}

fn flags(size: usize, (offset, bytes, mask): (u32, u32, u32), from: &[u8], to: &mut [u8]) {
    match bytes {
        1 => each::<1>(size, offset, from, to, |[bits]| [bits & mask as u8]),
        2 => each::<2>(size, offset, from, to, |bits| {
            (u16::from_le_bytes(bits) & mask as u16).to_le_bytes()
        }),
        _ => each::<4>(size, offset, from, to, |bits| {
            (u32::from_le_bytes(bits) & mask).to_le_bytes()
        }),
    }
}

fn bytes_of<const N: usize>(size: usize, offset: usize, from: &[u8], to: &mut [u8]) {
    each::<N>(size, offset as u32, from, to, |bytes| bytes);
}

/// Passes `N` bytes of each value.
#[inline(always)]
fn each<const N: usize>(
    size: usize,
    offset: u32,
    from: &[u8],
    to: &mut [u8],
    mut pass: impl FnMut([u8; N]) -> [u8; N],
) {
    let offset = offset as usize;
    for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(size)) {
        let (Some(from), Some(to)) = (
            from[offset..].first_chunk::<N>(),
            to[offset..].first_chunk_mut::<N>(),
        ) else {
            unreachable!("a part of a value is inside of it")
        };
        *to = pass(*from);
    }
}

fn any_bytes(size: usize, part: std::ops::Range<usize>, from: &[u8], to: &mut [u8]) {
    for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(size)) {
        to[part.clone()].copy_from_slice(&from[part.clone()]);
    }
}
