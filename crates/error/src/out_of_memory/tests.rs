//! Sizes and texts.

use crate::{Context, Error, OutOfMemory, Result};

#[test]
fn sizes_are_bounded() {
    let size = |size| OutOfMemory::new(size).requested_allocation_size();
    assert_eq!((size(0), size(8192)), (0, 8192));
    assert_eq!(size(usize::MAX), isize::MAX as usize);
}

#[test]
fn it_is_found_below_contexts() {
    let failed: Result<()> = Err(Error::new(OutOfMemory::new(7)));
    let error = failed.context("cannot grow").expect_err("it fails");
    let found = error.downcast_ref::<OutOfMemory>().expect("it is one");
    assert_eq!(found.requested_allocation_size(), 7);
    assert_eq!(
        format!("{error:#}"),
        "cannot grow: out of memory (failed to allocate 7 bytes)"
    );
}
