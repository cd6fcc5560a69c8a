//! Tests of `flags!`.

use super::{Flags, expand, mask};
use syn::parse_str;

#[track_caller]
fn refused(text: &str, message: &str) {
    let error = parse_str::<Flags>(text).map(drop).unwrap_err();
    assert_eq!(error.to_string(), message, "{text}");
}

/// So many flags.
fn flags(count: usize) -> String {
    let flags: Vec<_> = (0..count).map(|index| format!("const F{index};")).collect();
    format!("A {{ {} }}", flags.concat())
}

#[test]
fn there_are_at_most_32() {
    refused("A {}", "there is at least one flag in a type of flags");
    assert!(parse_str::<Flags>(&flags(32)).is_ok());
    refused(&flags(33), "a component's type has no more than 32 flags");
    assert_eq!([mask(1), mask(8), mask(32)], [1, 0xff, u32::MAX]);
}

#[test]
fn the_last_semicolon_may_be_absent() {
    assert!(parse_str::<Flags>("A { const B; const C }").is_ok());
    refused("A { const B const C }", "expected `;`");
    refused("A { B; }", "expected `const`");
    refused("A { const B: u8; }", "expected `;`");
    refused(
        "struct A { const B; }",
        "expected identifier, found keyword `struct`",
    );
}

#[test]
fn attributes_and_names_are_those_of_derives() {
    refused(
        "#[component(record)] A { const B; }",
        "flags are no record; try: remove the attribute",
    );
    refused("A { #[component(enum)] const B; }", "expected `name`");
    refused(
        "A { const B; const b; }",
        "`b` differs from another name in case and hyphens only, or not at all",
    );
}

#[test]
fn attributes_and_visibility_are_kept() {
    let text =
        "#[doc = \"Mine.\"] #[component(transom_crate = a::b)] pub(super) A { #[cfg(any())] const B; }";
    let flags = parse_str::<Flags>(text).unwrap();
    let expansion = expand(&flags);
    syn::parse2::<syn::File>(expansion.clone()).unwrap();
    let text = expansion.to_string();
    assert!(text.starts_with("# [doc = \"Mine.\"] # [derive"), "{text}");
    assert!(text.contains("pub (super) struct A"), "{text}");
    assert!(
        text.contains("# [cfg (any ())] # [doc = \"The flag `b`.\"] pub const B"),
        "{text}"
    );
    assert!(
        !text.contains("transom") && text.contains("a :: b :: component :: Lift"),
        "{text}"
    );
}
