//! Layouts of structures: fields never overlap, are aligned, and lie where the supertype's do.
use super::FieldClass::*;
use super::*;

const CLASSES: [FieldClass; 9] = [I8, I16, I32, I64, F32, F64, V128, Function, Object];

fn random_fields(seed: u64, len: usize) -> Vec<FieldClass> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            CLASSES[(state >> 33) as usize % CLASSES.len()]
        })
        .collect()
}

#[test]
fn fields_do_not_overlap() {
    for seed in 0..2000 {
        let fields = random_fields(seed, seed as usize % 40);
        let layout = StructLayout::new(fields.iter().copied());
        let mut used = vec![false; layout.size as usize];
        used[..4].fill(true);
        for (field, &offset) in fields.iter().zip(&layout.offsets) {
            assert_eq!(offset % field.size().min(8), 0, "{fields:?}");
            for byte in &mut used[offset as usize..(offset + field.size()) as usize] {
                assert!(!std::mem::replace(byte, true), "{fields:?} {layout:?}");
            }
        }
        assert_eq!(layout.size % 8, 0);
        assert!(layout.size >= 8);
    }
}

#[test]
fn a_subtype_begins_like_its_supertype() {
    for seed in 0..500 {
        let fields = random_fields(seed, 30);
        let whole = StructLayout::new(fields.iter().copied());
        for len in 0..30 {
            let part = StructLayout::new(fields[..len].iter().copied());
            assert_eq!(part.offsets[..], whole.offsets[..len]);
            assert!(part.size <= whole.size);
        }
    }
}

#[test]
fn gaps_are_filled() {
    assert_eq!(StructLayout::new([I64, I32, I8, I8]).offsets, [8, 4, 16, 17]);
    assert_eq!(StructLayout::new([I8, I64, I16, I8]).offsets, [4, 8, 6, 5]);
    assert_eq!(StructLayout::new([Object, Object]).size, 16);
    assert_eq!(StructLayout::new([]).size, 8);
    assert_eq!(StructLayout::of_exception([I32]).offsets, [8]);
}

#[test]
fn references_of_numbers_are_odd() {
    assert_eq!(i31(0), 1);
    assert_eq!(i31(u32::MAX), u32::MAX);
}
