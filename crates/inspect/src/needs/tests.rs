//! Modules that need one feature each, and what is said of those that nothing helps.

use super::*;
use crate::Source;

fn names(text: &str) -> Vec<String> {
    let source = Source::new("test", text);
    let needs = needs(&source.binary().expect("a module")).expect("valid");
    needs.into_iter().map(|need| need.feature).collect()
}

#[test]
fn needs_are_found_in_their_order() {
    assert!(names("(module (func (param i32) (result i32) local.get 0))").is_empty());
    assert_eq!(
        names("(module (func (result i32 i32) i32.const 1 i32.const 2))"),
        ["multi-value"]
    );
    assert_eq!(names("(module (memory 1) (memory 1))"), ["multi-memory"]);
    assert_eq!(
        names("(module (memory i64 1) (func (drop (v128.const i64x2 0 0))))"),
        ["memory64", "simd"]
    );
    assert_eq!(
        names("(module (func (i32.extend8_s (i32.const 1)) drop))"),
        ["sign-extension"]
    );
    assert_eq!(
        names("(module (global (export \"g\") (mut i32) (i32.const 0)))"),
        ["mutable-global"]
    );
    let gc = names("(module (type (struct (field i32))))");
    assert!(gc.contains(&"gc".to_owned()), "{gc:?}");
    assert_eq!(names("(module (tag) (func (throw 0)))"), ["exceptions"]);
    assert_eq!(names("(module (func return_call 0))"), ["tail-call"]);
}

#[test]
fn what_no_feature_mends_is_an_error() {
    let source = Source::new("test", "(module (func (result i32) i64.const 1))");
    let error = needs(&source.binary().expect("a module")).expect_err("invalid");
    assert!(error.message.contains("type mismatch"), "{error}");
    assert!(needs(b"\0asm\x01\0\0\0\x01\x05").is_err());
}

#[test]
fn sets_have_names() {
    let simd = Source::new("test", "(module (func (drop (v128.const i64x2 0 0))))");
    let binary = simd.binary().expect("a module");
    for (name, valid) in [
        ("wasm1", false),
        ("wasm2", true),
        ("wasm3", true),
        ("wasm1,simd", true),
    ] {
        assert_eq!(
            validate(&binary, set(name).expect("known")).is_ok(),
            valid,
            "{name}"
        );
    }
    assert!(
        set("wasm9")
            .expect_err("unknown")
            .message
            .contains("wasm3, mutable-global")
    );
}

#[test]
fn components_need_what_their_modules_need_and_features_of_their_own() {
    for (text, expected) in [
        ("(component)", &[][..]),
        (
            "(component (core module (func (drop (v128.const i64x2 0 0)))) (type (map u8 u8)))",
            &["simd", "component-model-map"],
        ),
        ("(component (type (func async)))", &["component-model-async"]),
        (
            "(component (type (list u8 4)) (core module (memory 1) (memory 1)))",
            &["multi-memory", "component-model-fixed-length-lists"],
        ),
    ] {
        let source = crate::Source::new("test", text);
        let binary = source.component().expect("well-formed").expect("a component");
        assert_eq!(of_component(&binary).expect("valid"), expected, "{text}");
    }
    assert!(of_component(b"\0asm\x0d\0\x01\0\x01").is_err());
}
