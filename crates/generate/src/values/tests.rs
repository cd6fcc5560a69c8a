//! Arguments: whether they are of their types, differ by seeds, and reach the values at which mistakes show.

use super::*;
use std::collections::BTreeSet;
use transom::Engine;
use transom::component::Component;
use transom::component::types::ComponentItem;
use transom_inspect::wave;

const TYPES: &str = r#"
    (type $r' (record (field "a" u8) (field "b" (option bool)))) (import "r" (type $r (eq $r')))
    (type $v' (variant (case "x") (case "y" string))) (import "v" (type $v (eq $v')))
    (type $e' (enum "red" "none")) (import "e" (type $e (eq $e')))
    (type $g' (flags "read" "write")) (import "g" (type $g (eq $g')))
    (import "h" (type $h (sub resource)))"#;

/// A function with one parameter, and a result.
fn function(param: &str, result: &str) -> ComponentFunc {
    let engine = Engine::default();
    let text = format!("(component {TYPES} (import \"f\" (func (param \"p\" {param}) {result})))");
    let component = Component::new(&engine, text).expect("it is valid");
    let ty = component.component_type();
    match ty.get_import(&engine, "f").map(|import| import.ty) {
        Some(ComponentItem::ComponentFunc(ty)) => ty,
        other => panic!("{other:?}"),
    }
}

/// The texts of the argument for some seeds.
fn texts(param: &str) -> BTreeSet<String> {
    let function = function(param, "");
    let (_, ty) = function.params().next().expect("a parameter");
    let text = |seed| {
        let arguments = arguments(&function, seed).expect("there are values");
        let text = wave::text(&arguments[0]);
        assert_eq!(
            wave::canonical(&text, &ty).as_ref(),
            Some(&text),
            "{param}, seed {seed}"
        );
        text
    };
    (0..400).map(text).collect()
}

#[test]
fn each_type_has_values_that_are_read_again() {
    for (param, some) in [
        ("bool", &["false", "true"][..]),
        ("s8", &["-128", "127"]),
        ("u8", &["0", "255"]),
        ("s16", &["-1"]),
        ("u16", &["65535"]),
        ("s32", &["-2147483648"]),
        ("u32", &["4294967295"]),
        ("s64", &["-9223372036854775808"]),
        ("u64", &["18446744073709551615"]),
        ("f32", &["nan", "inf", "-inf", "-0"]),
        ("f64", &["nan", "inf", "-inf", "-0"]),
        ("char", &["'🦀'", r"'\n'"]),
        ("string", &["\"\"", "\"日本語\""]),
        ("(list bool)", &["[]", "[true]"]),
        ("(list (list u8))", &["[]"]),
        ("(map u8 bool)", &["{}"]),
        ("(tuple bool bool)", &["(true, false)"]),
        ("$r", &["{a: 0}", "{a: 1, b: some(true)}"]),
        ("$v", &["x", "y(\"\")"]),
        ("$e", &["red", "%none"]),
        ("$g", &["{}", "{read, write}"]),
        ("(option bool)", &["none", "some(true)"]),
        ("(result (error bool))", &["ok", "err(false)"]),
    ] {
        let found = texts(param);
        for text in some {
            assert!(found.contains(*text), "{param}: {text} is not among {found:?}");
        }
    }
}

#[test]
fn types_without_text_form_are_named() {
    for (param, result, expected) in [
        (
            "(own $h)",
            "",
            "parameter `p` contains a handle of a resource, which has no text form",
        ),
        (
            "(option (borrow $h))",
            "",
            "parameter `p` contains a handle of a resource, which has no text form",
        ),
        (
            "u8",
            "(result (list (own $h)))",
            "the result contains a handle of a resource, which has no text form",
        ),
        (
            "(stream u8)",
            "",
            "parameter `p` contains a stream, which has no text form",
        ),
        (
            "u8",
            "(result (future))",
            "the result contains a future, which has no text form",
        ),
    ] {
        let found = arguments(&function(param, result), 1).expect_err("it has no text form");
        assert_eq!(found, expected);
    }
}
