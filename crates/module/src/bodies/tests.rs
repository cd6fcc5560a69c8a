//! What the walk over a body leaves for compilers.

use super::facts::{MAX_HOT, Uses};
use super::*;
use crate::{Module, SUPPORTED_FEATURES, text_to_binary};
use std::sync::Arc;
use transom_types::TypeRegistry;

/// The uses of the last function of a module.
fn uses(text: &str) -> Uses {
    let binary = text_to_binary(text, None).unwrap();
    let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), SUPPORTED_FEATURES).unwrap();
    let last = module.bodies.last().unwrap();
    Uses {
        calls: last.calls,
        hot: module.bodies.hot_locals(last).collect(),
    }
}

/// The indices of locals, with their weights.
fn hot(uses: &Uses) -> Vec<(u32, u32)> {
    uses.hot.iter().map(|hot| (hot.local, hot.weight)).collect()
}

#[test]
fn uses_count_by_the_loops_around_them() {
    let found = uses(
        "(module (func $g) (func (param i32 i32 i32 i32)
            local.get 1 local.set 2
            (loop (local.set 0 (local.get 3)) call $g
                (loop (drop (local.get 0)))
                (block (drop (local.get 3))))
            (drop (local.get 2))
            call $g))",
    );
    assert_eq!(
        hot(&found),
        [(0, TURNS + TURNS * TURNS), (3, 2 * TURNS), (2, 2), (1, 1)]
    );
    assert_eq!(found.calls, TURNS + 1);
}

#[test]
fn the_first_of_equals_are_named_and_no_more_than_there_may_be() {
    let locals: String = (0..40)
        .map(|local| format!("(drop (local.get {local}))"))
        .collect();
    let found = uses(&format!(
        "(module (func (local {}) {locals} (drop (local.get 30))))",
        "i32 ".repeat(40)
    ));
    let expected: Vec<(u32, u32)> = std::iter::once((30, 2))
        .chain((0..MAX_HOT as u32 - 1).map(|local| (local, 1)))
        .collect();
    assert_eq!(hot(&found), expected);
}

#[test]
fn deep_loops_and_many_uses_do_not_overflow() {
    let (open, close) = ("(loop ".repeat(50), ")".repeat(50));
    let many = "(drop (local.get 0))".repeat(200_000);
    let found = uses(&format!("(module (func (param i32) {open} {many} {close}))"));
    assert_eq!(hot(&found), [(0, u32::MAX)]);
}

#[test]
fn functions_have_their_own_uses() {
    let found = uses(
        "(module (func (param i32) (drop (local.get 0))) (func (local i32 i32) (local.set 1 (i32.const 1))))",
    );
    assert_eq!((hot(&found), found.calls), (vec![(1, 1)], 0));
}

#[test]
fn facts_are_stored_as_they_are() {
    use crate::bodies::facts::Packed;
    for bit in 0..10 {
        let packed = Packed {
            num_ops: 7,
            num_locals: 9,
            bits: 1 << bit,
        };
        let facts = FunctionFacts::from(packed);
        assert_eq!((facts.num_ops, facts.num_locals), (7, 9));
        assert_eq!(Packed::from(facts).bits, 1 << bit);
    }
    let recursive = text_to_binary(
        "(module (func $f (param i32) (loop (call $f (local.get 0)))))",
        None,
    )
    .unwrap();
    let registry = TypeRegistry::new();
    let bytes = Arc::new(recursive);
    let module = Module::parse(&registry, bytes.clone(), SUPPORTED_FEATURES).unwrap();
    let facts = module.bodies[0].facts;
    assert_eq!(FunctionFacts::from(Packed::from(facts)), facts);
    // What is known replaces validation, if there is as much of it as there are functions.
    let known = module.known_bodies();
    let again = Module::parse_known(&registry, bytes, SUPPORTED_FEATURES, || Some(known.clone())).unwrap();
    assert_eq!(again.bodies, module.bodies);
    let other = Arc::new(text_to_binary("(module (func) (func))", None).unwrap());
    let other = Module::parse_known(&registry, other, SUPPORTED_FEATURES, || Some(known)).unwrap();
    assert_eq!(other.bodies.len(), 2);
    assert!(!other.bodies[0].facts.has_loop);
}
