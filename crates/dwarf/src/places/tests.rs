//! Expressions of the module, and what they are here.
use super::*;
use std::sync::Arc;
use transom_module::{Budget, Module, WasmFeatures, text_to_binary};
use transom_types::TypeRegistry;

const ENCODING: Encoding = Encoding {
    format: gimli::Format::Dwarf32,
    version: 4,
    address_size: 4,
};

fn module(text: &str) -> Module {
    let binary = text_to_binary(text, None).unwrap();
    Module::parse(&TypeRegistry::new(), Arc::new(binary), WasmFeatures::WASM3).unwrap()
}

fn values() -> FrameValues {
    FrameValues {
        // Two words, and a vector.
        locals: FrameValues::slots_of([16, 24, 40]),
        context: 8,
    }
}

fn location(module: &Module, bytes: &[u8], form: Form) -> Option<Expression> {
    let budget = Budget::new(1000);
    let read = gimli::Expression(Metered::new(bytes, &budget));
    Places::new(module, 8).location(read, ENCODING, Some(&values()), form)
}

/// An expression that begins with these operations, and goes on to the memory of this module.
fn expected(
    module: &Module,
    begin: impl FnOnce(&mut Expression),
    end: impl FnOnce(&mut Expression),
) -> Expression {
    let mut expected = Expression::new();
    begin(&mut expected);
    Places::new(module, 8).resolve(&mut expected).unwrap();
    end(&mut expected);
    expected
}

/// `DW_OP_WASM_location` of a local.
const LOCAL_1: &[u8] = &[0xed, 0, 1];
const STACK_VALUE: &[u8] = &[0x9f];

#[test]
fn locals_are_in_their_slots() {
    let module = module("(module (memory 1))");
    for (index, distance) in [(0, -16), (1, -24), (2, -40)] {
        let mut place = Expression::new();
        place.op_breg(X86_64::RBP, distance);
        for value in [&[][..], STACK_VALUE] {
            let read = [&[0xed, 0, index], value].concat();
            assert_eq!(location(&module, &read, Form::Plain), Some(place.clone()));
        }
    }
    assert_eq!(
        location(&module, &[0xed, 0, 3], Form::Plain),
        None,
        "there is no such local"
    );
    assert_eq!(
        location(&module, &[0xed, 2, 0], Form::Plain),
        None,
        "operands have no place"
    );
}

#[test]
fn addresses_are_in_memory() {
    let module = module("(module (memory 1))");
    let address = expected(&module, |to| to.op_constu(0x410), |_| ());
    assert_eq!(
        location(&module, &[0x03, 0x10, 4, 0, 0], Form::Plain),
        Some(address)
    );
    let field = |to: &mut Expression| {
        to.op_breg(X86_64::RBP, -24);
        to.op_deref_size(4);
        to.op_plus_uconst(12);
    };
    let read = [LOCAL_1, &[0x23, 12]].concat();
    assert_eq!(
        location(&module, &read, Form::Plain),
        Some(expected(&module, field, |_| ()))
    );
    // A value that is computed has no place.
    let mut value = Expression::new();
    field(&mut value);
    value.op(DW_OP_stack_value);
    assert_eq!(
        location(&module, &[&read, STACK_VALUE].concat(), Form::Plain),
        Some(value)
    );
}

#[test]
fn the_frame_base_is_an_address_of_the_process() {
    let module = module("(module (memory 1))");
    let mut place = Expression::new();
    place.op_fbreg(12);
    assert_eq!(location(&module, &[0x91, 12], Form::Plain), Some(place.clone()));
    // What is there is none.
    place.op_deref_size(4);
    let there = expected(&module, |to| *to = place.clone(), |_| ());
    assert_eq!(location(&module, &[0x91, 12, 0x06], Form::Plain), Some(there));
    // Nor can one compute with it as if it were.
    assert_eq!(location(&module, &[0x91, 12, 0x31, 0x1a], Form::Plain), None);
}

#[test]
fn references_and_pointers_lead_into_memory() {
    let module = module("(module (memory 1))");
    let pointer = |to: &mut Expression| {
        to.op_breg(X86_64::RBP, -24);
        to.op_deref_size(4);
    };
    assert_eq!(
        location(&module, LOCAL_1, Form::Reference),
        Some(expected(&module, pointer, |_| ()))
    );
    let found = location(&module, LOCAL_1, Form::Pointer).unwrap();
    let mut begin = Expression::new();
    pointer(&mut begin);
    begin.op(DW_OP_dup);
    let branch = begin.op_bra();
    let skip = begin.op_skip();
    begin.set_target(branch, begin.next_index());
    let whole = expected(
        &module,
        |to| *to = begin,
        |to| {
            to.set_target(skip, to.next_index());
            to.op(DW_OP_stack_value);
        },
    );
    assert_eq!(found, whole);
}

#[test]
fn without_a_memory_or_a_frame_there_are_no_places() {
    let module = module("(module)");
    assert_eq!(location(&module, &[0x03, 0x10, 4, 0, 0], Form::Plain), None);
    assert!(Places::new(&module, 8).memory().is_none());
    let budget = Budget::new(1000);
    let read = gimli::Expression(Metered::new(LOCAL_1, &budget));
    let found = Places::new(&module, 8).location(read, ENCODING, None, Form::Plain);
    assert_eq!(found, None);
}

#[test]
fn long_and_broken_expressions_are_refused() {
    let module = module("(module (memory 1))");
    // A program may say so: endless sums, an operation that does not exist, one without its operand, registers of a machine.
    let long = [LOCAL_1, &[0x23, 1].repeat(200)].concat();
    for read in [&long[..], &[0xff], &[0x03, 1], &[0x50], &[0x70, 0]] {
        assert_eq!(location(&module, read, Form::Plain), None, "{read:x?}");
    }
}

#[test]
fn globals_and_imported_memories_are_reached_through_the_context() {
    let text = r#"(module (import "m" "m" (memory 1)) (import "m" "g" (global (mut i32))) (global (mut i32) (i32.const 0)))"#;
    let module = module(text);
    let offsets = offsets_of(&module);
    let mut own = Expression::new();
    own.op_breg(X86_64::RBP, -8);
    own.op_deref();
    let mut imported = own.clone();
    own.op_plus_uconst(offsets.global(0) as u64);
    imported.op_plus_uconst(offsets.imported_global(0) as u64);
    imported.op_deref();
    assert_eq!(location(&module, &[0xed, 1, 0], Form::Plain), Some(imported));
    assert_eq!(location(&module, &[0xed, 1, 1], Form::Plain), Some(own));
    assert_eq!(location(&module, &[0xed, 1, 2], Form::Plain), None);
    let memory = Places::new(&module, 8).memory();
    assert!(memory.is_some());
}
