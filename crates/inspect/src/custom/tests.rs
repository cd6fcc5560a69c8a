//! Custom sections written by hand, byte by byte.

use super::*;
use crate::sections::sections;
use wasm_encoder::{CustomSection, Encode, Module, RawSection};

/// A list of names and contents as bytes.
fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    text.encode(&mut bytes);
    bytes
}

fn subsection(id: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![id];
    content.encode(&mut bytes);
    bytes
}

/// A module that imports the function `puts` and the global `sp`, with these custom sections behind its code.
fn module(custom: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut module = Module::new();
    let mut raw = |id, data: &[u8]| {
        module.section(&RawSection { id, data });
    };
    raw(1, &[1, 0x60, 0, 0]);
    raw(2, b"\x02\x03env\x04puts\x00\x00\x03env\x02sp\x03\x7f\x01");
    raw(3, &[1, 0]);
    raw(10, &[1, 8, 0, 0x10, 0x80, 0x80, 0x80, 0x80, 0, 0x0b]);
    for (name, data) in custom {
        module.section(&CustomSection {
            name: (*name).into(),
            data: data.into(),
        });
    }
    module.finish()
}

/// The lines of all decoded sections.
fn lines(binary: &[u8]) -> Vec<String> {
    let sections = sections(binary).expect("well-formed");
    let names = Names::read(binary, &sections);
    let mut rows = Rows::new(10_000);
    for section in sections.iter().filter(|section| section.is_custom()) {
        let known = Known::named(&section.name).expect("a section that is decoded");
        decode(&mut rows, known, (binary, section), &names);
    }
    let rows = rows.take();
    for row in &rows {
        assert!(row.offset <= binary.len(), "{row:?}");
    }
    rows.into_iter().map(|row| row.text).collect()
}

fn linking() -> Vec<u8> {
    let mut symbols = vec![6];
    symbols.extend([0, 0x10, 0]);
    symbols.extend([0, 0x20, 1]);
    symbols.extend(name("main"));
    symbols.extend([1, 0x02]);
    symbols.extend(name("text"));
    symbols.extend([0, 0x10, 5]);
    symbols.extend([1, 0x10]);
    symbols.extend(name("errno"));
    symbols.extend([2, 0x50, 0]);
    symbols.extend(name("stack"));
    symbols.extend([3, 0x02, 4]);
    let mut segments = vec![1];
    segments.extend(name(".rodata\x1b"));
    segments.extend([2, 1]);
    let mut comdats = vec![1];
    comdats.extend(name("group"));
    comdats.extend([0, 2, 1, 1, 0, 0]);
    let parts = [
        vec![2],
        subsection(5, &segments),
        subsection(6, &[1, 0x80, 0x08, 1]),
        subsection(7, &comdats),
        subsection(8, &symbols),
        subsection(77, &[1, 2]),
    ];
    parts.concat()
}

