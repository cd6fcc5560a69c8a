//! How much stack it takes to compile: programs call the compiler, with little left of theirs.

#![expect(clippy::unwrap_used, reason = "a test, where a failure is a panic")]

use std::path::Path;
use std::sync::Arc;
use transom_baseline::Baseline;
use transom_code::{Compiler, Source, Tunables, offsets_of};
use transom_module::{DefinedFuncIdx, Module, WasmFeatures, text_to_binary};
use transom_types::TypeRegistry;

/// Compiles all functions of a module; how many there are.
fn compile(text: &str) -> usize {
    let registry = TypeRegistry::new();
    let binary = text_to_binary(text, None).unwrap();
    let features = WasmFeatures::WASM3 | WasmFeatures::WIDE_ARITHMETIC | WasmFeatures::LEGACY_EXCEPTIONS;
    let module = Module::parse(&registry, Arc::new(binary), features).unwrap();
    let tunables = Tunables {
        consume_fuel: text.starts_with(";; fuel"),
        ..Tunables::default()
    };
    let baseline = Baseline::new(registry, tunables);
    let offsets = offsets_of(&module);
    let stack = baseline.stack_size();
    let compile = || {
        for index in 0..module.bodies.len() {
            let function = DefinedFuncIdx::new(index);
            baseline
                .compile_function(Source::new(&module, &offsets), function)
                .unwrap();
        }
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack);
        thread.spawn_scoped(scope, compile).unwrap().join().unwrap();
    });
    module.bodies.len()
}

/// Whoever takes more ends the process: a thread's stack ends with pages that nothing can access.
#[test]
fn compiling_takes_no_more_stack_than_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../optimizer/tests/disas");
    let mut functions = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            functions += compile(&std::fs::read_to_string(path).unwrap());
        }
    }
    assert!(functions > 50, "{functions} functions");
    let nested = "(block ".repeat(20_000) + &")".repeat(20_000);
    compile(&format!("(module (func {nested}))"));
}
