//! Stacks of an embedder are used as they are, checked, and freed.
use super::*;
use crate::fiber_stacks::{FiberOptions, FiberStacks};
use std::sync::atomic::{AtomicUsize, Ordering};
use transom_sys::{Fiber, Reservation};

const GUARD: usize = 4096;
const SIZE: usize = 64 << 10;

/// A stack whose owners are counted, and which may lie about its top.
struct Memory {
    memory: Reservation,
    _counted: Arc<()>,
    top: usize,
}

impl Memory {
    fn lowest(&self) -> usize {
        self.memory.base().addr()
    }
}

// SAFETY: the reservation is accessible, has a guard, and belongs to this; a top that is wrong is found before it is used.
unsafe impl StackMemory for Memory {
    fn top(&self) -> *mut u8 {
        std::ptr::without_provenance_mut(self.lowest() + self.top)
    }

    fn range(&self) -> Range<usize> {
        self.lowest()..self.lowest() + self.memory.len()
    }

    fn guard_range(&self) -> Range<*mut u8> {
        std::ptr::without_provenance_mut(self.lowest() - GUARD)..self.memory.base()
    }
}

struct Creator {
    counted: Arc<()>,
    top: usize,
    zeroed: AtomicUsize,
}

// SAFETY: as above.
unsafe impl StackCreator for Creator {
    fn new_stack(&self, size: usize, zeroed: bool) -> Result<Box<dyn StackMemory>> {
        transom_error::ensure!(self.top != 0, "the embedder has no stack");
        self.zeroed.fetch_add(usize::from(zeroed), Ordering::Relaxed);
        let mut memory = Reservation::guarded(GUARD, size)?;
        memory.make_accessible(size)?;
        Ok(Box::new(Memory {
            memory,
            _counted: self.counted.clone(),
            top: self.top,
        }))
    }
}

fn stacks(counted: &Arc<()>, top: usize, zeroing: bool) -> FiberStacks {
    let creator = Creator {
        counted: counted.clone(),
        top,
        zeroed: AtomicUsize::new(0),
    };
    FiberStacks::new(FiberOptions {
        stack_size: SIZE,
        zeroing,
        make: Some(make_stack(Arc::new(creator))),
        ..FiberOptions::default()
    })
}

#[test]
fn a_stack_serves_one_store_and_is_freed() {
    let counted = Arc::new(());
    let stacks = stacks(&counted, SIZE, false);
    let alive = || Arc::strong_count(&counted) - 2;
    let stack = stacks.take().unwrap();
    let bounds = stack.bounds();
    let mut fiber = Fiber::new(stack, |_| {
        assert!((bounds.lowest..bounds.end).contains(&transom_sys::stack_pointer()));
    });
    assert!(fiber.resume());
    let stack = stacks.clean(fiber.into_stack()).unwrap();
    assert_eq!(alive(), 1);
    stacks.give(stack);
    assert_eq!(alive(), 0);
}

#[test]
fn a_stack_that_would_have_to_be_zero_is_not_used_again() {
    let counted = Arc::new(());
    let stacks = stacks(&counted, SIZE, true);
    let stack = stacks.take().unwrap();
    assert!(stacks.clean(stack).is_none());
    assert_eq!(Arc::strong_count(&counted), 2);
}

#[test]
fn stacks_that_are_not_as_promised_are_refused() {
    let counted = Arc::new(());
    for top in [SIZE - 16, SIZE + 8, SIZE + 4096] {
        let error = stacks(&counted, top, false).take().unwrap_err();
        assert!(error.to_string().contains("above a guard"), "{error}");
    }
    let error = stacks(&counted, 0, false).take().unwrap_err();
    assert!(error.to_string().contains("the embedder has no stack"), "{error}");
    assert_eq!(Arc::strong_count(&counted), 1);
}
