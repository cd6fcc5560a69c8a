//! Fibers are left and gone on with on several threads, and know the end of their stacks.
use super::*;
use std::cell::Cell;
use std::rc::Rc;

/// A fiber that may be sent: its work shares nothing with another thread.
struct Sent<'a>(Fiber<'a>);

// SAFETY: the tests that send it have nothing on its stack that belongs to a thread.
unsafe impl Send for Sent<'_> {}

fn stack() -> FiberStack {
    FiberStack::new(64 << 10).unwrap()
}

#[test]
fn work_is_left_and_gone_on_with() {
    let steps = Cell::new(0);
    let mut fiber = Fiber::new(stack(), |suspend| {
        for step in 1..4 {
            steps.set(step);
            // SAFETY: this is the fiber, and there is no other.
            unsafe { suspend.suspend() };
        }
    });
    for step in 1..4 {
        assert!(!fiber.resume());
        assert_eq!(steps.get(), step);
    }
    assert!(fiber.resume() && fiber.is_done());
    let mut again = Fiber::new(fiber.into_stack(), |_| steps.set(10));
    assert!(again.resume());
    assert_eq!(steps.get(), 10);
}

#[test]
fn a_fiber_goes_on_on_another_thread() {
    let here = std::thread::current().id();
    let mut fiber = Sent(Fiber::new(stack(), |suspend| {
        assert_eq!(std::thread::current().id(), here);
        // SAFETY: this is the fiber, and there is no other.
        unsafe { suspend.suspend() };
        assert_ne!(std::thread::current().id(), here);
    }));
    assert!(!fiber.0.resume());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut fiber = fiber;
            assert!(fiber.0.resume());
        });
    });
}

#[test]
fn threads_know_the_stack_that_they_run_on() {
    let outside = crate::prepare_thread();
    let stack = stack();
    let bounds = stack.bounds();
    let mut fiber = Fiber::new(stack, |suspend| {
        assert_eq!(crate::prepare_thread(), Some(bounds));
        assert!((bounds.lowest..bounds.end).contains(&crate::stack_pointer()));
        let inner = FiberStack::new(1).unwrap();
        let inner_bounds = inner.bounds();
        assert!(Fiber::new(inner, |_| assert_eq!(crate::prepare_thread(), Some(inner_bounds))).resume());
        assert_eq!(crate::prepare_thread(), Some(bounds));
        // SAFETY: this is the fiber; the other one is done.
        unsafe { suspend.suspend() };
    });
    assert!(!fiber.resume());
    assert_eq!(crate::prepare_thread(), outside);
    assert!(fiber.resume());
    assert_eq!(crate::prepare_thread(), outside);
}

#[test]
fn what_never_begins_is_dropped_and_what_is_in_its_middle_is_not() {
    let counted = Rc::new(());
    let kept = counted.clone();
    drop(Fiber::new(stack(), move |_| drop(kept)));
    assert_eq!(Rc::strong_count(&counted), 1);
    let kept = counted.clone();
    let mut fiber = Fiber::new(stack(), move |suspend| {
        // SAFETY: this is the fiber, and there is no other.
        unsafe { suspend.suspend() };
        drop(kept);
    });
    assert!(!fiber.resume());
    drop(fiber);
    assert_eq!(Rc::strong_count(&counted), 2);
}

#[test]
fn pages_below_the_kept_ones_read_as_zeros() {
    let mut stack = FiberStack::new(1 << 20).unwrap();
    let bounds = stack.bounds();
    let fill = |value: u64| {
        // SAFETY: nobody uses the stack meanwhile, and both addresses are within it.
        unsafe {
            (bounds.lowest as *mut u64).write_volatile(value);
            (bounds.end as *mut u64).sub(1).write_volatile(value);
        }
    };
    fill(7);
    assert!(stack.discard(4096));
    // SAFETY: as above.
    let (lowest, highest) = unsafe {
        (
            (bounds.lowest as *const u64).read_volatile(),
            (bounds.end as *const u64).sub(1).read_volatile(),
        )
    };
    assert_eq!((lowest, highest), (0, 7));
}

#[test]
fn foreign_stacks_are_freed_by_their_owner() {
    let memory = Reservation::guarded(GUARD, 64 << 10);
    let mut memory = memory.unwrap();
    memory.make_accessible(64 << 10).unwrap();
    let lowest = memory.base().addr();
    let bounds = Stack {
        lowest,
        end: lowest + memory.len(),
    };
    let counted = std::sync::Arc::new(memory);
    // SAFETY: the memory is accessible, has a guard, and is used by nobody else.
    let mut stack = unsafe { FiberStack::foreign(bounds, Box::new(counted.clone())) };
    assert!(!stack.discard(0));
    let mut fiber = Fiber::new(stack, |_| assert_eq!(crate::prepare_thread(), Some(bounds)));
    assert!(fiber.resume());
    drop(fiber);
    assert_eq!(std::sync::Arc::strong_count(&counted), 1);
}

#[test]
fn each_stack_has_a_number() {
    let seen = Cell::new(0);
    let note = |_| seen.set(crate::stack_number());
    crate::prepare_thread();
    let outside = crate::stack_number();
    let mut fiber = Fiber::new(stack(), note);
    assert!(fiber.resume());
    let first = seen.get();
    assert!(Fiber::new(fiber.into_stack(), note).resume());
    assert_eq!(seen.get(), first, "it is the same stack");
    assert!(Fiber::new(stack(), note).resume());
    assert_ne!(
        seen.get(),
        first,
        "this may be at the same place, but it is another one"
    );
    assert_eq!(crate::stack_number(), outside);
    assert!(![first, seen.get()].contains(&outside));
}
