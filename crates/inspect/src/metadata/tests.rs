//! Metadata of modules with sections as tools write them.

use super::*;
use wasm_encoder::{CustomSection, Encode, Module};

fn name(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    text.encode(&mut bytes);
    bytes
}

fn module(custom: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut module = Module::new();
    for (name, data) in custom {
        module.section(&CustomSection {
            name: (*name).into(),
            data: data.into(),
        });
    }
    module.finish()
}

fn read(custom: &[(&str, Vec<u8>)]) -> Metadata {
    metadata(&module(custom)).expect("well-formed")
}

/// The sections of a program that was produced by many tools.
fn sections() -> Vec<(&'static str, Vec<u8>)> {
    let producers = [
        vec![2],
        name("language"),
        vec![1],
        name("Rust"),
        name(""),
        name("processed-by"),
        vec![1],
        name("clang"),
        name("19.1"),
    ];
    let module_name = name("shop\n");
    let needed = [vec![1], name("libc.so")].concat();
    vec![
        ("name", [vec![0, module_name.len() as u8], module_name].concat()),
        ("producers", producers.concat()),
        ("target_features", [vec![1, b'+'], name("simd128")].concat()),
        ("dylink.0", [vec![2, needed.len() as u8], needed].concat()),
        ("authors", b"Ada".to_vec()),
        ("licenses", b"MIT".to_vec()),
        ("sourceMappingURL", name("http://localhost/shop.map")),
        ("external_debug_info", name("shop.debug.wasm")),
        ("build_id", vec![3, 0x0a, 0xff, 0x10]),
        (".debug_info", vec![0; 100]),
        (".debug_line", vec![0; 50]),
        ("unrelated", vec![0xff]),
    ]
}

#[test]
fn metadata_of_all_tools_is_read() {
    let found = read(&sections());
    let expected = r"module:               shop\n
language:             Rust
processed-by:         clang 19.1
target features:      +simd128
authors:              Ada
licenses:             MIT
needed library:       libc.so
source map:           http://localhost/shop.map
debug information in: shop.debug.wasm
build ID:             0aff10
debug information:    174 bytes
  .debug_info:        112 bytes
  .debug_line:        62 bytes
";
    assert_eq!(found.to_string(), expected);
    let json = serde_json::to_value(&found).expect("plain data");
    assert_eq!(json["producers"][1]["field"], "processed-by");
    assert_eq!(json["target_features"][0]["prefix"], "+");
    assert_eq!(json["name"], "shop\n");
    assert_eq!(json["debug_info"][1]["size"], 62);
}

#[test]
fn a_module_without_metadata_says_so() {
    assert_eq!(read(&[]).to_string(), "the module has no metadata\n");
}

#[test]
fn malformed_sections_are_notes() {
    let notes = |custom: &[(&str, Vec<u8>)]| {
        let notes = read(custom).notes.into_iter();
        notes.map(|note| (note.section, note.error)).collect::<Vec<_>>()
    };
    let found = notes(&[("version", b"1.\xff".to_vec()), ("revision", b"abc".to_vec())]);
    assert_eq!(
        found,
        [("version".to_owned(), "the text is not UTF-8".to_owned())]
    );
    let text = read(&[("version", b"1.\xff".to_vec())]).to_string();
    assert_eq!(
        text,
        "note:                 section `version` is malformed: offset 0x14: the text is not UTF-8\n"
    );
    for (name, content) in sections() {
        if name.starts_with(".debug") || ["authors", "licenses", "unrelated"].contains(&name) {
            continue;
        }
        let cut = content[..content.len() - 1].to_vec();
        let found = read(&[(name, cut), ("revision", b"abc".to_vec())]);
        assert_eq!(found.annotations.len(), 1, "{name}");
        assert_eq!(found.notes.len(), 1, "{name}: {found:?}");
        assert!(found.notes[0].offset.is_some(), "{name}");
    }
    // Lengths of 4 GiB.
    let huge = vec![0xff, 0xff, 0xff, 0xff, 0x0f];
    for name in ["producers", "target_features", "build_id", "sourceMappingURL"] {
        assert_eq!(notes(&[(name, huge.clone())]).len(), 1, "{name}");
    }
}

#[test]
fn a_malformed_module_is_an_error() {
    let mut binary = module(&sections());
    binary.pop();
    assert!(metadata(&binary).is_err());
}

#[test]
fn names_of_sections_cannot_forge_lines() {
    let mut module = Module::new();
    module.section(&CustomSection {
        name: ".debug_x\nlicenses: MIT".into(),
        data: (&[] as &[u8]).into(),
    });
    let text = metadata(&module.finish()).unwrap().to_string();
    assert!(text.contains(r"  .debug_x\nlicenses: MIT:"), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
}
