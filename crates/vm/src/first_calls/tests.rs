//! One thread compiles, the others wait, and errors stay.
use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn one_of_many_threads_compiles() {
    let calls = FirstCalls::<String>::default();
    let (slot, turns) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let code = || Some(slot.load(Ordering::Acquire)).filter(|&address| address != 0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| match calls.turn(7, code, || false).unwrap() {
                Turn::Done(address) => assert_eq!(address, 42),
                Turn::GivenUp => panic!("nobody is to give up"),
                Turn::Ours(turn) => {
                    turns.fetch_add(1, Ordering::Relaxed);
                    slot.store(42, Ordering::Release);
                    drop(turn);
                }
            });
        }
    });
    assert_eq!(turns.into_inner(), 1);
}

#[test]
fn who_waits_may_give_up_and_other_functions_go_on() {
    let calls = FirstCalls::<String>::default();
    let Ok(Turn::Ours(turn)) = calls.turn(0, || None, || false) else {
        panic!("nobody else is there");
    };
    assert!(matches!(calls.turn(0, || None, || true), Ok(Turn::GivenUp)));
    assert!(matches!(calls.turn(1, || None, || false), Ok(Turn::Ours(_))));
    drop(turn);
    assert!(matches!(calls.turn(0, || None, || true), Ok(Turn::Ours(_))));
}

#[test]
fn a_failure_stays_and_a_panic_does_not() {
    let calls = FirstCalls::<&str>::default();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _turn = calls.turn(0, || None, || false);
        panic!("while it compiles");
    }));
    assert!(result.is_err());
    let Ok(Turn::Ours(turn)) = calls.turn(0, || None, || false) else {
        panic!("the next one tries");
    };
    turn.fail("too large");
    for _ in 0..2 {
        assert_eq!(calls.turn(0, || None, || false).err(), Some("too large"));
    }
}

#[test]
fn work_with_much_stack_runs_elsewhere() {
    let here = std::thread::current().id();
    assert_eq!(with_stack(0, || 1).unwrap(), 1);
    let far = with_stack(64 << 20, || std::thread::current().id()).unwrap();
    assert_ne!(far, here);
}
