//! Names of compilers, and names that are made to take long.

use super::*;

#[test]
fn names_of_rust_and_of_cpp_are_demangled() {
    for (name, expected) in [
        ("_ZN3foo3barEi", "foo::bar(int)"),
        (
            "_ZN4core6option13unwrap_failed17h0123456789abcdefE",
            "core::option::unwrap_failed::h0123456789abcdef",
        ),
        ("_RNvCs1234_7mycrate3foo", "mycrate[3c1c0]::foo"),
    ] {
        assert_eq!(Demangled(name).to_string(), expected);
    }
}

#[test]
fn other_names_are_as_they_are() {
    for plain in [
        "",
        "main",
        "_Z",
        "i",
        "_ZN",
        "foo::bar(int)",
        "_start",
        "_ZN999999999999999999999E",
    ] {
        assert_eq!(Demangled(plain).to_string(), plain);
    }
}

/// Each substitution doubles what the one before stands for.
#[test]
fn names_that_stand_for_much_are_as_they_are() {
    let mut name = "_Z1fSt4pairIiiE".to_owned();
    name.push_str("S_IS0_S0_E");
    for digit in ('1'..='9').chain('A'..='Z') {
        name.push_str(&format!("S_IS{digit}_S{digit}_E"));
    }
    assert_eq!(Demangled(&name).to_string(), name);
    let short = &name[.."_Z1fSt4pairIiiE".len()];
    assert_eq!(Demangled(short).to_string(), "f(std::pair<int, int>)");
}

/// With a parser that tries everything these take as good as forever.
#[test]
fn names_that_take_long_are_as_they_are() {
    let nested = |start: &str, part: &str, end: &str| format!("{start}{}{end}", part.repeat(40));
    for name in [
        nested("_ZdeDpDT", "nw", "sEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"),
        nested("_Z2ab", "S_I", "GRT_Nv"),
        nested("_Z1fA", "nw", "_iv"),
    ] {
        assert_eq!(Demangled(&name).to_string(), name);
    }
}
