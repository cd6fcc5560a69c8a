//! Tests of what the derives accept.

use super::{Definition, Shape};
use crate::derive;
use syn::parse_str;

fn read(text: &str) -> Result<Definition, String> {
    let input = parse_str(text).map_err(|error| format!("no Rust: {error}"))?;
    Definition::new(&input).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = read(text).map(drop).unwrap_err();
    assert_eq!(error, message, "{text}");
}

#[test]
fn a_kind_is_needed() {
    refused(
        "struct A { a: u8 }",
        "a `component` attribute is missing; try: `#[component(record)]`",
    );
    refused(
        "enum A { B(u8) }",
        "a `component` attribute is missing; try: `#[component(variant)]`",
    );
    refused(
        "#[component(wasmtime_crate = a::b)] enum A { B }",
        "a `component` attribute is missing; \
         try: `#[component(enum)]`, or `#[component(variant)]` for a variant without payloads",
    );
    refused(
        "union A { a: u8 }",
        "a `component` attribute is missing; unions stand for no type of a component",
    );
}

#[test]
fn the_kind_fits_the_type() {
    refused(
        "#[component(record)] enum A { B(u8) }",
        "a record is a Rust `struct`; try: `#[component(variant)]`",
    );
    refused(
        "#[component(variant)] struct A { a: u8 }",
        "a component's variant is a Rust `enum`; try: `#[component(record)]`",
    );
    refused(
        "#[component(enum)] struct A { a: u8 }",
        "a component's enum is a Rust `enum`; try: `#[component(record)]`",
    );
    refused(
        "#[component(record)] union A { a: u8 }",
        "unions stand for no type of a component",
    );
}

#[test]
fn records_have_named_fields() {
    refused(
        "#[component(record)] struct A(u8);",
        "a record has named fields; try: `struct Name { field: Type }`",
    );
    refused(
        "#[component(record)] struct A;",
        "a record has named fields; try: `struct Name { field: Type }`",
    );
    refused(
        "#[component(record)] struct A {}",
        "a record has at least one field",
    );
}

#[test]
fn cases_have_one_payload_at_most() {
    let message = "a case has one field without a name, or none; \
                   try: a tuple, or a type with `#[component(record)]`";
    refused("#[component(variant)] enum A { B(u8, u8) }", message);
    refused("#[component(variant)] enum A { B { b: u8 } }", message);
    refused("#[component(variant)] enum A { B() }", message);
    refused(
        "#[component(enum)] enum A { B, C(u8) }",
        "a case of a component's enum has no field; try: `#[component(variant)]`",
    );
    refused(
        "#[component(variant)] enum A {}",
        "a component's variant has at least one case",
    );
    refused(
        "#[component(enum)] enum A {}",
        "a component's enum has at least one case",
    );
}

#[test]
fn enumerations_are_positions() {
    refused(
        "#[component(enum)] enum A<T> { B }",
        "a component's enum has no parameters",
    );
    refused(
        "#[component(enum)] enum A where u8: Copy { B }",
        "a component's enum has no parameters",
    );
    refused(
        "#[component(enum)] enum A { B = 1 }",
        "the number of a case is its position; try: remove the discriminant",
    );
    assert!(read("#[component(enum)] enum A { B }").is_ok());
    assert!(read("#[component(enum)] #[repr(u8)] enum A { B }").is_ok());
}

#[test]
fn attributes_are_known() {
    refused(
        "#[component(rec)] struct A { a: u8 }",
        "expected one of: `record`, `variant`, `enum`, `wasmtime_crate`, `transom_crate`",
    );
    refused(
        "#[component(flags)] struct A { a: u8 }",
        "no derive makes flags; try: the macro `transom::component::flags!`",
    );
    refused(
        "#[component] struct A { a: u8 }",
        "expected attribute arguments in parentheses: #[component(...)]",
    );
    refused(
        "#[component(record variant)] struct A { a: u8 }",
        "unexpected token",
    );
    let again = "this says again what another `component` attribute has said; try: remove it";
    refused(
        "#[component(record)] #[component(record)] struct A { a: u8 }",
        again,
    );
    refused("#[component(record, enum)] struct A { a: u8 }", again);
    refused(
        "#[component(wasmtime_crate = a, transom_crate = b)] struct A { a: u8 }",
        again,
    );
    refused(
        "#[component(record)] struct A { #[component(record)] a: u8 }",
        "expected `name`",
    );
    refused(
        "#[component(record)] struct A { #[component(name = a)] a: u8 }",
        "expected string literal",
    );
    refused(
        r#"#[component(record)] struct A { #[component(name = "a")] #[component(name = "b")] a: u8 }"#,
        "a second name; try: remove one",
    );
    refused(
        r#"#[component(variant)] enum A { B(#[component(name = "b")] u8) }"#,
        "a payload has no `component` attribute; try: put it on the case",
    );
}

#[test]
fn names_are_those_of_a_component() {
    let message = |name: &str| {
        format!(
            "{name:?} is no name in a component; try: a name in kebab-case, as in `#[component(name = \"a-name\")]`"
        )
    };
    refused(
        r#"#[component(record)] struct A { #[component(name = "aB")] a: u8 }"#,
        &message("aB"),
    );
    refused("#[component(record)] struct A { _1: u8 }", &message("1"));
    let message = "`a` differs from another name in case and hyphens only, or not at all";
    refused(
        r#"#[component(record)] struct A { a: u8, #[component(name = "a")] b: u8 }"#,
        message,
    );
    refused("#[component(variant)] enum A { A, B, a }", message);
    refused("#[component(enum)] enum A { A, B, a }", message);
}

#[test]
fn names_and_positions_are_kept() {
    let text = r#"#[component(variant)] enum A { FirstOne, #[component(name = "other")] Second(u8) }"#;
    let Ok(Definition {
        shape: Shape::Variant(cases),
        ..
    }) = read(text)
    else {
        unreachable!("the attribute says so")
    };
    let names: Vec<_> = cases.iter().map(|case| case.name.value()).collect();
    assert_eq!(names, ["first-one", "other"]);
    assert!(cases[0].payload.is_none() && cases[1].payload.is_some());
}

#[test]
fn expansions_use_the_path() {
    for shape in [
        "#[component(record)] struct A<'a, T: Copy, const N: usize> where T: 'a { a: u8, b: &'a T }",
        "#[component(variant)] enum A<T> { B, C(T), D(T) }",
        "#[component(enum)] enum A { B, C }",
    ] {
        let expansions = |path: &str| {
            let definition = read(&format!("{path} {shape}")).unwrap();
            [derive::component_type, derive::lift, derive::lower].map(|derive| {
                let expansion = derive(&definition);
                syn::parse2::<syn::File>(expansion.clone()).unwrap();
                expansion.to_string()
            })
        };
        let default = expansions("");
        for attribute in [
            "#[component(transom_crate = crate::other)]",
            "#[component(wasmtime_crate = crate::other)]",
        ] {
            assert_eq!(
                default
                    .each_ref()
                    .map(|text| text.replace(":: transom ::", "crate :: other ::")),
                expansions(attribute)
            );
        }
    }
}
