//! What tools say of components, of modules with interfaces, and of WIT, that were changed at random: no panic, no hang, and what is made
//! of something valid is valid.

use super::{Mutation, attempts};
use crate::link::{Named, link_components};
use crate::objdump::{Objdump, objdump};
use crate::strip::{Strip, strip_component};
use crate::{Source, component, guard, make, metadata, needs, nested, stats};
use std::time::{Duration, Instant};
use transom::Engine;
use wasmparser::WasmFeatures;

const FEATURES: WasmFeatures = WasmFeatures::WASM3;
/// No question about a few hundred bytes takes as long, on a machine with much else to do.
const LONG: Duration = Duration::from_secs(10);

/// Components with nested ones, modules, names, and sections of tools.
const TEXTS: [&str; 4] = [
    r#"(component $outer
        (component $inner (core module $m (func $f (export "f")) (@custom "x" "abc")) (core instance $i (instantiate $m)))
        (core module $n (@producers (language "C" "1") (processed-by "tool" "2")) (memory (data "a")) (func (export "g") unreachable))
        (core instance $i (instantiate $n)) (instance (instantiate $inner))
        (func $g (canon lift (core func $i "g"))) (export "g" (func $g)))"#,
    r#"(component
        (import "a:b/c@1.2.0" (instance $c (export "r" (type $r (sub resource))) (export "f" (func (param "p" (borrow $r)) (result string)))))
        (import "v" (func (param "l" (list (option (tuple u8 char)))) (result (result u8 (error string)))))
        (alias export $c "f" (func $f)) (export "again" (func $f)))"#,
    r#"(component
        (type $v' (variant (case "a") (case "b" u8))) (export $v "v" (type $v')) (type $g' (flags "x" "y")) (export $g "g" (type $g'))
        (type $r (resource (rep i32))) (core func $new (canon resource.new $r)) (core func $drop (canon resource.drop $r))
        (func $make (param "n" s32) (result (own $r)) (canon lift (core func $new)))
        (instance (export "a:b/c@1.3.0") (export "r" (type $r)) (export "make" (func $make))))"#,
    r#"(component (component $c (component $d (component $e (core module (type (func)) (func (type 0)))))) (type (stream u8)) (type (map u8 u8)))"#,
];

fn binary(text: &str) -> Vec<u8> {
    let source = Source::new("test", text);
    let component = source.component().expect("well-formed");
    component.expect("a component").into_owned()
}

/// The result of a question, which must not take long.
fn timely<R>(what: &str, bytes: &[u8], ask: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let answer = ask();
    assert!(
        start.elapsed() < LONG,
        "{what} takes {:?}: {bytes:02x?}",
        start.elapsed()
    );
    assert!(!guard::is_guarded(), "{what}: {bytes:02x?}");
    answer
}

/// Asks about each of so many changed components; returns how many were valid.
fn each(ask: impl Fn(&[u8], bool)) {
    let whole = TEXTS.map(binary);
    let (mut mutation, mut valid) = (Mutation::new(), 0);
    for attempt in 0..attempts() {
        let mut changed = whole[attempt % whole.len()].clone();
        mutation.change(&mut changed, 8);
        let is_valid = component::validate(&changed, FEATURES).is_ok();
        valid += usize::from(is_valid);
        ask(&changed, is_valid);
    }
    println!("{valid} of {} are valid", attempts());
    assert!(valid > attempts() / 100, "{valid}");
}

#[test]
fn mutated_components_are_dumped() {
    let all = Objdump {
        headers: true,
        details: true,
        relocations: true,
        disassemble: true,
        contents: true,
        section: None,
    };
    each(|changed, is_valid| {
        let mut text = String::new();
        let dumped = timely("nested::table", changed, || {
            nested::table(&mut text, changed, None)
        });
        assert!(dumped.is_ok() || !is_valid, "{dumped:?}: {changed:02x?}");
        // The command asks for the table only; the library must take the rest, too.
        let _ = timely("objdump", changed, || objdump(&mut text, changed, &all));
    });
}

#[test]
fn mutated_components_are_counted() {
    each(|changed, is_valid| {
        let counted = timely("stats", changed, || stats::component_stats(changed));
        assert!(counted.is_ok() || !is_valid, "{counted:?}: {changed:02x?}");
    });
}

