//! The canonical ABI against the specification's own program, `definitions.py`, which the crate `wasm-tools` has.
//!
//! A case is a random list of types, and an instance with values of these types: numbers, a memory and a table of handles, some of which are not
//! what they should be. The values are passed to another instance in two ways, directly and through the host, by Transom and by the
//! specification's program. Both must agree about whether that traps, and otherwise about all that an instance can see: the numbers that it gets,
//! each byte of its memory, the arguments of `realloc`, and both tables. The layout of the types is compared, too.
//!
//! `TRANSOM_ORACLE_CASES` is how many cases are tried, and `TRANSOM_ORACLE_SEED` the seed of the first; each case is that of a seed of its own.

mod allocator;
mod answer;
mod case;
mod handles;
#[path = "../../../../../tests/published.rs"]
mod published;
mod random;
mod text;
mod types;
mod values;
mod world;

use answer::{Answer, End, Oracle, Outcome};
use case::Made;
use std::fmt::Debug;
use world::World;

/// Few enough for each run of the tests.
const CASES: u64 = 3000;
const SEED: u64 = 0x0A6A;

/// What the cases were like, so that they do not become boring unseen.
#[derive(Default, Debug)]
struct Tally {
    cases: u64,
    /// Those that are not compared, as there was a NaN.
    nans: u64,
    /// Those with values in memory instead of numbers.
    spilled: u64,
    /// Those with a trap while values were read, and while they were written.
    lift_traps: u64,
    lower_traps: u64,
    /// Those with a call of `realloc`, and with a handle passed.
    allocating: u64,
    borrowing: u64,
}

impl Tally {
    fn add(&mut self, answer: &Answer) {
        self.cases += 1;
        self.nans += u64::from(answer.has_nan);
        self.spilled += u64::from(answer.shape.flat.is_none());
        self.lift_traps += u64::from(answer.direct.end == End::Lift);
        self.lower_traps += u64::from(answer.direct.end == End::Lower);
        self.allocating += u64::from(!answer.direct.calls.is_empty());
        self.borrowing += u64::from(answer.shape.borrows);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is a number")),
        Err(_) => default,
    }
}

#[test]
fn values_pass_as_the_specification_says() {
    let Some(mut oracle) = Oracle::start() else {
        eprintln!(
            "NOT TESTED: `python3` (3.10 or newer) is missing, so the canonical ABI was NOT compared with its specification"
        );
        return;
    };
    let (cases, seed) = (
        setting("TRANSOM_ORACLE_CASES", CASES),
        setting("TRANSOM_ORACLE_SEED", SEED),
    );
    let mut world = None;
    let mut tally = Tally::default();
    for seed in (0..cases).map(|case| seed.wrapping_add(case)) {
        let made = Made::of_seed(seed);
        let answer = oracle.ask(&made.case);
        let world = world.get_or_insert_with(|| World::new(&made.case.realloc));
        tally.add(&answer);
        check(
            &made,
            seed,
            ("shape", &world::shape(&made), &answer.shape),
            PartialEq::eq,
        );
        if answer.has_nan {
            continue;
        }
        for (way, expected) in [("direct", &answer.direct), ("hosted", &answer.hosted)] {
            let lengths = [expected.source.length, expected.destination.length];
            let outcome = world.outcome(&made, way == "hosted", lengths);
            check(&made, seed, (way, &outcome, expected), Outcome::agrees);
        }
    }
    eprintln!("{tally:?}");
    if cases >= CASES {
        let at_least = |count: u64, percent| assert!(count * 100 >= cases * percent, "{tally:?}");
        at_least(tally.lift_traps, 10);
        at_least(tally.lower_traps, 3);
        at_least(tally.spilled, 20);
        at_least(tally.allocating, 20);
        at_least(tally.borrowing, 5);
        at_least(cases - tally.lift_traps - tally.lower_traps - tally.nans, 40);
    }
}

/// Compares what Transom has found with what the specification says.
fn check<T: Debug>(
    made: &Made,
    seed: u64,
    (way, found, expected): (&str, &T, &T),
    agrees: impl Fn(&T, &T) -> bool,
) {
    if agrees(found, expected) {
        return;
    }
    let case = serde_json::to_string(&made.case).expect("a case is plain data");
    panic!(
        "{way}: not what the specification says: TRANSOM_ORACLE_SEED={seed} TRANSOM_ORACLE_CASES=1\n\
         types: {}\nencodings: {:?}\nfound:    {found:?}\nexpected: {expected:?}\ncase: {case}",
        made.text(),
        made.encodings
    );
}
