//! What is inlined because it is expected can fail to be translated, in the middle of its body.

#![expect(clippy::unwrap_used, reason = "a test, where a failure is a panic")]

use std::sync::Arc;
use transom_code::{CallTargets, CompileError, Compiler, Source, Tunables, offsets_of};
use transom_module::{DefinedFuncIdx, FuncIdx, Module, WasmFeatures, text_to_binary};
use transom_optimizer::Optimizer;
use transom_types::TypeRegistry;

/// Calls are expected to lead to these functions.
struct Always(&'static [u32]);

impl CallTargets for Always {
    fn targets(&self, _: DefinedFuncIdx, _: u32) -> Vec<FuncIdx> {
        self.0.iter().map(|&index| FuncIdx::from_u32(index)).collect()
    }
}

/// Compiles the functions of a module; each call is expected to lead to some of them.
fn compile(text: &str, expected: &'static [u32]) -> Vec<Result<u32, CompileError>> {
    let registry = TypeRegistry::new();
    let binary = text_to_binary(text, None).unwrap();
    let module = Module::parse(&registry, Arc::new(binary), WasmFeatures::WASM3).unwrap();
    let optimizer = Optimizer::new(registry, Tunables::default()).unwrap();
    let (offsets, targets) = (offsets_of(&module), Always(expected));
    let source = Source::new(&module, &offsets).with_targets(&targets);
    let compile = |index| {
        let compiled = optimizer.compile_function(source, DefinedFuncIdx::new(index))?;
        Ok(compiled.inlined.expected_calls)
    };
    (0..module.bodies.len()).map(compile).collect()
}

#[test]
fn a_body_that_is_refused_is_refused_where_it_is_inlined() {
    let many = "i64 ".repeat(1000);
    let labels = "0 ".repeat(2000);
    let text = format!(
        "(module
           (type $f (func (param i32) (result i32 i32)))
           (elem declare func $refused $through)
           (func $many (result {many}) unreachable)
           (func $refused (type $f)
             (if (local.get 0)
               (then (block (result {many}) (call $many) (local.get 0) (br_table {labels})) unreachable))
             (i32.const 1) (i32.const 2))
           (func $through (type $f) (call_ref $f (local.get 0) (ref.func $refused)))
           (func $calls (param (ref null $f)) (result i32 i32)
             (i32.const 5) (call_ref $f (i32.const 1) (local.get 0)) (i32.add) (i32.add) (i32.const 3))
           (func $calls_through (param (ref null $f)) (result i32 i32)
             (block (result i32 i32) (call_ref $f (i32.const 1) (local.get 0)))))"
    );
    for expected in [[1].as_slice(), &[2, 1]] {
        let compiled = compile(&text, expected);
        assert_eq!(compiled[0], Ok(0));
        for outcome in &compiled[1..] {
            assert!(
                matches!(outcome, Err(CompileError::Limit { .. })),
                "{expected:?}: {outcome:?}"
            );
        }
    }
}

/// The room for what is inlined is used up at some call, and the others are as without.
#[test]
fn there_is_room_for_some_calls() {
    let body = "(local.set 0 (i32.mul (local.get 0) (i32.const 3)))".repeat(15);
    let calls = "(local.set 1 (call_ref $f (local.get 1) (local.get 0)))".repeat(100);
    let text = format!(
        "(module
           (type $f (func (param i32) (result i32)))
           (elem declare func $long)
           (func $long (type $f) {body} (local.get 0))
           (func $calls (param (ref null $f) i32) (result i32) {calls} (local.get 1)))"
    );
    let compiled = compile(&text, &[0]);
    let inlined = *compiled[1].as_ref().unwrap();
    assert!((3..20).contains(&inlined), "{inlined}");
}
