//! Whether what is made up is valid, always the same, and has in it what its flavour says.

use super::*;
use std::collections::BTreeMap;
use transom_inspect::stats;
use wasmparser::{ExternalKind, Parser, Payload, Validator, WasmFeatures};

/// What a flavour's modules may need at most.
fn features(flavour: &str) -> WasmFeatures {
    match flavour {
        "numeric" => {
            WasmFeatures::WASM1 | WasmFeatures::SATURATING_FLOAT_TO_INT | WasmFeatures::SIGN_EXTENSION
        }
        _ => WasmFeatures::WASM3 - WasmFeatures::RELAXED_SIMD,
    }
}

/// What a flavour's modules must have in them, some here, some there.
fn essential(flavour: &str) -> &'static [&'static str] {
    match flavour {
        "numeric" => &[
            "f64.sqrt",
            "i32.load",
            "call_indirect",
            "br_table",
            "memory.grow",
            "loop",
        ],
        "bulk" => &["table.get", "table.size", "memory.size", "elem.drop", "ref.func"],
        "simd" => &[
            "v128.const",
            "i8x16.splat",
            "f32x4.sqrt",
            "v128.load",
            "i64x2.extract_lane",
        ],
        "gc" => &[
            "struct.new",
            "array.new_fixed",
            "ref.test",
            "ref.cast",
            "struct.get",
            "ref.i31",
        ],
        "subtyping" => &[
            "struct.new",
            "struct.get",
            "struct.set",
            "array.get",
            "array.set",
            "ref.test",
            "ref.cast",
            "br_on_cast",
            "br_on_cast_fail",
            "call_indirect",
            "call_ref",
            "call",
            "ref.eq",
            "table.get",
            "table.set",
            "i31.get_u",
            "any.convert_extern",
            "struct.get_u",
            "array.len",
        ],
        "exceptions" => &["try_table", "throw"],
        "tail-calls" => &["return_call", "return_call_indirect"],
        "memories" => &["i32.load", "memory.grow", "memory.size"],
        "arithmetic" => &[
            "i32.rotl",
            "i64.div_s",
            "f32.add",
            "f64.min",
            "i8x16.swizzle",
            "f32x4.mul",
            "i64.load32_s",
            "v128.store",
        ],
        _ => &[],
    }
}

/// Instructions by name; casts and tests to nullable types and to others count as one.
fn instructions(binary: &[u8]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for instruction in stats::stats(binary).expect("valid").instructions {
        let name = instruction
            .name
            .trim_end_matches("_nullable")
            .trim_end_matches("_non_null");
        *counts.entry(name.to_owned()).or_default() += instruction.count;
    }
    counts
}

/// How many functions a module exports, which imports nothing.
fn exported_functions(binary: &[u8]) -> usize {
    let mut count = 0;
    for payload in Parser::new(0).parse_all(binary) {
        match payload.expect("valid") {
            Payload::ImportSection(imports) => assert_eq!(imports.count(), 0),
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().map(|export| export.expect("valid"));
                count += exports.filter(|export| export.kind == ExternalKind::Func).count();
            }
            _ => {}
        }
    }
    count
}

#[test]
fn all_are_valid_and_every_flavour_has_what_it_is_about() {
    let mut flavours: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for seed in 0..1800 {
        let Generated { flavour, binary } = generate(seed);
        if let Err(error) = Validator::new_with_features(features(flavour)).validate_all(&binary) {
            panic!("seed {seed}, {flavour}: {error}");
        }
        assert!(exported_functions(&binary) >= 2, "seed {seed}, {flavour}");
        let all = flavours.entry(flavour).or_default();
        for (name, count) in instructions(&binary) {
            *all.entry(name).or_default() += count;
        }
    }
    for flavour in &FLAVOURS {
        let all = &flavours[flavour.name];
        assert!(all.len() >= 95, "{}: {} instructions", flavour.name, all.len());
        let missing = essential(flavour.name)
            .iter()
            .filter(|name| !all.contains_key(**name));
        assert_eq!(
            missing.collect::<Vec<_>>(),
            Vec::<&&str>::new(),
            "{}",
            flavour.name
        );
        let total: u64 = all.values().sum();
        assert!((200..3000).contains(&(total / 200)), "{}: {total}", flavour.name);
    }
}

#[test]
fn subtyping_is_dense() {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    for seed in (4..900).step_by(FLAVOURS.len()) {
        let generated = generate(seed);
        assert_eq!(generated.flavour, "subtyping");
        for (name, count) in instructions(&generated.binary) {
            *all.entry(name).or_default() += count;
        }
    }
    for name in [
        "call_indirect",
        "call_ref",
        "br_on_cast",
        "ref.test",
        "ref.cast",
        "struct.get",
    ] {
        assert!(all[name] >= 100, "{name}: {}", all[name]);
    }
}

#[test]
fn a_seed_has_one_module() {
    for seed in [0, 1, 2, 3, 4, 5, 6, 7, 1 << 40, u64::MAX] {
        assert_eq!(generate(seed), generate(seed));
    }
    assert_ne!(generate(4).binary, generate(13).binary);
}
