//! waPC's provider (`wasmtime-provider`) runs a guest, which calls its host back.

use wapc::WapcHost;
use wasmtime_provider::WasmtimeEngineProviderBuilder;

/// Calls the host with its own request, and returns what the host has answered.
const GUEST: &str = r#"(module
    (import "wapc" "__guest_request" (func $request (param i32 i32)))
    (import "wapc" "__guest_response" (func $respond (param i32 i32)))
    (import "wapc" "__host_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wapc" "__host_response_len" (func $length (result i32)))
    (import "wapc" "__host_response" (func $answer (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "test")
    (func (export "__guest_call") (param $operation i32) (param $size i32) (result i32)
        (call $request (i32.const 100) (i32.const 200))
        (drop (call $call (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 4) (i32.const 100) (local.get $operation)
            (i32.const 200) (local.get $size)))
        (call $answer (i32.const 1000))
        (call $respond (i32.const 1000) (call $length))
        (i32.const 1)))"#;

#[test]
fn a_guest_calls_its_host_back() -> Result<(), Box<dyn std::error::Error>> {
    let module = wasmtime::Module::new(&wasmtime::Engine::default(), GUEST)?;
    let engine = module.engine().clone();
    let builder = WasmtimeEngineProviderBuilder::new().engine(engine).module(module);
    let host = WapcHost::new(
        Box::new(builder.build()?),
        Some(Box::new(|_, binding, namespace, operation, payload| {
            assert_eq!((binding, namespace, operation), ("test", "test", "reverse"));
            Ok(payload.iter().rev().copied().collect())
        })),
    )?;
    assert_eq!(host.call("reverse", b"stressed")?, b"desserts");
    assert_eq!(host.call("reverse", b"")?, b"");
    Ok(())
}
