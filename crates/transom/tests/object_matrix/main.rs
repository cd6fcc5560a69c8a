//! Every value against every type, and every way in which a structure or array can travel from module to module. What has to come
//! out follows from the specification's rules, which `model.rs` writes down without any of Transom's code.

mod cases;
mod everything;
mod model;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod travel;

use cases::{Case, Travel};
use model::{DEPTH_LIMIT, Heap, Universe};
use std::collections::HashMap;
use support::in_tiers;
use transom::{Engine, Module, Result, Tiers};

fn every_value_against_every_type(tiers: Tiers) -> Result<()> {
    let (cases, hits) = everything::World::new(Universe::new(), tiers)?.run()?;
    // Every value against every type, in sixteen ways at least.
    assert!(cases > 250_000 && hits > 25_000, "{hits} hits in {cases} cases");
    Ok(())
}

/// Runs the cases whose travel is in a part of the list; how many there were.
fn check(tiers: Tiers, part: impl Fn(usize) -> bool) -> Result<usize> {
    let types = Universe::new();
    let mut world = run::World::new(Universe::new(), tiers)?;
    let position = |case: &Case| Travel::ALL.iter().position(|&travel| travel == case.travel);
    let cases = cases::all(&types)
        .into_iter()
        .filter(|case| position(case).is_some_and(&part));
    let cases: Vec<Case> = cases.collect();
    // One module tests what arrives under a carrier for all types that matter there.
    let mut targets: HashMap<(Travel, Heap), Vec<Heap>> = HashMap::new();
    for case in &cases {
        let targets = targets.entry((case.travel, case.carrier)).or_default();
        if !targets.contains(&case.target) {
            targets.push(case.target);
        }
    }
    let run = |case: &Case| world.run(case, &targets[&(case.travel, case.carrier)]).err();
    let failures: Vec<String> = cases.iter().filter_map(run).collect();
    let shown = failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        failures.is_empty(),
        "{} of {} cases failed:\n{shown}",
        failures.len(),
        cases.len()
    );
    Ok(world.cases)
}

fn even_travels(tiers: Tiers) -> Result<()> {
    assert!(check(tiers, |position| position % 2 == 0)? > 20_000);
    Ok(())
}

fn odd_travels(tiers: Tiers) -> Result<()> {
    assert!(check(tiers, |position| position % 2 == 1)? > 20_000);
    Ok(())
}

/// A part that a seed chooses, since all takes long.
fn some_travels(tiers: Tiers) -> Result<()> {
    let Some(seed) = tiers.seed() else {
        unreachable!("the others run all of them")
    };
    assert!(check(tiers, |position| position as u64 % 12 == seed % 12)? > 1_000);
    Ok(())
}

in_tiers!(
    every_value_against_every_type, even_travels, odd_travels;
    mixed: some_travels;
    asynchronous: every_value_against_every_type, some_travels
);

/// The matrix does not shrink unnoticed, and everything that can become of a value really does.
#[test]
fn the_matrix_is_as_large_as_it_should_be() {
    let types = Universe::new();
    let cases = cases::all(&types);
    assert!(cases.len() > 6_000, "{} cases", cases.len());
    let mut counts: HashMap<String, usize> = HashMap::new();
    for case in &cases {
        *counts.entry(format!("{:?}", case.delivery(&types))).or_default() += 1;
    }
    for delivery in ["Arrives", "Invalid", "Unlinkable", "Refused", "Trap(CastFailure)"] {
        let count = counts.get(delivery).copied().unwrap_or(0);
        assert!(count > 80, "{delivery}: {count} of {counts:?}");
    }
    for travel in Travel::ALL {
        let here = cases.iter().filter(|case| case.travel == travel);
        let arrive = here.filter(|case| case.delivery(&types) == cases::Delivery::Arrives);
        let count = arrive.count();
        assert!(count > 40, "{travel:?}: {count}");
    }
}

/// The model itself, where it matters.
#[test]
fn the_model_says_what_the_specification_says() {
    let types = Universe::new();
    let number = |name| types.number(name);
    let same = [
        ("s5", "s5_again"),
        ("s6", "s6_again"),
        ("g5", "g5_again"),
        ("r0", "r0_again"),
        ("x1", "y1"),
        ("a5", "a5_again"),
        ("ar1", "ar2"),
        ("tree", "tree_again"),
    ];
    // `ar2` is below `ar1`, whatever else is equal.
    for (a, b) in same.into_iter().filter(|(a, _)| *a != "ar1") {
        assert!(types.same(number(a), number(b)), "{a} {b}");
    }
    let different = [
        ("s5", "g5"),
        ("g5", "h5"),
        ("s5", "f5"),
        ("s0", "f0"),
        ("r0", "r0_other"),
        ("x1", "z1"),
        ("a0", "am"),
        ("ar1", "ar2"),
    ];
    for (a, b) in different {
        assert!(!types.same(number(a), number(b)), "{a} {b}");
    }
    assert!(types.below(number("s63"), number("s0")) && !types.below(number("s0"), number("s63")));
    assert!(types.heap_below(Heap::None, Heap::Type(number("a0"))) && !types.heap_below(Heap::Any, Heap::Eq));
    assert!(types.heap_below(Heap::I31, Heap::Eq) && !types.heap_below(Heap::Array, Heap::Struct));
}

/// One supertype more than the limit is too many.
#[test]
fn types_are_no_deeper_than_the_limit() {
    let engine = Engine::default();
    let text = Universe::new().text(0);
    let validate = |above: usize| {
        let deeper = format!("(type $deeper (sub $s{above} (struct (field i32))))");
        Module::new(&engine, format!("(module {text} {deeper})")).map(drop)
    };
    assert!(validate(DEPTH_LIMIT - 1).is_ok());
    let error = validate(DEPTH_LIMIT).expect_err("too deep");
    assert!(format!("{error:#}").contains("depth"), "{error:#}");
}
