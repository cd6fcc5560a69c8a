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

#[test]
fn cleaned_it_reads_as_zeros() {
    let page = page_size();
    let parts = [0..2, 7..13, 30..50];
    for keep in [0, 1, 3 * page, 1 << 30] {
        let mut region = Region::new(100 * page).unwrap();
        region.forbid(10 * page..12 * page).unwrap();
        for _ in 0..2 {
            let written = [0, 1, 7, 12, 40, 99];
            for at in written {
                // SAFETY: the byte is inside and accessible, and nobody else uses it.
                unsafe { region.base().as_ptr().add(at * page + 5).write(1) };
            }
            let used = parts.clone().map(|part| part.start * page..part.end * page);
            let kept = region.clean(keep, &used).unwrap();
            // The last page is in none of the parts.
            assert!(kept <= keep && kept < written.len() * page, "{kept} of {keep}");
            for at in (0..100).filter(|at| !(10..12).contains(at)) {
                // SAFETY: as above.
                assert_eq!(unsafe { region.base().as_ptr().add(at * page + 5).read() }, 0);
            }
        }
    }
}
