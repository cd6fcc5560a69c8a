//! Wasmtime's own runner of scripts (`wasmtime-wast`) runs them on Transom.

use wasmtime::{Config, Engine, Result};
use wasmtime_wast::{Async, SpectestConfig, WastContext};

const SCRIPT: &str = r#"
    (module $a
        (import "spectest" "print_i32" (func $print (param i32)))
        (memory (export "memory") 1 2)
        (global (export "global") i64 (i64.const -1))
        (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
        (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "print") (call $print (i32.const 1))))
    (register "a" $a)
    (assert_return (invoke "divide" (i32.const 7) (i32.const -2)) (i32.const -3))
    (assert_trap (invoke "divide" (i32.const 1) (i32.const 0)) "integer divide by zero")
    (assert_return (invoke "nan") (f32.const nan:canonical))
    (assert_return (invoke "grow" (i32.const 1)) (i32.const 1))
    (assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
    (assert_return (get "global") (i64.const -1))
    (invoke "print")
    (assert_unlinkable (module (import "a" "memory" (memory 5))) "incompatible import type")
    (assert_invalid (module (func (result i32))) "type mismatch")
    (module
        (type $pair (struct (field i32) (field (ref null any))))
        (tag $tag (param i32))
        (func (export "first") (result i32)
            (struct.get $pair 0 (struct.new $pair (i32.const 9) (ref.i31 (i32.const 1)))))
        (func (export "caught") (result i32)
            (block $handler (result i32)
                (try_table (result i32) (catch $tag $handler) (throw $tag (i32.const 3)))))
        (func (export "uncaught") (throw $tag (i32.const 1)))
        (func (export "external") (param externref) (result externref) (local.get 0)))
    (assert_return (invoke "first") (i32.const 9))
    (assert_return (invoke "caught") (i32.const 3))
    (assert_exception (invoke "uncaught"))
    (assert_return (invoke "external" (ref.extern 5)) (ref.extern 5))
    (assert_return (invoke "external" (ref.null extern)) (ref.null extern))
"#;

#[test]
fn a_script_passes_in_plain_and_asynchronous_calls() -> Result<()> {
    let mut config = Config::new();
    config
        .wasm_gc(true)
        .wasm_exceptions(true)
        .wasm_function_references(true);
    let engine = Engine::new(&config)?;
    for asynchronous in [Async::No, Async::Yes] {
        let mut context = WastContext::new(&engine, asynchronous, |_| ());
        context.register_spectest(&SpectestConfig {
            use_shared_memory: true,
            suppress_prints: true,
        })?;
        context.run_wast("script.wast", SCRIPT.as_bytes())?;
        let wrong = "(module (func (export \"f\") (result i32) (i32.const 1))) (assert_return (invoke \"f\") (i32.const 2))";
        assert!(context.run_wast("wrong.wast", wrong.as_bytes()).is_err());
    }
    Ok(())
}
