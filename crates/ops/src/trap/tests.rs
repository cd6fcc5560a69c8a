//! The numbers lead back to the kind that they came from.
use super::*;

#[test]
fn numbers_round_trip() {
    for (index, &trap) in Trap::ALL.iter().enumerate() {
        assert_eq!(trap as usize, index, "the numbers have no gaps");
        assert_eq!(Trap::from_u8(trap as u8), Some(trap));
        assert_eq!(Trap::of_number(trap.number()), Some(trap));
    }
    assert_eq!(Trap::from_u8(Trap::ALL.len() as u8), None);
    assert_eq!(Trap::from_u8(255), None);
    assert_eq!(Trap::of_number(NonZeroU8::MAX), None);
}
