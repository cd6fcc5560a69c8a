//! The numbers in machine code lead back to the kind that they came from.
use super::*;

#[test]
fn numbers_round_trip() {
    for &trap in Trap::ALL {
        assert_eq!(Trap::from_u8(trap as u8), Some(trap));
    }
    assert_eq!(Trap::from_u8(0), None);
    assert_eq!(Trap::from_u8(255), None);
}
