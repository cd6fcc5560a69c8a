//! Compositions, and what is made of hostile components and scripts.

use super::*;
use crate::mutated::{Mutation, attempts};
use crate::{Source, component};
use wasmparser::WasmFeatures;

const FEATURES: WasmFeatures = WasmFeatures::WASM3;

fn binary(text: &str) -> Vec<u8> {
    let source = Source::new("test", text);
    let binary = source.component().expect("well-formed");
    binary.expect("a component").into_owned()
}

/// Defines a resource and functions with it, a record, and a type of a module.
const PROVIDER: &str = r#"(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core module $m (memory (export "memory") 1) (func (export "get") (param i32) (result i32) (local.get 0))
    (func (export "swap") (param i32 i32) (result i32) (i32.const 0)))
  (core instance $i (instantiate $m))
  (type $p (record (field "x" u32) (field "y" u32)))
  (func $make (param "n" s32) (result (own $r)) (canon lift (core func $new)))
  (func $get (param "self" (borrow $r)) (result u32) (canon lift (core func $i "get")))
  (func $swap (param "p" $p) (result $p) (canon lift (core func $i "swap") (memory (core memory $i "memory"))))
  (instance (export "a:b/c@1.2.0") (export "r" (type $r)) (export "p" (type $p))
    (export "make" (func $make)) (export "get" (func $get)) (export "swap" (func $swap)))
  (export "m" (core module $m)))"#;

