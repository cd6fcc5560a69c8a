//! Modules to begin with.

#[path = "../../../../tests/corpus.rs"]
mod texts;

pub use texts::TEXTS;

use arbitrary::Unstructured;
use transom::Result;
use wasm_smith::{Config, Module};

pub fn binaries() -> Result<Vec<Vec<u8>>> {
    TEXTS.iter().map(|text| Ok(wat::parse_str(text)?)).collect()
}

/// A valid module made of random bytes; with structures, arrays and their like, or without.
pub fn generate(bytes: &[u8], gc: bool) -> Option<Vec<u8>> {
    let mut unstructured = Unstructured::new(bytes);
    let config = Config {
        gc_enabled: gc,
        compact_imports_enabled: false,
        exceptions_enabled: true,
        threads_enabled: true,
        shared_everything_threads_enabled: false,
        custom_page_sizes_enabled: true,
        memory64_enabled: true,
        tail_call_enabled: true,
        simd_enabled: true,
        wide_arithmetic_enabled: true,
        multi_value_enabled: true,
        max_memories: 3,
        max_tables: 3,
        max_memory32_bytes: 3 << 20,
        max_memory64_bytes: 3 << 20,
        max_table_elements: 5000,
        max_instructions: 400,
        max_funcs: 12,
        min_funcs: 1,
        max_imports: 8,
        export_everything: true,
        allow_start_export: true,
        ..Config::default()
    };
    Some(Module::new(config, &mut unstructured).ok()?.to_bytes())
}

/// Modules that are valid and want more than there is.
pub fn greedy() -> Vec<String> {
    let nested = |count: usize| format!("{}{}", "(block ".repeat(count), ")".repeat(count));
    vec![
        r#"(module (func (export "f") (loop (br 0))))"#.to_owned(),
        r#"(module (func $f (export "f") (call $f)))"#.to_owned(),
        r#"(module (func $f (export "f") (return_call $f)))"#.to_owned(),
        r#"(module (func $f (export "f") (param i32) (loop (call $f (i32.const 1)) (call $f (i32.const 2)) (br 0))))"#.to_owned(),
        r#"(module (func $f (loop (br 0))) (start $f))"#.to_owned(),
        r#"(module (memory 65536))"#.to_owned(),
        r#"(module (memory i64 0x1000000000000))"#.to_owned(),
        r#"(module (table 0xffffffff funcref))"#.to_owned(),
        r#"(module (table i64 0xffffffffffffffff externref))"#.to_owned(),
        r#"(module (memory 1) (data (i32.const -1) "a"))"#.to_owned(),
        r#"(module (table 1 funcref) (func $f) (elem (i32.const -1) $f))"#.to_owned(),
        r#"(module (memory 1) (func (export "f") (loop (drop (memory.grow (i32.const 1))) (br 0))))"#.to_owned(),
        r#"(module (table 1 funcref) (func (export "f") (loop (drop (table.grow (ref.null func) (i32.const 9))) (br 0))))"#
            .to_owned(),
        r#"(module (memory 16) (func (export "f") (loop (memory.copy (i32.const 1) (i32.const 0) (i32.const 0xfffff)) (br 0))))"#
            .to_owned(),
        format!(r#"(module (func (export "f") {} (unreachable)))"#, nested(1000)),
        format!(
            r#"(module (func $f (export "f") (local {}) (call $f) (drop (local.get 40000))))"#,
            "i64 ".repeat(49_000)
        ),
        format!(
            r#"(module (func $f (export "f") (param {}) (call $f {}) (unreachable)))"#,
            "i64 ".repeat(900),
            "(i64.const 1)".repeat(900)
        ),
        format!(r#"(module (func (export "f") (unreachable) {}))"#, "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(5000)),
    ]
}
