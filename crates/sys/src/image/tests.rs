//! An image keeps its contents whoever opens its file.
use super::*;
use crate::mapping::Reservation;
use crate::pages::page_size;
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;

#[test]
fn nobody_changes_or_truncates_the_file() {
    let image = Arc::new(Image::new(&vec![7; 3 * page_size()]).unwrap());
    let path = format!("/proc/self/fd/{}", image.file.as_raw_fd());
    let mut other = OpenOptions::new().read(true).write(true).open(path).unwrap();
    assert!(other.set_len(0).is_err());
    assert!(other.set_len(1 << 20).is_err());
    assert!(other.write_all(b"other contents").is_err());
    let mut reservation = Reservation::new(4 * page_size()).unwrap();
    reservation.make_accessible(4 * page_size()).unwrap();
    reservation.map_image(&image, 0).unwrap();
    // SAFETY: four pages are accessible, and nothing else uses them.
    let bytes = unsafe { std::slice::from_raw_parts_mut(reservation.base(), 4 * page_size()) };
    assert_eq!(
        (bytes[0], bytes[3 * page_size() - 1], bytes[3 * page_size()]),
        (7, 7, 0)
    );
    bytes[0] = 8;
    reservation.map_image(&image, 0).unwrap();
    // SAFETY: as above.
    assert_eq!(unsafe { *reservation.base() }, 7);
}
