//! Telling documented panics from others.
//!
//! The fuzzer's hook ends the process at any panic. Code that may panic, by its documentation, runs under [`may_panic`].

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// What `act` returns, or `None` if it panics.
pub fn may_panic<R>(act: impl FnOnce() -> R) -> Option<R> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                before(info);
            }
        }));
    });
    EXPECTED.set(true);
    let result = catch_unwind(AssertUnwindSafe(act)).ok();
    EXPECTED.set(false);
    result
}

/// What `act` returns. It panics if `misused`, and only then.
pub fn panics_if<R>(misused: bool, act: impl FnOnce() -> R) -> Option<R> {
    if !misused {
        return Some(act());
    }
    let result = may_panic(act);
    assert!(result.is_none(), "what belongs to another store is accepted");
    None
}
