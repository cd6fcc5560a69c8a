//! A place keeps the memory that it lies in.
use super::*;

#[test]
fn a_place_outlives_everything_else_that_knows_its_allocation() {
    let allocation = Arc::new(Allocation::new(64));
    // SAFETY: any bytes are a number.
    let place = unsafe { allocation.place::<u64>(48) };
    let weak = Arc::downgrade(&allocation);
    drop(allocation);
    // SAFETY: as above.
    unsafe { place.set(7) };
    assert_eq!((place.get(), weak.strong_count()), (7, 1));
    drop(place);
    assert_eq!(weak.strong_count(), 0);
}

#[test]
fn structures_that_are_not_inside_or_not_aligned_are_refused() {
    let allocation = Arc::new(Allocation::new(64));
    for offset in [-8, 4, 60, 64] {
        let place = std::panic::AssertUnwindSafe(|| allocation.at::<u64>(offset));
        assert!(std::panic::catch_unwind(place).is_err(), "{offset}");
    }
    assert_eq!(
        allocation.at::<u64>(56).as_ptr() as usize - allocation.base() as usize,
        56
    );
}
