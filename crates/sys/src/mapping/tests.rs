//! Reservations read as zeros, keep what was written, and refuse what is beyond them.
use super::*;
use crate::written;

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
    reservation.discard_first(page_size()).unwrap();
    assert_eq!(*byte(&mut reservation, 5), 0);
}

#[test]
fn refuses_sizes_beyond_the_address_space() {
    assert!(Reservation::new(usize::MAX).is_err());
    assert!(Reservation::new(usize::MAX / 2).is_err());
}

/// Pages of a range that the system has memory for.
fn resident(reservation: &Reservation, len: usize) -> usize {
    let mut pages = vec![0u8; len / page_size()];
    // SAFETY: the range is mapped, and there is a byte for each of its pages.
    let result = unsafe { libc::mincore(reservation.base().cast(), len, pages.as_mut_ptr()) };
    check(result).unwrap();
    pages.iter().filter(|&&page| page & 1 != 0).count()
}

/// An image lies in the middle, most pages were never touched, and the reservation moves twice, so that it consists of ever
/// more pieces.
fn moves_what_it_holds() {
    let page = page_size();
    let image = Arc::new(Image::new(&vec![3; page + 1]).unwrap());
    let mut reservation = Reservation::guarded(page, 64 * page).unwrap();
    reservation.make_accessible(64 * page).unwrap();
    reservation.map_image(&image, 8 * page).unwrap();
    *byte(&mut reservation, 9) = 1;
    *byte(&mut reservation, 8 * page) = 2;
    *byte(&mut reservation, 63 * page) = 4;
    for pages in [128, 256] {
        let used = reservation.accessible();
        let mut larger = reservation.moved(used, pages * page, 2 * pages * page).unwrap();
        assert_eq!((larger.before(), larger.len()), (page, 2 * pages * page));
        assert_eq!(larger.accessible(), pages * page);
        *byte(&mut larger, pages * page - 1) = 5;
        reservation = larger;
    }
    let at = [
        9,
        8 * page,
        8 * page + 1,
        9 * page,
        9 * page + 1,
        63 * page,
        128 * page - 1,
    ];
    assert_eq!(at.map(|at| *byte(&mut reservation, at)), [1, 2, 3, 3, 0, 4, 5]);
    assert!(resident(&reservation, 256 * page) < 10);
}

#[test]
fn moves_pages_or_copies_them() {
    moves_what_it_holds();
    // As if the system could not; other tests get the same by copying.
    MOVES_PAGES.store(false, Ordering::Relaxed);
    moves_what_it_holds();
}

#[test]
fn a_move_that_fails_leaves_everything() {
    let page = page_size();
    let mut reservation = Reservation::new(4 * page).unwrap();
    reservation.make_accessible(4 * page).unwrap();
    *byte(&mut reservation, 0) = 1;
    *byte(&mut reservation, 3 * page) = 2;
    assert!(
        reservation
            .moved(4 * page, usize::MAX / 4, usize::MAX / 2)
            .is_err()
    );
    // The second piece consists of three mappings, which systems before Linux 6.17 refuse to move at once.
    reservation.add_seams(page..4 * page);
    // SAFETY: the page is the reservation's.
    let middle = unsafe { reservation.base().add(2 * page) };
    // SAFETY: as above.
    check(unsafe { libc::mprotect(middle.cast(), page, libc::PROT_READ) }).unwrap();
    let mut larger = Reservation::new(4 * page).unwrap();
    larger.make_accessible(4 * page).unwrap();
    let holder = match reservation.move_pages(&mut larger, 4 * page) {
        Ok(()) => &mut larger,
        Err(_) => &mut reservation,
    };
    assert_eq!((*byte(holder, 0), *byte(holder, 3 * page)), (1, 2));
    // It may have been unmapped.
    std::mem::forget(larger);
}

/// An image of two pages and a half, of which no byte is zero.
fn image() -> Arc<Image> {
    let bytes: Vec<_> = (0..5 * page_size() / 2).map(|at| (at % 251) as u8 + 1).collect();
    Arc::new(Image::new(&bytes).unwrap())
}

/// What a cleaned reservation of 80 pages must read as.
fn expected(image: Option<&Arc<Image>>, offset: usize) -> Vec<u8> {
    let mut bytes = vec![0; 80 * page_size()];
    if let Some(image) = image {
        bytes[offset..][..image.bytes().len()].copy_from_slice(image.bytes());
    }
    bytes
}

