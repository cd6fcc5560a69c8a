//! Extism's runtime (`extism`) runs a plugin, which takes its input and leaves its output in the host's memory.

use extism::{Manifest, Plugin, Wasm};

const PLUGIN: &str = r#"(module
    (import "extism:host/env" "input_length" (func $input_length (result i64)))
    (import "extism:host/env" "input_load_u8" (func $input (param i64) (result i32)))
    (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
    (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
    (import "extism:host/env" "output_set" (func $output (param i64 i64)))
    (memory (export "memory") 1)
    (func (export "louder") (result i32)
        (local $at i64) (local $length i64) (local $block i64)
        (local.set $length (call $input_length))
        (local.set $block (call $alloc (local.get $length)))
        (loop $next
            (if (i64.lt_u (local.get $at) (local.get $length)) (then
                (call $store (i64.add (local.get $block) (local.get $at))
                    (i32.and (call $input (local.get $at)) (i32.const 0xdf)))
                (local.set $at (i64.add (local.get $at) (i64.const 1)))
                (br $next))))
        (call $output (local.get $block) (local.get $length))
        (i32.const 0))
    (func (export "fails") (result i32) unreachable))"#;

#[test]
fn a_plugin_answers_and_fails() -> Result<(), extism::Error> {
    let manifest = Manifest::new([Wasm::data(PLUGIN.as_bytes())]);
    let mut plugin = Plugin::new(&manifest, [], false)?;
    for text in ["hello", "again"] {
        assert_eq!(plugin.call::<&str, String>("louder", text)?, text.to_uppercase());
    }
    assert!(plugin.call::<&str, String>("fails", "").is_err());
    assert!(!plugin.function_exists("absent"));
    Ok(())
}
