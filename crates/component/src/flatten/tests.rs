//! What becomes of the tree of components.

use crate::wiring::{Component, CoreDef, Entity, FuncDef, LeafKind, Step, Trampoline};
use crate::{Error, FROZEN};
use wasmparser::WasmFeatures;

fn flatten(text: &str) -> Result<Component, Error> {
    let buffer = wast::parser::ParseBuffer::new(text).unwrap();
    let binary = wast::parser::parse::<wast::Wat<'_>>(&buffer)
        .unwrap()
        .encode()
        .unwrap();
    Component::new(&binary, WasmFeatures::WASM3 | FROZEN)
}

/// A component with a resource, and two instances of it.
const TWICE: &str = r#"(component
    (component $c
        (core module $m (func (export "drop") (param i32)))
        (core instance $i (instantiate $m))
        (type $r (resource (rep i32) (dtor (core func $i "drop"))))
        (export $e "r" (type $r))
        (core func $new (canon resource.new $r))
        (core module $n (import "" "new" (func $new (param i32) (result i32)))
            (func (export "make") (result i32) (call $new (i32.const 1))))
        (core instance $j (instantiate $n (with "" (instance (export "new" (func $new))))))
        (func (export "make") (result (own $e)) (canon lift (core func $j "make"))))
    (instance $a (instantiate $c))
    (instance $b (instantiate $c))
    (export "a" (instance $a))
    (export "b" (instance $b)))"#;

#[test]
fn each_instance_has_its_own_resources() {
    let component = flatten(TWICE).unwrap();
    assert_eq!(
        (
            component.instances,
            component.core_instances,
            component.resources.len()
        ),
        (3, 4, 2)
    );
    let funcs: Vec<_> = ["a", "b"]
        .iter()
        .map(|name| {
            let Entity::Instance(exports) = &component.exports[*name] else {
                panic!("an instance")
            };
            let Entity::Func(FuncDef::Lift(lift, ty)) = exports["make"] else {
                panic!("a function")
            };
            (lift, ty)
        })
        .collect();
    assert_ne!(funcs[0].1, funcs[1].1, "they return different resources");
    let order: Vec<_> = component
        .steps
        .iter()
        .map(|step| match step {
            Step::Instantiate { .. } => "module",
            Step::Resource(_) => "resource",
            Step::Trampoline(_) => "function",
        })
        .collect();
    assert_eq!(
        order,
        ["module", "resource", "function", "module"].repeat(2),
        "a destructor is there before its resource, and a function before the module that imports it"
    );
}

#[test]
fn a_nested_import_is_what_it_was_given() {
    let component = flatten(
        r#"(component
        (import "outer" (func $outer (param "x" u32)))
        (component $c
            (import "inner" (func $inner (param "x" u32)))
            (core func $l (canon lower (func $inner)))
            (core module $m (import "" "f" (func (param i32))))
            (core instance (instantiate $m (with "" (instance (export "f" (func $l)))))))
        (instance (instantiate $c (with "inner" (func $outer)))))"#,
    )
    .unwrap();
    let [
        Trampoline::Lower {
            func: FuncDef::Import(leaf, _),
            ..
        },
    ] = &component.trampolines[..]
    else {
        panic!("{:?}", component.trampolines)
    };
    assert_eq!(component.leaves[leaf.index()].path, ["outer".into()]);
    let [Step::Trampoline(_), Step::Instantiate { arguments, .. }] = &component.steps[..] else {
        panic!("{:?}", component.steps)
    };
    assert!(matches!(arguments[""].get("f"), Some(CoreDef::Trampoline(_))));
}

#[test]
fn leaves_are_functions_resources_and_modules() {
    let component = flatten(
        r#"(component
        (import "a:b/c" (instance
            (export "r" (type $r (sub resource)))
            (type $point (record (field "x" u8)))
            (export "point" (type (eq $point)))
            (export "make" (func (result (own $r))))))
        (import "m" (core module (export "f" (func (param i32))))))"#,
    )
    .unwrap();
    let leaves: Vec<_> = component
        .leaves
        .iter()
        .map(|leaf| match leaf.kind {
            LeafKind::Func(_) => format!("func {}", leaf.path.join(" ")),
            LeafKind::Resource(_) => format!("resource {}", leaf.path.join(" ")),
            LeafKind::Module(_) => format!("module {}", leaf.path.join(" ")),
        })
        .collect();
    assert_eq!(leaves, ["resource a:b/c r", "func a:b/c make", "module m"]);
}

/// Each level has two instances of the level below, so 40 levels have 2^40.
#[test]
fn components_that_double_are_refused() {
    let mut text = "(component $c0)".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text = format!(
            "(component $c{level} {text} (instance (instantiate $c{below})) (instance (instantiate $c{below})))"
        );
    }
    let error = flatten(&text).unwrap_err();
    assert!(error.message.contains("more than 1000000 items"), "{error}");
}

/// A component that defines another and instantiates it.
fn around(inner: &[u8]) -> Vec<u8> {
    let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
    let mut length = inner.len();
    while length > 0x7f {
        outer.push(length as u8 | 0x80);
        length >>= 7;
    }
    outer.push(length as u8);
    outer.extend_from_slice(inner);
    // One instance, of component 0, without arguments.
    outer.extend([5, 4, 1, 0, 0, 0]);
    outer
}

/// Each instance exports the one before twice, so the last exports 2^40 functions.
#[test]
fn exports_that_double_are_refused() {
    let mut text =
        r#"(component (component $c (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f")))) (instance $i0 (instantiate $c))"#
            .to_owned();
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!(
            r#"(instance $i{level} (export "a" (instance $i{below})) (export "b" (instance $i{below})))"#
        ));
    }
    text.push_str(r#"(export "i" (instance $i39)))"#);
    let error = flatten(&text).unwrap_err();
    // The validator has a limit of its own, which is lower.
    let words = [
        "exports more than 1000000 items",
        "effective type size exceeds the limit",
    ];
    assert!(words.iter().any(|words| error.message.contains(words)), "{error}");
}

#[test]
fn components_inside_each_other_are_limited() {
    let nested = |levels| (0..levels).fold(b"\0asm\x0d\0\x01\0".to_vec(), |inner, _| around(&inner));
    let flatten = |binary: &[u8]| Component::new(binary, WasmFeatures::WASM3 | FROZEN);
    assert_eq!(flatten(&nested(99)).unwrap().instances, 100);
    for (levels, words) in [(100, "inside each other"), (10_000, "exceeds limit")] {
        let error = flatten(&nested(levels)).unwrap_err();
        assert!(error.message.contains(words), "{error}");
    }
}

#[test]
fn imported_components_are_refused_by_name() {
    let error = flatten(r#"(component (import "x" (component)))"#).unwrap_err();
    assert!(error.message.contains("imports a component, `x`"), "{error}");
}
