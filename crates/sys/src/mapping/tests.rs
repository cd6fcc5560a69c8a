//! Reservations read as zeros, keep what was written, and refuse what is beyond them.
use super::*;

fn byte(reservation: &Reservation, at: usize) -> &mut u8 {
    assert!(at < reservation.accessible());
    // SAFETY: the byte is accessible, and the tests hold one reference at a time.
    unsafe { &mut *reservation.base().add(at) }
}

#[test]
fn grows_in_place_and_keeps_contents() {
    let mut reservation = Reservation::new(1 << 20).unwrap();
    reservation.make_accessible(10).unwrap();
    assert_eq!(reservation.accessible(), page_size());
    *byte(&reservation, 9) = 7;
    reservation.make_accessible(1 << 20).unwrap();
    assert_eq!((*byte(&reservation, 9), *byte(&reservation, (1 << 20) - 1)), (7, 0));
    assert!(reservation.make_accessible((1 << 20) + 1).is_err());
    assert!(reservation.make_accessible(usize::MAX).is_err());
}

#[test]
fn resets_to_zeros() {
    let mut reservation = Reservation::new(1 << 20).unwrap();
    reservation.make_accessible(3 * page_size()).unwrap();
    *byte(&reservation, 5) = 1;
    *byte(&reservation, 2 * page_size()) = 1;
    reservation.reset(page_size()).unwrap();
    assert_eq!(reservation.accessible(), page_size());
    reservation.make_accessible(3 * page_size()).unwrap();
    assert_eq!((*byte(&reservation, 5), *byte(&reservation, 2 * page_size())), (0, 0));
    *byte(&reservation, 5) = 1;
    reservation.discard(page_size()).unwrap();
    assert_eq!(*byte(&reservation, 5), 0);
}

#[test]
fn refuses_sizes_beyond_the_address_space() {
    assert!(Reservation::new(usize::MAX).is_err());
    assert!(Reservation::new(usize::MAX / 2).is_err());
}