#[test]
fn mutated_components_are_stripped() {
    let what = Strip::default();
    each(|changed, is_valid| {
        let stripped = timely("strip", changed, || strip_component(changed, &what));
        if is_valid {
            let stripped = stripped.expect("it is valid");
            component::validate(&stripped, FEATURES).expect("nothing but custom sections is gone");
            assert_eq!(strip_component(&stripped, &what), Ok(stripped.clone()));
        }
    });
}

#[test]
fn mutated_components_tell_of_themselves() {
    each(|changed, is_valid| {
        let told = timely("metadata", changed, || metadata::component_metadata(changed));
        assert!(told.is_ok() || !is_valid, "{told:?}: {changed:02x?}");
    });
}

#[test]
fn mutated_components_are_linked_or_refused() {
    let engine = Engine::default();
    let whole = TEXTS.map(binary);
    each(|changed, _| {
        for other in &whole[1..3] {
            let named = |name, binary| Named { name, binary };
            let both = [named("changed", changed), named("other", other)];
            let _ = timely("link", changed, || link_components(&engine, &both));
        }
    });
}

#[test]
fn mutated_components_need_what_makes_them_valid() {
    each(|changed, is_valid| {
        let needed = timely("needs", changed, || needs::of_component(changed));
        let of_modules = timely("needs", changed, || needs::needs(changed));
        if is_valid {
            let needed = needed.expect("it is valid");
            assert!(of_modules.is_ok(), "{changed:02x?}");
            let gated = needed.iter().filter(|name| {
                let part = name.strip_prefix(needs::COMPONENT);
                part.is_some_and(|part| transom::component::GATES.iter().any(|gate| gate.name == part))
            });
            assert_eq!(gated.count(), 0, "{needed:?}: {changed:02x?}");
        }
    });
}

const WIT: &str = "package a:calc@1.2.0;
interface types { record p { x: u32, y: option<string> } resource r { constructor(n: u32); get: func() -> p; } flags f { a, b } }
world calc { use types.{p}; import log: func(at: u32); export add: func(a: u32, b: u32) -> u32; export types; }";

fn core(text: &str) -> Vec<u8> {
    Source::new("test", text).binary().expect("a module").into_owned()
}

/// A module that becomes a component.
const CORE: &str = r#"(module (import "$root" "log" (func $log (param i32)))
    (memory (export "memory") 1) (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "add") (param i32 i32) (result i32) (call $log (local.get 0)) (i32.add (local.get 0) (local.get 1))))"#;

/// The world that it is for.
const WORLD: &str =
    "package a:calc; world calc { import log: func(at: u32); export add: func(a: u32, b: u32) -> u32; }";

#[test]
fn mutated_modules_become_components_or_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let wit = folder.path().join("calc.wit");
    std::fs::write(&wit, WORLD).expect("it is written");
    let whole = make::embedded(&core(CORE), &wit, None).expect("there is one world");
    let plain = core(CORE);
    let (mut mutation, mut made) = (Mutation::new(), 0);
    for _ in 0..attempts() {
        let mut changed = whole.clone();
        mutation.change(&mut changed, 8);
        let _ = timely("component wit", &changed, || make::embedded_interface(&changed));
        if let Ok(component) = timely("component new", &changed, || make::component(&changed, &[])) {
            made += 1;
            component::validate(&component, FEATURES).expect("what is made is valid");
        }
        let mut changed = plain.clone();
        mutation.change(&mut changed, 8);
        let _ = timely("component embed", &changed, || {
            make::embedded(&changed, &wit, None)
        });
    }
    println!("{made} of {} become components", attempts());
    assert!(made > attempts() / 100, "{made}");
}

#[test]
fn mutated_wit_is_printed_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let wit = folder.path().join("calc.wit");
    let (mut mutation, mut read) = (Mutation::new(), 0);
    let plain = core(CORE);
    for _ in 0..attempts() {
        let mut changed = WIT.as_bytes().to_vec();
        mutation.change(&mut changed, 0);
        std::fs::write(&wit, &changed).expect("it is written");
        read += usize::from(timely("component wit", &changed, || make::package(&wit)).is_ok());
        let _ = timely("component embed", &changed, || make::embedded(&plain, &wit, None));
    }
    println!("{read} of {} are read", attempts());
    assert!(read > attempts() / 100, "{read}");
}
