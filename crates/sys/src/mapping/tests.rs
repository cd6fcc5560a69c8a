//! Reservations read as zeros, keep what was written, and refuse what is beyond them.
use super::*;

fn byte(reservation: &mut Reservation, at: usize) -> &mut u8 {
    assert!(at < reservation.accessible());
    // SAFETY: the byte is accessible, and borrowed with its reservation.
    unsafe { &mut *reservation.base().add(at) }
}

#[test]
fn grows_in_place_and_keeps_contents() {
    let mut reservation = Reservation::new(1 << 20).unwrap();
    reservation.make_accessible(10).unwrap();
    assert_eq!(reservation.accessible(), page_size());
    *byte(&mut reservation, 9) = 7;
    reservation.make_accessible(1 << 20).unwrap();
    assert_eq!(
        (*byte(&mut reservation, 9), *byte(&mut reservation, (1 << 20) - 1)),
        (7, 0)
    );
    assert!(reservation.make_accessible((1 << 20) + 1).is_err());
    assert!(reservation.make_accessible(usize::MAX).is_err());
}

#[test]
fn resets_to_zeros() {
    let mut reservation = Reservation::new(1 << 20).unwrap();
    reservation.make_accessible(3 * page_size()).unwrap();
    *byte(&mut reservation, 5) = 1;
    *byte(&mut reservation, 2 * page_size()) = 1;
    reservation.reset(page_size()).unwrap();
    assert_eq!(reservation.accessible(), page_size());
    reservation.make_accessible(3 * page_size()).unwrap();
    assert_eq!(
        (
            *byte(&mut reservation, 5),
            *byte(&mut reservation, 2 * page_size())
        ),
        (0, 0)
    );
    *byte(&mut reservation, 5) = 1;
    reservation.discard(page_size()).unwrap();
    assert_eq!(*byte(&mut reservation, 5), 0);
}

#[test]
fn refuses_sizes_beyond_the_address_space() {
    assert!(Reservation::new(usize::MAX).is_err());
    assert!(Reservation::new(usize::MAX / 2).is_err());
}
