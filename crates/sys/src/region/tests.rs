//! Pages come, go, and come back as zeros.
use super::*;

#[test]
fn discarded_pages_read_as_zeros() {
    let page = crate::page_size();
    let mut region = Region::new(4 * page).unwrap();
    let base = region.base().as_ptr();
    // SAFETY: inside the region.
    unsafe {
        assert_eq!(base.add(page).read(), 0);
        base.write(7);
        base.add(page).write(7);
        region.prefer_large_pages(0..4 * page);
        assert!(region.discard(page..2 * page));
        assert_eq!((base.read(), base.add(page).read()), (7, 0));
    }
    region.forbid(3 * page..4 * page).unwrap();
    assert_eq!(region.len(), 4 * page);
    assert!(!region.is_empty());
}

#[test]
#[should_panic(expected = "is not inside")]
fn ranges_are_checked() {
    let mut region = Region::new(1).unwrap();
    region.discard(0..1 << 30);
}
