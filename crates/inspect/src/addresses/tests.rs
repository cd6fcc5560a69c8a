//! Addresses in programs with and without debug information.

use super::*;

/// A program with DWARF.
fn dwarf4() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../transom/tests/symbols/programs/dwarf4.wasm"
    );
    std::fs::read(path).expect("the program is part of the repository")
}

fn shown(binary: &[u8], addresses: &[u64], base: Base) -> Vec<String> {
    let found = locate(&Engine::default(), binary, addresses, base).expect("valid");
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn addresses_have_lines_and_inlined_functions() {
    let expected = [
        "0xf2: function 2 `push`\n    /src/./stack.h:9:15, in `checked` (inlined)\n    /src/stack.c:4:19",
        "0xc2: function 1 `run`\n    /src/fill.c:16:12",
    ];
    assert_eq!(shown(&dwarf4(), &[0xf2, 0xc2], Base::Module), expected);
    let start = Code::read(&dwarf4())
        .expect("well-formed")
        .start
        .expect("there is code");
    let relative = shown(&dwarf4(), &[0xc2 - start], Base::CodeSection);
    let expected = expected[1].replacen("0xc2", &format!("{:#x}", 0xc2 - start), 1);
    assert_eq!(relative, [expected]);
}

#[test]
fn addresses_outside_of_functions_are_reported() {
    let bodies = Code::read(&dwarf4()).expect("well-formed").bodies;
    let (first, last) = (bodies[0].start, bodies[bodies.len() - 1].end);
    let addresses = [0, first - 1, first, last - 1, last, u64::MAX];
    let found = locate(&Engine::default(), &dwarf4(), &addresses, Base::Module).expect("valid");
    let inside = found.iter().map(|location| location.function.is_some());
    assert_eq!(
        inside.collect::<Vec<_>>(),
        [false, false, true, true, false, false]
    );
    assert_eq!(found[0].to_string(), "0x0: not in a function");
    let relative = shown(&dwarf4(), &[u64::MAX], Base::CodeSection);
    assert_eq!(relative, ["0xffffffffffffffff: not in a function"]);
}

#[test]
fn functions_without_debug_information_have_a_name_only() {
    let source = crate::Source::new(
        "test",
        r#"(module (import "a" "b" (func)) (func $_RNvC6_123foo3bar (nop)) (func) (func $"f\1b"))"#,
    );
    let binary = source.binary().expect("a module");
    let bodies = Code::read(&binary).expect("well-formed").bodies;
    let addresses = bodies.iter().map(|body| body.start).collect::<Vec<_>>();
    let shown = shown(&binary, &addresses, Base::Module).join("\n");
    assert!(shown.contains(": function 1 `123foo::bar`\n"), "{shown}");
    assert!(shown.contains(": function 2\n"), "{shown}");
    assert!(shown.ends_with(r": function 3 `f\u{1b}`"), "{shown}");
}

#[test]
fn a_module_without_code_has_no_relative_addresses() {
    let binary = b"\0asm\x01\0\0\0";
    let error = locate(&Engine::default(), binary, &[1], Base::CodeSection).expect_err("no code");
    assert_eq!(error.message, "the module has no code section");
    assert_eq!(shown(binary, &[1], Base::Module), ["0x1: not in a function"]);
}
