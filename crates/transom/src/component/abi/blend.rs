//! Replaces bits of values by those of others, where a mask that repeats with each value says so.
//!
//! A block is as many values as fill whole vectors.

use crate::unchecked::vectors::{self, Vector};

/// The most vectors of a block.
const MAX_VECTORS: usize = 9;

/// The largest size of a value, in bytes.
pub(super) const MAX_SIZE: usize = MAX_VECTORS * size_of::<Vector>();

/// Replaces bits by those of `from` where the mask of a value has ones: the OR of all values in `from`. `None` if no block has values of this size; then nothing
/// has happened.
///
/// Bytes after the last whole value are not touched.
pub(super) fn blend(mask: &[u8], from: &[u8], to: &mut [u8]) -> Option<[u8; MAX_SIZE]> {
    let size = mask.len();
    if size == 0 {
        return None;
    }
    let length = from.len().min(to.len()) / size * size;
    let (from, to) = (&from[..length], &mut to[..length]);
    match (1..=MAX_VECTORS).find(|vectors| (size_of::<Vector>() * vectors).is_multiple_of(size))? {
        1 => Some(blocks::<1>(mask, from, to)),
        2 => Some(blocks::<2>(mask, from, to)),
        3 => Some(blocks::<3>(mask, from, to)),
        4 => Some(blocks::<4>(mask, from, to)),
        5 => Some(blocks::<5>(mask, from, to)),
        7 => Some(blocks::<7>(mask, from, to)),
        9 => Some(blocks::<9>(mask, from, to)),
        _ => None,
    }
}

/// Blends in blocks of `N` vectors.
fn blocks<const N: usize>(mask: &[u8], from: &[u8], to: &mut [u8]) -> [u8; MAX_SIZE] {
    let mut masks = [Vector::default(); N];
    let repeated = mask.iter().cycle();
    for (byte, &mask) in masks.as_flattened_mut().iter_mut().zip(repeated) {
        *byte = mask;
    }
    let whole = from.len() / size_of_val(&masks) * size_of_val(&masks);
    let (from, from_rest) = from.split_at(whole);
    let (to, to_rest) = to.split_at_mut(whole);
    let (from, to) = (
        from.as_chunks().0.as_chunks().0,
        to.as_chunks_mut().0.as_chunks_mut().0,
    );
    let most = vectors::blend(&masks, from, to);
    // The last values, with zeros after them.
    let (mut from, mut to) = ([[Vector::default(); N]], [[Vector::default(); N]]);
    let (source, place) = (
        from.as_flattened_mut().as_flattened_mut(),
        to.as_flattened_mut().as_flattened_mut(),
    );
    source[..from_rest.len()].copy_from_slice(from_rest);
    place[..from_rest.len()].copy_from_slice(to_rest);
    let last = vectors::blend(&masks, &from, &mut to);
    to_rest.copy_from_slice(&to.as_flattened().as_flattened()[..from_rest.len()]);
    let mut all = [0; MAX_SIZE];
    for values in [most.as_flattened(), last.as_flattened()] {
        for value in values.chunks_exact(mask.len()) {
            for (all, byte) in all.iter_mut().zip(value) {
                *all |= byte;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn expected(mask: &[u8], from: &[u8], to: &mut [u8]) -> Vec<u8> {
        let mut all = vec![0; mask.len()];
        let size = mask.len();
        for (from, to) in from.chunks_exact(size).zip(to.chunks_exact_mut(size)) {
            for index in 0..size {
                all[index] |= from[index];
                to[index] = (to[index] & !mask[index]) | (from[index] & mask[index]);
            }
        }
        all
    }

    #[test]
    fn every_size_and_length_is_blended_as_byte_by_byte() {
        let mut state = 1_u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut done = 0;
        for size in 0..=300 {
            for count in [0, 1, 2, 3, 7, 8, 33, 100] {
                let mask: Vec<_> = (0..size).map(|_| random()).collect();
                let from: Vec<_> = (0..size * count + 1).map(|_| random()).collect();
                let mut to: Vec<_> = (0..size * count + 1).map(|_| random()).collect();
                let (before, mut other) = (to.clone(), to.clone());
                match blend(&mask, &from, &mut to) {
                    Some(all) => {
                        assert_eq!(all[..size], expected(&mask, &from, &mut other), "{size} {count}");
                        assert_eq!(to, other, "{size} {count}");
                        done += 1;
                    }
                    None => assert_eq!(to, before),
                }
            }
        }
        assert_eq!(done, 8 * 32);
    }
}
