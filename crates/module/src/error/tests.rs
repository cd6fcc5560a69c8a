//! How errors of binaries read.

use crate::{Module, ModuleError, SUPPORTED_FEATURES, WasmFeatures, text_to_binary};
use std::sync::Arc;
use transom_types::TypeRegistry;

fn error(bytes: Vec<u8>, features: WasmFeatures) -> ModuleError {
    Module::parse(&TypeRegistry::new(), Arc::new(bytes), features).unwrap_err()
}

#[test]
fn invalid_modules_name_the_offset() {
    let bytes = text_to_binary("(module (func (result i32) i64.const 1))", None).unwrap();
    let error = error(bytes, SUPPORTED_FEATURES);
    assert_eq!(
        error.to_string(),
        "type mismatch: expected i32, found i64 (at offset 0x1a)"
    );
    assert_eq!(
        (error.offset(), error.message()),
        (Some(0x1a), "type mismatch: expected i32, found i64".into())
    );
}

#[test]
fn what_is_not_a_module() {
    let error = |bytes: &[u8]| error(bytes.to_vec(), SUPPORTED_FEATURES).to_string();
    assert_eq!(error(b""), "unexpected end-of-file (at offset 0x0)");
    assert!(error(b"hello, world").starts_with("magic header not detected: bad magic number"));
    assert_eq!(
        error(b"\0asm\x0d\0\x01\0"),
        "unsupported: a component, not a core module (at offset 0x0)"
    );
}

#[test]
fn disabled_features() {
    let bytes = text_to_binary("(module (memory 1 (pagesize 1)))", None).unwrap();
    let error = error(bytes.clone(), WasmFeatures::WASM3);
    assert!(matches!(error, ModuleError::Unsupported { .. }), "{error}");
    assert!(
        error.to_string().contains("custom page sizes proposal"),
        "{error}"
    );
    assert!(Module::parse(&TypeRegistry::new(), Arc::new(bytes), SUPPORTED_FEATURES).is_ok());
    let bytes = text_to_binary("(module (type $f (func)) (type (cont $f)))", None).unwrap();
    let error = self::error(bytes, WasmFeatures::all());
    assert!(matches!(error, ModuleError::Unsupported { .. }), "{error}");
}

#[test]
fn the_first_invalid_body_is_named() {
    let mut text = String::from("(module");
    for at in 0..9000 {
        let bad = if at == 3500 || at == 8000 {
            "i32.const 1 drop f32.const 0"
        } else {
            "i32.const 0 i32.const 1 drop"
        };
        text.push_str(&format!(
            "(func (result i32) {bad} i32.eqz i32.eqz i32.eqz i32.eqz i32.eqz)"
        ));
    }
    let bytes = text_to_binary(&(text + ")"), None).unwrap();
    assert!(bytes.len() > 64 << 10, "large enough to be validated in parallel");
    let offsets: Vec<_> = (0..3)
        .map(|_| error(bytes.clone(), SUPPORTED_FEATURES).offset().unwrap())
        .collect();
    assert!(offsets.iter().all(|&offset| offset == offsets[0]));
    assert!((offsets[0] as usize) < bytes.len() / 2);
}
