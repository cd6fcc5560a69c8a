//! Rows of values that refer to nothing, from one memory to another.
//!
//! All parts of all values are passed at once ([`blend`]), as they are: bits of the destination are replaced where a mask says so, which repeats with each
//! value, so padding stays. The OR of all values says then whether one may not be as it should be: a boolean above 1, a case that may not be there. Almost
//! always none is. What may be wrong is passed once more, part by part, which finds out. Checks come after copies: what was written to a memory
//! before a trap is of no meaning.

use super::blend::{MAX_SIZE, blend};
use super::shapes::{char_of, no_case};
use transom_component::types::Move;
use transom_error::Result;

/// Passes values of `size` bytes each.
///
/// # Errors
///
/// One is no value of its type.
pub(crate) fn pass(moves: &[Move], size: usize, from: &[u8], to: &mut [u8]) -> Result<()> {
    let all = at_once(moves, size, from, to);
    let left = moves
        .iter()
        .filter(|part| all.is_none_or(|all| !is_right(part, &all)));
    for &part in left {
        pass_part(part, size, from, to)?;
    }
    Ok(())
}

/// Passes values as they are: the OR of all. `None` if values of this size are not passed so.
fn at_once(moves: &[Move], size: usize, from: &[u8], to: &mut [u8]) -> Option<[u8; MAX_SIZE]> {
    let mut mask = [0; MAX_SIZE];
    let mask = mask.get_mut(..size)?;
    for part in moves {
        mask[part.range()].fill(0xff);
    }
    blend(mask, from, to)
}

/// Whether a part is right in all values, by the OR of them.
fn is_right(part: &Move, all: &[u8]) -> bool {
    let bits = || {
        let bytes = &all[part.range()];
        bytes
            .iter()
            .rev()
            .fold(0, |bits, &byte| (bits << 8) | u32::from(byte))
    };
    match *part {
        Move::Bytes { .. } => true,
        Move::Bool(_) => bits() <= 1,
        // All characters before the surrogates.
        Move::Char(_) => bits() < 0xd800,
        Move::Case { count, .. } => bits() < count,
        Move::Flags { mask, .. } => bits() & !mask == 0,
    }
}

/// Passes a part of each value.
fn pass_part(part: Move, size: usize, from: &[u8], to: &mut [u8]) -> Result<()> {
    match part {
        Move::Bytes { offset, size: bytes } => {
            let part = offset as usize..(offset + bytes) as usize;
            for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(size)) {
                to[part.clone()].copy_from_slice(&from[part.clone()]);
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
