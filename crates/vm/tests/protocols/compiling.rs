//! First calls: one thread compiles a function, and the others get its code, its error, or the turn. The scheduler's waits end by a
//! notification only, so a thread that nobody wakes is a deadlock here.

use crate::explore;
use crate::first_calls::{FirstCalls, Turn};
use crate::sync::{Arc, AtomicBool, AtomicUsize, Ordering};
use shuttle::thread;

/// Where the code of a function is.
const ADDRESS: usize = 4096;

/// How a function that is called for the first time turns out, each time that a thread compiles it.
type Compile = fn(usize) -> Outcome;

enum Outcome {
    Code,
    Error,
    /// The host refuses, or the compiler panics: the turn ends without code.
    Nothing,
}

/// A function without code, and how often it was compiled.
#[derive(Default)]
struct Function {
    calls: FirstCalls<&'static str>,
    slot: AtomicUsize,
    compiled: AtomicUsize,
}

impl Function {
    fn code(&self) -> Option<usize> {
        Some(self.slot.load(Ordering::SeqCst)).filter(|&address| address != 0)
    }

    /// What a caller gets: code, `None` for a turn that ended without, or an error.
    fn call(&self, compile: Compile) -> Result<Option<usize>, &'static str> {
        let turn = match self.calls.turn(7, || self.code(), || false)? {
            Turn::Done(address) => return Ok(Some(address)),
            Turn::GivenUp => panic!("nobody gives up"),
            Turn::Ours(turn) => turn,
        };
        // Others run meanwhile.
        thread::yield_now();
        match compile(self.compiled.fetch_add(1, Ordering::SeqCst)) {
            Outcome::Code => {
                self.slot.store(ADDRESS, Ordering::SeqCst);
                Ok(Some(ADDRESS))
            }
            Outcome::Error => {
                turn.fail("too large");
                Err("too large")
            }
            Outcome::Nothing => Ok(None),
        }
    }
}

/// Three threads call a function; what they get, and how often it was compiled.
fn three_callers(compile: Compile) -> (Vec<Result<Option<usize>, &'static str>>, usize) {
    let function = Arc::new(Function::default());
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let function = function.clone();
            thread::spawn(move || function.call(compile))
        })
        .collect();
    let results = callers
        .into_iter()
        .map(|caller| caller.join().expect("it does not panic"));
    let results = results.collect();
    (results, function.compiled.load(Ordering::SeqCst))
}

#[test]
fn one_thread_compiles_and_all_get_the_code() {
    explore(|| {
        let (results, compiled) = three_callers(|_| Outcome::Code);
        assert_eq!(results, [Ok(Some(ADDRESS)); 3]);
        assert_eq!(compiled, 1);
    });
}

#[test]
fn an_error_reaches_all_and_stays() {
    explore(|| {
        let (results, compiled) = three_callers(|_| Outcome::Error);
        assert_eq!(results, [Err("too large"); 3]);
        assert_eq!(compiled, 1);
    });
}

/// A turn that ends with neither code nor error goes to one of those that wait.
#[test]
fn a_turn_that_was_given_back_is_taken_by_another() {
    explore(|| {
        let (mut results, compiled) = three_callers(|before| match before {
            0 => Outcome::Nothing,
            _ => Outcome::Code,
        });
        results.sort_unstable();
        assert_eq!(results, [Ok(None), Ok(Some(ADDRESS)), Ok(Some(ADDRESS))]);
        assert_eq!(compiled, 2);
    });
}

/// While a function is being compiled, another one is compiled and called: if it waited, both threads would.
#[test]
fn functions_do_not_wait_for_each_other() {
    explore(|| {
        let calls = Arc::new(FirstCalls::<()>::default());
        let Ok(Turn::Ours(turn)) = calls.turn(0, || None, || false) else {
            panic!("nobody else is there");
        };
        let other = {
            let calls = calls.clone();
            thread::spawn(move || matches!(calls.turn(1, || None, || false), Ok(Turn::Ours(_))))
        };
        assert!(other.join().unwrap());
        drop(turn);
    });
}

/// A thread that was asked to stop does not wait for another one's function: if it did, both would wait.
#[test]
fn who_was_asked_to_stop_gives_up() {
    explore(|| {
        let function = Arc::new(Function::default());
        let stop = Arc::new(AtomicBool::new(false));
        let Ok(Turn::Ours(turn)) = function.calls.turn(7, || None, || false) else {
            panic!("nobody else is there");
        };
        let stopped = {
            let (function, stop) = (function.clone(), stop.clone());
            thread::spawn(move || {
                stop.store(true, Ordering::SeqCst);
                let turn = function
                    .calls
                    .turn(7, || function.code(), || stop.load(Ordering::SeqCst));
                matches!(turn, Ok(Turn::GivenUp))
            })
        };
        assert!(stopped.join().unwrap());
        drop(turn);
        assert_eq!(function.call(|_| Outcome::Code), Ok(Some(ADDRESS)));
    });
}
