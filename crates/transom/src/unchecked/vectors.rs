//! Replacing bits of bytes, with vectors of 256 bits where the processor has them.

/// As many bytes as a vector has.
pub(crate) type Vector = [u8; 32];

/// Replaces bits by those of `from` where the masks, which are repeated, have ones: the OR of all that is in `from`, for each mask.
pub(crate) fn blend<const N: usize>(
    masks: &[Vector; N],
    from: &[[Vector; N]],
    to: &mut [[Vector; N]],
) -> [Vector; N] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has these instructions.
        return unsafe { blend_avx2(masks, from, to) };
    }
    blend_words(masks, from, to)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn blend_avx2<const N: usize>(
    masks: &[Vector; N],
    from: &[[Vector; N]],
    to: &mut [[Vector; N]],
) -> [Vector; N] {
    use std::arch::x86_64::*;
    let load = |vector: &Vector| {
        // SAFETY: there are 32 bytes, at any address.
        unsafe { _mm256_loadu_si256(vector.as_ptr().cast()) }
    };
    let store = |vector: &mut Vector, value| {
        // SAFETY: as above, and they are nobody else's.
        unsafe { _mm256_storeu_si256(vector.as_mut_ptr().cast(), value) }
    };
    let masks = masks.each_ref().map(load);
    let mut all = [_mm256_setzero_si256(); N];
    for (from, to) in from.iter().zip(to) {
        for index in 0..N {
            let (new, old) = (load(&from[index]), load(&to[index]));
            all[index] = _mm256_or_si256(all[index], new);
            let changed = _mm256_and_si256(_mm256_xor_si256(old, new), masks[index]);
            store(&mut to[index], _mm256_xor_si256(old, changed));
        }
    }
    all.map(|all| {
        let mut bytes = Vector::default();
        store(&mut bytes, all);
        bytes
    })
}

fn blend_words<const N: usize>(
    masks: &[Vector; N],
    from: &[[Vector; N]],
    to: &mut [[Vector; N]],
) -> [Vector; N] {
    let mut all = [Vector::default(); N];
    let word = |vector: &Vector, at: usize| {
        let word = vector[at..].first_chunk().expect("a vector has four words");
        u64::from_le_bytes(*word)
    };
    for (from, to) in from.iter().zip(to) {
        for index in 0..N {
            for at in [0, 8, 16, 24] {
                let (new, old) = (word(&from[index], at), word(&to[index], at));
                let seen = word(&all[index], at) | new;
                all[index][at..at + 8].copy_from_slice(&seen.to_le_bytes());
                let changed = (old ^ new) & word(&masks[index], at);
                to[index][at..at + 8].copy_from_slice(&(old ^ changed).to_le_bytes());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_vectors_and_words_do_the_same() {
        let mut state = 7_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut vectors = |count: usize| -> Vec<[Vector; 3]> {
            let vector = |random: &mut dyn FnMut() -> u8| std::array::from_fn(|_| random());
            (0..count)
                .map(|_| std::array::from_fn(|_| vector(&mut random)))
                .collect()
        };
        for count in [0, 1, 5] {
            let (masks, from, to) = (vectors(1)[0], vectors(count), vectors(count));
            let (mut one, mut other) = (to.clone(), to);
            let all = blend(&masks, &from, &mut one);
            assert_eq!(all, blend_words(&masks, &from, &mut other));
            assert_eq!(one, other);
        }
    }
}