const USER: &str = r#"(component
  (type $p' (record (field "x" u32) (field "y" u32)))
  (import "a:b/c@1.0.0" (instance $d (export "r" (type $r (sub resource))) (export "p" (type $p (eq $p')))
    (export "make" (func (param "n" s32) (result (own $r)))) (export "get" (func (param "self" (borrow $r)) (result u32)))
    (export "swap" (func (param "p" $p) (result $p)))))
  (alias export $d "r" (type $r))
  (import "a:b/d" (instance (alias outer 1 $r (type $r)) (export "r" (type $s (eq $r)))
    (export "f" (func (param "self" (borrow $s))))))
  (import "m" (core module (export "get" (func (param i32) (result i32)))))
  (export "a:b/c@2.0.0" (instance $d)))"#;

const BETWEEN: &str = r#"(component
  (import "a:b/c@1.2.0" (instance $d (export "r" (type $r (sub resource))) (export "get" (func (param "self" (borrow $r)) (result u32)))))
  (alias export $d "r" (type $r))
  (core module $m (func (export "f") (param i32)))
  (core instance $i (instantiate $m))
  (core func $drop (canon resource.drop $r))
  (func $f (param "self" (borrow $r)) (canon lift (core func $i "f")))
  (instance (export "a:b/d") (export "r" (type $r)) (export "f" (func $f))))"#;

fn composed(main: &[u8], dependencies: &[Vec<u8>]) -> Result<Vec<u8>> {
    let part = |(position, binary)| Part {
        name: ["main", "one", "two"][position],
        binary,
    };
    let parts: Vec<_> = std::iter::once(main)
        .chain(dependencies.iter().map(|dependency| &**dependency))
        .enumerate()
        .map(part)
        .collect();
    compose(parts[0], &parts[1..], FEATURES)
}

#[test]
fn resources_are_shared_by_all_who_import_them() {
    let [provider, user, between] = [PROVIDER, USER, BETWEEN].map(binary);
    let made = composed(&user, &[between.clone(), provider.clone()]).expect("they fit");
    let seen = component::interface(&made).expect("it has one").wit;
    assert!(
        !seen.contains("import") && seen.contains("export a:b/c@2.0.0"),
        "{seen}"
    );
    // Without the one that defines it, the resource is imported once.
    let made = composed(&binary(USER), &[between]).expect("they fit");
    let imports = transom::component::Component::from_binary(&transom::Engine::default(), &made);
    let imports = imports.expect("valid").component_type();
    let engine = transom::Engine::default();
    let names: Vec<_> = imports
        .imports(&engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(names, ["a:b/c@1.2.0", "m"], "the later version is imported");
}

#[test]
fn an_import_that_needs_a_resource_of_a_dependency_is_refused() {
    let error = composed(&binary(USER), &[binary(PROVIDER)]).expect_err("`a:b/d` has the resource");
    assert!(
        error.message.contains("would be invalid") && error.remedy.is_some(),
        "{error:?}"
    );
}

#[test]
fn other_types_are_refused() {
    let other = binary(&PROVIDER.replace("\"y\" u32", "\"y\" u8"));
    let error = composed(&binary(USER), &[other]).expect_err("another record");
    assert!(
        error.message.contains("`main` imports `a:b/c@1.0.0`"),
        "{error:?}"
    );
    assert!(error.message.contains("`y`"), "{error:?}");
}

#[test]
fn components_with_too_much_to_connect_are_refused() {
    let imports: String = (0..=20_000)
        .map(|n| format!("(import \"f{n}\" (func))"))
        .collect();
    let error = composed(&binary(&format!("(component {imports})")), &[]).expect_err("too much");
    assert_eq!(
        error.message,
        "the components have 20001 imports and exports, and 20000 can be composed"
    );
}

/// Bytes replaced, inserted, removed, and pieces copied: no panic, and what is composed is valid.
#[test]
fn mutated_components_are_composed_or_refused() {
    let whole = [USER, BETWEEN, PROVIDER].map(binary);
    let mut mutation = Mutation::new();
    let (mut made, mut refused) = (0, 0);
    for _ in 0..attempts() {
        let mut parts = whole.clone();
        let which = mutation.draw(parts.len());
        mutation.change(&mut parts[which], 8);
        if component::validate(&parts[which], FEATURES).is_err() {
            continue;
        }
        let [main, dependencies @ ..] = &parts;
        match composed(main, dependencies) {
            Ok(composed) => {
                component::validate(&composed, FEATURES).expect("it was validated");
                made += 1;
            }
            Err(_) => refused += 1,
        }
    }
    assert!(made > 0 && refused > 0, "{made}, {refused}");
}

const SCRIPT: &str = r#"package my:app@1.0.0;
/// A comment.
interface i { record p { x: u32, y: list<option<tuple<u8, string>>> } resource r { constructor(a: u32); m: func() -> p; } }
world w { import a: func(); export i; }
import f: func(a: u32) -> result<u8, string>;
let one = new my:provider { ... };
let two = new my:between { "a:b/c@1.2.0": one["a:b/c@1.2.0"] };
let three = new my:user@1.0.0 { "a:b/c@1.0.0": one["a:b/c@1.2.0"], ...two, m: (one).m, ... };
export three...;
export two["a:b/d"] as d;
"#;

#[test]
fn mutated_scripts_are_composed_or_refused() {
    let binaries = [PROVIDER, BETWEEN, USER].map(binary);
    let names = ["my:provider", "my:between", "my:user@1.0.0"];
    let parts: Vec<_> = names
        .iter()
        .zip(&binaries)
        .map(|(name, binary)| Part { name, binary })
        .collect();
    let made = script(SCRIPT, &parts, FEATURES).expect("it is right");
    component::validate(&made, FEATURES).expect("valid");
    let mut mutation = Mutation::new();
    let mut refused = 0;
    for _ in 0..attempts() {
        let mut changed = SCRIPT.as_bytes().to_vec();
        mutation.change(&mut changed, 0);
        let changed = String::from_utf8_lossy(&changed);
        if let Err(error) = script(&changed, &parts, FEATURES) {
            refused += 1;
            let source = Source::new("test", changed.as_bytes());
            let _ = source.excerpt(error.place);
            assert!(!error.message.contains("wac-graph"), "{error:?}\n{changed}");
        }
    }
    assert!(refused > 0);
}

/// What WAC's tools call themselves for is bounded.
#[test]
fn deep_scripts_are_refused_or_read() {
    let chain = |first: &str, next: fn(usize) -> String, len: usize| {
        let rest: String = (1..len).map(next).collect();
        format!("package my:app;\n{first}\n{rest}")
    };
    let alias: fn(usize) -> String = |n| format!("type t{n} = t{};\n", n - 1);
    let uses: fn(usize) -> String = |n| format!("interface i{n} {{ use i{}.{{t}}; }}\n", n - 1);
    for (first, next) in [("type t0 = u8;", alias), ("interface i0 { type t = u8; }", uses)] {
        let _ = script(&chain(first, next, 499), &[], FEATURES);
        let error = script(&chain(first, next, 5_000), &[], FEATURES).expect_err("too many");
        assert!(error.message.contains("at most 1000 types"), "{error:?}");
    }
    for (open, inner, close) in [("(", "y", ")"), ("new a:c { x: ", "y", "}")] {
        let nested = |depth| {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            format!("package my:app;\nlet x = {open}{inner}{close};")
        };
        let error = script(&nested(200), &[], FEATURES).expect_err("there is no `y`");
        assert!(!error.message.contains("nest"), "{error:?}");
        let error = script(&nested(201), &[], FEATURES).expect_err("too deep");
        assert!(
            error.message.contains("brackets nest more than 200 deep"),
            "{error:?}"
        );
    }
}