#[test]
fn linking_sections_are_decoded() {
    let lines = lines(&module(&[("linking", linking())]));
    let expected = [
        "version 2",
        r"segment 0: `.rodata\u{1b}`, alignment 2^2 [strings]",
        "init function: symbol 1 `main`, priority 1024",
        "comdat 0: `group`",
        "comdat 0 contains function 1",
        "comdat 0 contains segment 0",
        "symbol 0: function 0 `puts` [undefined]",
        "symbol 1: function 1 `main` [exported]",
        "symbol 2: data `text`, segment 0 offset 0x10 size 5 [local]",
        "symbol 3: data `errno` [undefined]",
        "symbol 4: global 0 `stack` [undefined, explicit-name]",
        "symbol 5: section 4 `linking` [local]",
        "unknown subsection 77, 2 bytes",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn relocations_have_their_symbols() {
    let mut code = vec![3, 3];
    code.extend([0, 4, 0]);
    code.extend([4, 5, 2, 0x7c]);
    code.extend([6, 6, 0]);
    // The section itself: its content starts behind its name.
    let info = vec![5, 2, 9, 1, 5, 0, 0, 0, 9];
    let binary = module(&[
        ("linking", linking()),
        ("reloc.CODE", code),
        ("reloc..debug", info),
    ]);
    let all = sections(&binary).expect("well-formed");
    let code = all[3].range.start;
    let info = all[5].range.start + 1 + "reloc.CODE".len();
    let expected = [
        "3 relocations of section 3 `code`".to_owned(),
        format!(
            "R_WASM_FUNCTION_INDEX_LEB    offset 0x4 (file {:#x}) symbol 0 `puts`",
            code + 4
        ),
        format!(
            "R_WASM_MEMORY_ADDR_SLEB      offset 0x5 (file {:#x}) symbol 2 `text` addend -4",
            code + 5
        ),
        format!(
            "R_WASM_TYPE_INDEX_LEB        offset 0x6 (file {:#x}) type 0",
            code + 6
        ),
        "2 relocations of section 5 `reloc.CODE`".to_owned(),
        format!(
            "R_WASM_SECTION_OFFSET_I32    offset 0x1 (file {:#x}) symbol 5 `linking` addend 0",
            info + 1
        ),
        format!(
            "R_WASM_FUNCTION_INDEX_LEB    offset 0x0 (file {:#x}) symbol 9 (not in the symbol table)",
            info
        ),
    ];
    assert_eq!(lines(&binary)[13..], expected);
}

#[test]
fn dynamic_libraries_are_decoded() {
    let mut needed = vec![2];
    needed.extend(name("libc.so"));
    needed.extend(name("a\nb"));
    let mut exports = vec![1];
    exports.extend(name("tls"));
    exports.extend([0x80, 2]);
    let mut imports = vec![1];
    imports.extend(name("env"));
    imports.extend(name("puts"));
    imports.extend([1]);
    let parts = [
        subsection(1, &[0x90, 1, 4, 2, 0]),
        subsection(2, &needed),
        subsection(3, &exports),
        subsection(4, &imports),
    ];
    let expected = [
        "memory: 144 bytes, alignment 2^4",
        "table: 2 elements, alignment 2^0",
        "needed `libc.so`",
        r"needed `a\nb`",
        "export `tls` [tls]",
        "import `env` `puts` [weak]",
    ];
    assert_eq!(lines(&module(&[("dylink.0", parts.concat())])), expected);
}

fn producers() -> Vec<u8> {
    let mut producers = vec![2];
    producers.extend(name("language"));
    producers.extend([1]);
    producers.extend(name("C11"));
    producers.extend(name(""));
    producers.extend(name("processed-by"));
    producers.extend([1]);
    producers.extend(name("clang"));
    producers.extend(name("19.1"));
    producers
}

#[test]
fn producers_and_features_are_decoded() {
    let mut features = vec![2, b'+'];
    features.extend(name("simd128"));
    features.extend(b"-");
    features.extend(name("atomics"));
    let binary = module(&[("producers", producers()), ("target_features", features)]);
    let expected = [
        "language `C11`",
        "processed-by `clang` 19.1",
        "+simd128 (used)",
        "-atomics (disallowed)",
    ];
    assert_eq!(lines(&binary), expected);
}

/// Every prefix of every section has the lines before its end, and then a note.
#[test]
fn malformed_sections_are_notes() {
    for (name, content) in [
        ("linking", linking()),
        ("producers", producers()),
        ("target_features", vec![1, b'+', 1, b'x']),
        ("reloc.CODE", vec![3, 1, 4, 5, 2, 0x7c]),
    ] {
        let whole = lines(&module(&[(name, content.clone())]));
        for end in 0..content.len() {
            let binary = module(&[(name, content[..end].to_vec()), ("producers", producers())]);
            let found = lines(&binary);
            let notes = found.iter().filter(|line| line.starts_with("note: malformed: "));
            // A list of subsections may end anywhere between two of them.
            assert!(notes.count() <= 1, "{name} {end}: {found:?}");
            assert!(found.len() <= whole.len() + 3, "{name} {end}: {found:?}");
            assert_eq!(found.last().expect("a line"), "processed-by `clang` 19.1");
        }
        let cut = module(&[(name, content[..content.len() - 1].to_vec())]);
        assert!(
            lines(&cut)
                .last()
                .expect("a line")
                .starts_with("note: malformed: "),
            "{name}"
        );
    }
    let huge = module(&[("dylink.0", subsection(2, &[0xff, 0xff, 0xff, 0xff, 0x0f]))]);
    assert_eq!(lines(&huge), ["note: malformed: unexpected end-of-file"]);
    let version = module(&[("linking", vec![1])]);
    assert_eq!(
        lines(&version),
        ["note: malformed: unsupported linking section version: 1"]
    );
}

#[test]
fn lines_are_bounded() {
    let binary = module(&[("producers", producers())]);
    let all = sections(&binary).expect("well-formed");
    let section = all.last().expect("a section");
    let mut rows = Rows::new("language `C11`".len());
    decode(&mut rows, Known::Producers, (&binary, section), &Names::default());
    assert_eq!((rows.take().len(), rows.is_full()), (1, true));
}

/// A long name that many lines repeat is written as often as there is room, and lines behind that are not even made.
#[test]
fn long_names_end_the_text() {
    let long = "n".repeat(1 << 20);
    let mut symbols = vec![1, 1, 0x10];
    symbols.extend(name(&long));
    let mut code = vec![3];
    100_000_u32.encode(&mut code);
    for _ in 0..100_000 {
        code.extend([4, 5, 0, 0]);
    }
    let parts = [vec![2], subsection(8, &symbols)];
    let binary = module(&[("linking", parts.concat()), ("reloc.CODE", code)]);
    let all = sections(&binary).expect("well-formed");
    let names = Names::read(&binary, &all);
    let mut rows = Rows::new(10 << 20);
    decode(&mut rows, Known::Relocations, (&binary, &all[5]), &names);
    assert!(rows.is_full());
    assert_eq!(rows.take().len(), 10);
}
