//! Which code instructions have.
use super::*;

fn locations(pairs: &[(u32, u32)]) -> Vec<Location> {
    let location = |&(code_offset, wasm_offset)| Location {
        code_offset,
        wasm_offset,
    };
    pairs.iter().map(location).collect()
}

#[test]
fn ranges_of_instructions_are_ranges_of_code() {
    // The entry, three instructions, and what the second has out of line.
    let locations = locations(&[(0, u32::MAX), (8, 10), (12, 11), (20, 15), (30, 11), (34, 20)]);
    let straight = Straight::of(&locations);
    assert_eq!(straight.code(&(10..11)), Some(8..12));
    assert_eq!(straight.code(&(11..15)), Some(12..20));
    assert_eq!(straight.code(&(0..15)), Some(8..20));
    // There is no such instruction, or none with code.
    assert_eq!(straight.code(&(12..14)), None);
    assert_eq!(straight.code(&(16..18)), None);
    // What is out of line is not in it, so the end of the last instruction is not known.
    assert_eq!(straight.code(&(10..100)), Some(8..20));
    assert_eq!(straight.code(&(15..100)), None);
    #[expect(clippy::reversed_empty_ranges, reason = "a program says so")]
    let reversed = straight.code(&(15..10));
    assert_eq!(reversed, None);
}

#[test]
fn some_functions_have_no_such_part() {
    for none in [&[][..], &[(0, u32::MAX)], &[(0, u32::MAX), (4, u32::MAX)]] {
        assert_eq!(Straight::of(&locations(none)).code(&(0..u64::MAX)), None);
    }
}
