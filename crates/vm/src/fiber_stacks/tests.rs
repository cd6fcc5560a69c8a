//! Stacks are kept up to a bound, and clean where that is asked for.
use super::*;

fn stacks(zeroing: bool) -> FiberStacks {
    FiberStacks::new(FiberOptions {
        stack_size: 64 << 10,
        zeroing,
        kept: 5,
        ..FiberOptions::default()
    })
}

#[test]
fn a_stack_is_used_again() {
    let stacks = stacks(false);
    let stack = stacks.take().unwrap();
    let bounds = stack.bounds();
    stacks.give(stacks.clean(stack).unwrap());
    assert_eq!(stacks.take().unwrap().bounds(), bounds);
    let many: Vec<_> = (0..8).map(|_| stacks.take().unwrap()).collect();
    many.into_iter().for_each(|stack| stacks.give(stack));
    assert_eq!(stacks.kept(), (5, 5 * (16 << 10)));
}

/// Whoever gives a stack back need not have cleaned it.
#[test]
fn of_a_stack_that_reads_as_zeros_nothing_stays() {
    let stacks = stacks(true);
    stacks.give(stacks.take().unwrap());
    assert_eq!(stacks.kept(), (1, 0));
}

#[test]
fn the_embedder_makes_stacks() {
    let make: MakeStack = Arc::new(|size, zeroed| {
        assert_eq!((size, zeroed), (100_000, true));
        Err(io::ErrorKind::OutOfMemory.into())
    });
    let stacks = FiberStacks::new(FiberOptions {
        stack_size: 100_000,
        zeroing: true,
        make: Some(make),
        ..FiberOptions::default()
    });
    assert_eq!(stacks.take().unwrap_err().kind(), io::ErrorKind::OutOfMemory);
}
