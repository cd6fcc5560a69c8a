//! Numbers in a memory.

use super::shapes::not_aligned;
use crate::Trap;
use transom_error::{Result, ensure};

/// Whether a value of a size and an alignment can be at an address.
///
/// # Errors
///
/// It is not inside of the memory, or not aligned.
pub(super) fn check_place(memory: &[u8], pointer: u32, (size, align): (u32, u32)) -> Result<()> {
    if !pointer.is_multiple_of(align) {
        return Err(not_aligned(pointer, align));
    }
    let end = u64::from(pointer) + u64::from(size);
    let length = memory.len();
    ensure!(
        end <= length as u64,
        "pointer out of bounds of memory: {pointer:#x} and {size} bytes of {length:#x}"
    );
    Ok(())
}

/// Bytes of a memory.
///
/// # Errors
///
/// They are out of bounds.
#[inline(always)]
pub(super) fn read<const N: usize>(memory: &[u8], at: usize) -> Result<[u8; N]> {
    let bytes = memory.get(at..).and_then(|rest| rest.first_chunk::<N>());
    bytes.copied().ok_or_else(|| Trap::MemoryOutOfBounds.into())
}

/// A number of 1, 2 or 4 bytes: a case, or flags.
///
/// # Errors
///
/// It is out of bounds.
pub(super) fn unsigned(memory: &[u8], at: usize, size: u32) -> Result<u32> {
    match size {
        1 => read::<1>(memory, at).map(|[byte]| u32::from(byte)),
        2 => read(memory, at).map(|bytes| u32::from(u16::from_le_bytes(bytes))),
        _ => read(memory, at).map(u32::from_le_bytes),
    }
}

/// An address and a length.
///
/// # Errors
///
/// They are out of bounds.
#[inline(always)]
pub(super) fn pair(memory: &[u8], at: usize) -> Result<(u32, u32)> {
    let bits = u64::from_le_bytes(read(memory, at)?);
    Ok((bits as u32, (bits >> 32) as u32))
}
