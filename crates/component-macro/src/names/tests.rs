//! Tests of names.

use super::{check_distinct, is_label, kebab_case, of};
use proc_macro2::Span;
use syn::{Attribute, Ident, LitStr, parse_quote};

#[test]
fn identifiers_become_kebab_case() {
    for (ident, name) in [
        ("name", "name"),
        ("age_in_years", "age-in-years"),
        ("_unused_", "unused"),
        ("OnlySome", "only-some"),
        ("HTTPServer", "http-server"),
        ("UseHTTP", "use-http"),
        ("CAN_EXECUTE", "can-execute"),
        ("Utf8Bytes", "utf8-bytes"),
        ("X86", "x86"),
        ("x_1", "x-1"),
        ("A1B", "a1b"),
        ("__", ""),
    ] {
        assert_eq!(kebab_case(ident), name, "{ident}");
    }
}

#[test]
fn labels_are_words_and_hyphens() {
    for label in ["a", "A", "a-b", "a1-2b", "HTTP-server", "x-1"] {
        assert!(is_label(label), "{label}");
    }
    for text in ["", "1a", "-a", "a-", "a--b", "aB", "Ab", "a_b", "a b", "ä", "a.b"] {
        assert!(!is_label(text), "{text}");
    }
}

#[test]
fn raw_identifiers_lose_their_mark() {
    let ident: Ident = syn::parse_str("r#type").unwrap();
    assert_eq!(of(&ident, &[]).unwrap().value(), "type");
}

#[test]
fn the_attribute_gives_the_name() {
    let ident: Ident = syn::parse_str("größe").unwrap();
    let given: Attribute = parse_quote!(#[component(name = "size")]);
    assert_eq!(of(&ident, &[given]).unwrap().value(), "size");
    let error = |attributes: &[Attribute]| of(&ident, attributes).map(drop).unwrap_err().to_string();
    assert!(error(&[]).starts_with("\"größe\" is no name in a component"));
    let wrong: Attribute = parse_quote!(#[component(name = "a_b")]);
    assert!(error(&[wrong]).starts_with("\"a_b\" is no name in a component"));
}

#[test]
fn names_differ_in_letters() {
    let check = |names: &[&str]| {
        let names: Vec<_> = names
            .iter()
            .map(|name| LitStr::new(name, Span::call_site()))
            .collect();
        check_distinct(names.iter()).map_err(|error| error.to_string())
    };
    assert_eq!(check(&["a", "b", "a-b"]), Ok(()));
    for second in ["ab-c", "a-bc", "AB-C"] {
        let error = check(&["ab-c", "d", second]).unwrap_err();
        assert_eq!(
            error,
            format!("`{second}` differs from another name in case and hyphens only, or not at all")
        );
    }
}
