//! What counts as written, here and in the child of a fork.
use super::*;
use crate::child::in_child;
use crate::mapping::Reservation;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

fn accessible(pages: usize) -> Reservation {
    let mut reservation = Reservation::new(pages * page_size()).unwrap();
    reservation.make_accessible(pages * page_size()).unwrap();
    reservation
}

fn touch(reservation: &mut Reservation, page: usize, write: bool) {
    assert!((page + 1) * page_size() <= reservation.accessible());
    // SAFETY: the byte is accessible, and the reservation is borrowed mutably.
    unsafe {
        let byte = reservation.base().add(page * page_size());
        if write {
            byte.write_volatile(1);
        } else {
            byte.read_volatile();
        }
    }
}

/// The pages that a scan finds, and where it stops, in pages; `None` if the system can't tell.
fn found(reservation: &Reservation, most: usize) -> Option<(Vec<usize>, usize)> {
    let base = reservation.base().addr();
    let page = |address: usize| (address - base) / page_size();
    let mut pages = Vec::new();
    let visit = |range: Range<usize>| pages.extend(page(range.start)..page(range.end));
    let end = scan(base..base + reservation.accessible(), Before::Zeros, most, visit)?;
    Some((pages, page(end)))
}

#[test]
fn finds_pages_that_were_written() {
    let mut reservation = accessible(200);
    for page in [0, 3, 4, 199] {
        touch(&mut reservation, page, true);
    }
    for page in [1, 100] {
        touch(&mut reservation, page, false);
    }
    let Some((pages, end)) = found(&reservation, 1000) else {
        eprintln!("SKIPPED: this system does not tell which pages were written");
        return;
    };
    assert_eq!((pages, end), (vec![0, 3, 4, 199], 200));
    assert_eq!(found(&reservation, 2).unwrap(), (vec![0, 3], 4));
    assert!(found(&reservation, 0).is_none());
    // More ranges than it tells of at once.
    for page in (0..200).step_by(2) {
        touch(&mut reservation, page, true);
    }
    let (pages, end) = found(&reservation, 1000).unwrap();
    assert!(pages.len() >= MOST_RANGES && end < 200, "{pages:?} {end}");
    assert!((end..200).all(|page| !pages.contains(&page)));
    assert!((0..end).step_by(2).all(|page| pages.contains(&page)));
}

#[test]
fn a_child_sees_its_own_pages() {
    let mut reservation = accessible(4);
    touch(&mut reservation, 1, true);
    if found(&reservation, 9).is_none() {
        eprintln!("SKIPPED: this system does not tell which pages were written");
        return;
    }
    let as_expected = |reservation: &mut Reservation| {
        touch(reservation, 2, true);
        let first = found(reservation, 9) == Some((vec![1, 2], 4));
        touch(reservation, 3, true);
        first && found(reservation, 9) == Some((vec![1, 2, 3], 4))
    };
    let in_grandchild = in_child(PATIENCE, || {
        let first = as_expected(&mut reservation);
        first && in_child(PATIENCE, || found(&reservation, 9) == Some((vec![1, 2, 3], 4))).unwrap()
    });
    assert!(in_grandchild.unwrap());
    assert_eq!(found(&reservation, 9).unwrap(), (vec![1], 4));
}
