//! Which type an inline use gets.

use crate::{Module, SUPPORTED_FEATURES, text_to_binary};
use std::sync::Arc;
use transom_types::TypeRegistry;

fn parse(text: &str) -> Module {
    let bytes = text_to_binary(text, None).unwrap();
    Module::parse(&TypeRegistry::new(), Arc::new(bytes), SUPPORTED_FEATURES).unwrap()
}

/// The type indices of all functions, imports first.
fn function_types(module: &Module) -> Vec<u32> {
    module.functions.iter().map(|f| f.ty.as_u32()).collect()
}

fn check(text: &str, types: usize, functions: &[u32]) {
    let module = parse(text);
    assert_eq!(module.types.len(), types, "{text}");
    assert_eq!(function_types(&module), functions, "{text}");
}

#[test]
fn the_first_that_is_final_and_alone() {
    check(
        "(module (type (func)) (type (func (param i32))) (func) (func (param i32)))",
        2,
        &[0, 1],
    );
    check("(module (type (func)) (type (func)) (func))", 2, &[0]);
    check("(module (type (sub final (func))) (func))", 1, &[0]);
    check("(module (rec (type (func))) (func))", 1, &[0]);
}

#[test]
fn one_that_is_not_final_is_not_meant() {
    check(
        "(module (type (sub (func (param i32)))) (func (param i32)))",
        2,
        &[1],
    );
    check("(module (type (sub (func))) (type (func)) (func))", 2, &[1]);
    let module = parse("(module (type (sub (func (param i32)))) (func (param i32)))");
    let new = module.ty(crate::TypeIdx::from_u32(1)).sub_type();
    assert!(new.is_final && new.supertype.is_none());
}

#[test]
fn one_of_a_larger_group_is_not_meant() {
    check("(module (rec (type (func)) (type (struct))) (func))", 3, &[2]);
    check(
        "(module (rec (type (func)) (type (func))) (type (func)) (func) (func))",
        3,
        &[2, 2],
    );
}

#[test]
fn one_with_a_supertype_is_not_meant() {
    check(
        "(module (type $s (sub (func))) (type (sub final $s (func))) (func))",
        3,
        &[2],
    );
}

#[test]
fn definitions_after_the_use_count() {
    check(
        "(module (func (param i32)) (type (sub (func (param i32)))) (type (func (param i32))))",
        2,
        &[1],
    );
}

#[test]
fn new_types_are_shared_and_in_order() {
    let text = "(module (func $a (param i32)) (func $b (result i32) i32.const 0) (func $c (param i32)) (type (struct)))";
    check(text, 3, &[1, 2, 1]);
    // A use by number of a type that an inline use brings.
    check(
        "(module (func (param i32)) (func (type 1) (param i64)) (func (param i64)))",
        2,
        &[0, 1, 1],
    );
}

#[test]
fn imports_exports_and_tags() {
    let text = r#"(module
        (type (sub (func (param i32))))
        (import "m" "f" (func (param i32)))
        (func (import "m" "g") (param i32))
        (tag (export "t") (param i32))
        (tag (import "m" "t") (param i64))
        (import "m" "t2" (tag (param i64)))
        (func (export "h") (param $named i32)))"#;
    // `wast` sorts imports before definitions.
    let text = text.replacen(r#"(tag (export "t") (param i32))"#, "", 1);
    let text = text.replacen(
        "(func (export",
        r#"(tag (export "t") (param i32)) (func (export"#,
        1,
    );
    let module = parse(&text);
    assert_eq!(function_types(&module), [1, 1, 1]);
    assert_eq!(
        module.tags.iter().map(|t| t.as_u32()).collect::<Vec<_>>(),
        [2, 2, 1]
    );
    let named = module
        .names()
        .local(crate::FuncIdx::from_u32(2), crate::LocalIdx::from_u32(0));
    assert_eq!(named, Some("named"));
}

#[test]
fn blocks_and_indirect_calls() {
    let text = "(module
        (type (sub (func (param i32) (result i32 i32))))
        (table 1 funcref)
        (func (param i32) (result i32 i32)
          (block (param i32) (result i32 i32) (i32.const 1))
          (drop) (call_indirect (param i32) (result i32 i32) (i32.const 0))
          (block (result i32) (i32.const 0)) (drop)
          (if (param i32 i32) (result i32) (i32.const 1) (then (drop)) (else (drop)))
          (i32.const 0) (return_call_indirect (param i32) (result i32 i32))))";
    let wrong_order = text.replace(
        "(func (param i32) (result i32 i32)\n",
        "(func (param i32) (result i32 i32) local.get 0\n",
    );
    let module = parse(&wrong_order.replace(
        "(if (param i32 i32) (result i32) (i32.const 1) (then (drop)) (else (drop)))",
        "(i32.const 7) (i32.const 1) (if (param i32 i32) (result i32) (then (drop)) (else (drop)))",
    ));
    // The function's own type, and the one of `if`; the block with one result needs none.
    assert_eq!(module.types.len(), 3);
    assert_eq!(function_types(&module), [1]);
    let body = module.body(crate::DefinedFuncIdx::from_u32(0));
    let mut uses = Vec::new();
    for op in body.get_operators_reader().unwrap() {
        match op.unwrap() {
            wasmparser::Operator::CallIndirect { type_index, .. }
            | wasmparser::Operator::ReturnCallIndirect { type_index, .. }
            | wasmparser::Operator::Block {
                blockty: wasmparser::BlockType::FuncType(type_index),
            }
            | wasmparser::Operator::If {
                blockty: wasmparser::BlockType::FuncType(type_index),
            } => {
                uses.push(type_index);
            }
            _ => {}
        }
    }
    assert_eq!(uses, [1, 1, 2, 1]);
}

#[test]
fn references_are_compared_by_index() {
    check(
        "(module (type $a (struct)) (type (func (param (ref $a)))) (func (param (ref 0))) (func (param (ref null $a))))",
        3,
        &[1, 2],
    );
}

#[test]
fn unknown_names_are_reported_by_wast() {
    let error = text_to_binary("(module (func (param (ref $nope))))", None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("unknown type: failed to find name `$nope`"),
        "{error}"
    );
}

#[test]
fn a_use_that_contradicts_its_index_is_refused() {
    let error = text_to_binary("(module (type (func)) (func (type 0) (param i32)))", None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("inline function type doesn't match type reference"),
        "{error}"
    );
}
