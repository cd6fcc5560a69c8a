//! Every way in which a function can travel, times every use, times every relation between the type that is named at the
//! use and the type that the function was defined with. What has to come out follows from the specification's rules,
//! which `model.rs` writes down without any of Transom's code.

mod cases;
mod model;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod travel;

use cases::{Case, Outcome, Travel, Use};
use model::Universe;
use run::World;
use std::collections::HashMap;
use support::in_tiers;
use transom::{Result, Tiers};

/// Runs the cases whose travel is in a part of the list.
fn check(tiers: Tiers, part: impl Fn(usize) -> bool) -> Result<()> {
    let types = Universe::new();
    let mut world = World::new(Universe::new(), tiers)?;
    let mut failures = Vec::new();
    let chosen = |case: &Case| {
        let position = Travel::ALL.iter().position(|&travel| travel == case.travel);
        position.is_some_and(&part)
    };
    let cases: Vec<Case> = cases::all().into_iter().filter(chosen).collect();
    for group in cases.chunk_by(run::same_module) {
        let outcomes = world.run(group);
        for (case, found) in group.iter().zip(outcomes) {
            let expected = case.expected(&types);
            match found {
                Ok(found) if found == expected => {}
                Ok(found) => failures.push(format!("expected {expected:?}, found {found:?}: {case:?}")),
                Err(error) => failures.push(format!("expected {expected:?}, found {error}: {case:?}")),
            }
        }
    }
    let shown = failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{shown}",
        failures.len(),
        cases.len()
    );
    Ok(())
}

fn even_travels(tiers: Tiers) -> Result<()> {
    check(tiers, |position| position % 2 == 0)
}

fn odd_travels(tiers: Tiers) -> Result<()> {
    check(tiers, |position| position % 2 == 1)
}

/// A part that a seed chooses, since all takes long.
fn some_travels(tiers: Tiers) -> Result<()> {
    let Some(seed) = tiers.seed() else {
        unreachable!("the others run all of them")
    };
    check(tiers, |position| position as u64 % 13 == seed % 13)
}

in_tiers!(even_travels, odd_travels; mixed: some_travels; asynchronous: some_travels);

/// The matrix does not shrink unnoticed, and every outcome is really there.
#[test]
fn the_matrix_is_as_large_as_it_should_be() {
    let types = Universe::new();
    let cases = cases::all();
    assert!(cases.len() > 160_000, "{} cases", cases.len());
    let mut counts: HashMap<String, usize> = HashMap::new();
    for case in &cases {
        *counts.entry(format!("{:?}", case.expected(&types))).or_default() += 1;
    }
    let outcomes = [
        "Invalid",
        "Unlinkable",
        "Refused",
        "Value",
        "Trap(BadSignature)",
        "Trap(IndirectCallToNull)",
        "Trap(NullReference)",
        "Trap(CastFailure)",
        "Trap(UnreachableCodeReached)",
    ];
    for outcome in outcomes {
        let count = counts.get(outcome).copied().unwrap_or(0);
        assert!(count > 500, "{outcome}: {count} of {counts:?}");
    }
    for travel in Travel::ALL {
        for usage in Use::ALL {
            let here = cases
                .iter()
                .filter(|case| case.travel == travel && case.usage == usage);
            let fine = here
                .filter(|case| case.expected(&types) == Outcome::Value)
                .count();
            assert!(fine > 20, "{travel:?} {usage:?}: {fine}");
        }
    }
}

/// The model itself, where it matters.
#[test]
fn the_model_says_what_the_specification_says() {
    let types = Universe::new();
    let same = [
        ("c5", "c5_again"),
        ("c6", "c6_again"),
        ("g5", "g5_again"),
        ("r0", "r0_again"),
    ];
    let different = [
        ("c5", "g5"),
        ("g5", "h5"),
        ("c5", "s5"),
        ("c5", "f5"),
        ("c0", "f0"),
        ("c4", "c5"),
        ("r0", "r0_other"),
    ];
    for (a, b) in same {
        assert!(
            types.same(a, b) && types.below(a, b) && types.below(b, a),
            "{a} {b}"
        );
    }
    for (a, b) in different {
        assert!(!types.same(a, b), "{a} {b}");
    }
    assert!(types.below("c12", "c0") && !types.below("c0", "c12"));
    assert!(types.below("g5", "c4") && !types.below("g5", "c5"));
    assert!(types.below("v2", "v0") && !types.below("v0", "v2"));
}