#[test]
fn cleaned_it_reads_as_before() {
    let image = image();
    for at_page in [None, Some(0), Some(1), Some(77)] {
        let image = at_page.map(|page| (&image, page * page_size()));
        // What may stay, and which pages are written.
        for (keep, ask) in [
            (0, true),
            (1, true),
            (4, true),
            (7, true),
            (1000, true),
            (0, false),
            (5, false),
            (90, false),
        ] {
            for (first, step) in [(0, 1), (0, 3), (1, 2), (40, 7), (79, 1)] {
                let mut reservation = Reservation::guarded(page_size(), 100 * page_size()).unwrap();
                reservation.make_accessible(80 * page_size()).unwrap();
                if let Some((image, offset)) = image {
                    reservation.map_image(image, offset).unwrap();
                }
                for _ in 0..2 {
                    for page in (first..80).step_by(step) {
                        *byte(&mut reservation, page * page_size() + 77) = 0xcc;
                    }
                    let kept = reservation.clean(keep * page_size(), ask).unwrap();
                    assert!(kept <= keep * page_size());
                    // SAFETY: so much is accessible, and the reservation is not used meanwhile.
                    let bytes = unsafe { std::slice::from_raw_parts(reservation.base(), 80 * page_size()) };
                    let (of, offset) = (
                        image.map(|(image, _)| image),
                        image.map_or(0, |(_, offset)| offset),
                    );
                    assert!(
                        bytes == expected(of, offset),
                        "{at_page:?}, {keep} kept, {ask}, from {first} by {step}"
                    );
                }
                assert!(reservation.is_for(image));
            }
        }
    }
}

#[test]
fn what_stays_is_bounded() {
    let mut reservation = Reservation::new(64 * page_size()).unwrap();
    reservation.make_accessible(64 * page_size()).unwrap();
    for page in 0..64 {
        *byte(&mut reservation, page * page_size()) = 1;
    }
    let kept = reservation.clean(5 * page_size() + 1, true).unwrap();
    assert_eq!(resident(&reservation, 64 * page_size()) * page_size(), kept);
    assert!(kept == 5 * page_size() || kept == 0, "{kept}");
    assert_eq!(reservation.clean(0, true).unwrap(), 0);
    assert_eq!(resident(&reservation, 64 * page_size()), 0);
}

#[test]
fn is_for_the_image_that_is_mapped_alone() {
    let (first, second) = (image(), image());
    let mut reservation = Reservation::new(64 * page_size()).unwrap();
    reservation.make_accessible(64 * page_size()).unwrap();
    assert!(reservation.is_for(None) && !reservation.is_for(Some((&first, 0))));
    reservation.map_image(&first, page_size()).unwrap();
    assert!(reservation.is_for(Some((&first, page_size()))));
    for other in [None, Some((&first, 0)), Some((&second, page_size()))] {
        assert!(!reservation.is_for(other));
    }
    // With two images, nothing is known any more; cleaning takes both away.
    reservation.map_image(&second, 10 * page_size()).unwrap();
    assert!(!reservation.is_for(None) && !reservation.is_for(Some((&first, page_size()))));
    reservation.clean(1 << 20, true).unwrap();
    assert!(reservation.is_for(None));
    assert_eq!(
        (
            *byte(&mut reservation, page_size()),
            *byte(&mut reservation, 10 * page_size())
        ),
        (0, 0)
    );
    // What was moved is cleaned like anything else.
    reservation.map_image(&first, 0).unwrap();
    let mut moved = reservation
        .moved(4 * page_size(), 4 * page_size(), 99 * page_size())
        .unwrap();
    assert!(!moved.is_for(Some((&first, 0))));
    moved.clean(1 << 20, true).unwrap();
    assert!(moved.is_for(None));
    assert_eq!(*byte(&mut moved, 0), 0);
}

#[test]
fn written_bytes_are_counted() {
    let mut reservation = Reservation::new(1000 * page_size()).unwrap();
    reservation.make_accessible(900 * page_size()).unwrap();
    // More pieces than are told of at once.
    for page in (0..900).step_by(3) {
        *byte(&mut reservation, page * page_size()) = 1;
    }
    let expected = match written::is_known() {
        true => 300,
        false => 900,
    };
    assert_eq!(reservation.written(), expected * page_size());
}
