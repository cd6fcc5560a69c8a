//! What the quick validator accepts, the general one accepts, and both find the same.

use super::super::{Allocations, Found, PendingBody, general};
use super::*;
use crate::decode::declared;
use crate::{Module, SUPPORTED_FEATURES, text_to_binary};
use std::sync::Arc;
use transom_types::TypeRegistry;
use wasmparser::{FuncToValidate, Parser, ValidPayload, Validator, ValidatorResources};

/// The functions' types differ in what they return.
const DECLARATIONS: &str = "(module
    (type $f (func (param i32 i64) (result f64)))
    (type $g (func (param f32) (result i32 i64)))
    (type $h (func (param externref)))
    (import \"\" \"f\" (func (type $f)))
    (import \"\" \"g\" (func (type $g)))
    (table 1 funcref) (table 1 externref) (memory 1)
    (global (mut i32) (i32.const 0)) (global f64 (f64.const 0)) (global externref (ref.null extern))
    (func (param i32 f64))
    (func (param i32 f64) (result i32) (i32.const 0))
    (func (param i32 f64) (result f64) (f64.const 0))
    (func (param i32 f64) (result i32 i64) (i32.const 0) (i64.const 0))
    (func (type $h)))";
/// The first function that is defined, and how many have plain types.
const FIRST: u32 = 2;
const PLAIN_FUNCTIONS: u32 = 3;

/// A module in which bodies are validated.
struct World {
    plain: Plain,
    resources: ValidatorResources,
    types: Vec<u32>,
    allocations: Allocations,
}

impl World {
    fn new() -> World {
        let binary = text_to_binary(DECLARATIONS, None).unwrap();
        let mut validator = Validator::new_with_features(SUPPORTED_FEATURES);
        let mut resources = None;
        let mut types = Vec::new();
        for payload in Parser::new(0).parse_all(&binary) {
            if let ValidPayload::Func(function, _) = validator.payload(&payload.unwrap()).unwrap() {
                types.push(function.ty);
                resources = Some(function.resources);
            }
        }
        let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), SUPPORTED_FEATURES).unwrap();
        World {
            plain: Plain::of(&declared(&module), SUPPORTED_FEATURES).unwrap(),
            resources: resources.unwrap(),
            types,
            allocations: Allocations::default(),
        }
    }

    fn plain(&mut self, function: u32, body: &[u8]) -> Option<Found> {
        let body = wasmparser::FunctionBody::new(BinaryReader::new(body, 1000));
        let scratch = (&mut self.allocations.stacks, &mut self.allocations.weights);
        self.plain.validate(function, &body, scratch)
    }

    fn general(&mut self, function: u32, body: &[u8]) -> Option<Found> {
        let pending = PendingBody {
            validator: FuncToValidate {
                resources: self.resources.clone(),
                index: function,
                ty: self.types[(function - FIRST) as usize],
                features: SUPPORTED_FEATURES,
            },
            body: wasmparser::FunctionBody::new(BinaryReader::new(body, 1000)),
        };
        // An error leaves its allocations behind.
        let mut allocations = Allocations::default();
        general(&mut allocations, pending, SUPPORTED_FEATURES).ok()
    }

    /// Whether a body is plain and valid. If so, the general validator has to agree.
    fn check(&mut self, function: u32, body: &[u8]) -> bool {
        let plain = self.plain(function, body);
        if plain.is_some() {
            assert_eq!(plain, self.general(function, body), "{body:x?}");
        }
        plain.is_some()
    }

    /// The same of a body in which all is plain, so both validators have to agree in any case.
    fn agree(&mut self, function: u32, body: &[u8]) -> bool {
        let plain = self.plain(function, body);
        assert_eq!(plain, self.general(function, body), "{body:x?}");
        plain.is_some()
    }
}

/// Constants of all types.
const CONSTANTS: [&[u8]; 4] = [
    &[0x41, 0x7f],
    &[0x42, 0xff, 0x00],
    &[0x43, 0, 0, 0, 0],
    &[0x44, 0, 0, 0, 0, 0, 0, 0, 0],
];

/// Validates an instruction behind all sequences of three operands. It leaves four at most. Gives how many are valid.
fn with_all_operands(world: &mut World, instruction: &[u8]) -> usize {
    let mut valid = 0;
    for sequence in 0..64 {
        for drops in 0..=4 {
            let mut body = vec![0];
            for position in 0..3 {
                body.extend_from_slice(CONSTANTS[sequence >> (2 * position) & 3]);
            }
            body.extend_from_slice(instruction);
            body.extend(std::iter::repeat_n(0x1a, drops));
            body.push(0x0b);
            valid += usize::from(world.agree(FIRST, &body));
        }
    }
    valid
}

#[test]
fn every_plain_instruction_has_its_types() {
    let world = &mut World::new();
    for opcode in 0x45..=0xc4 {
        let valid = with_all_operands(world, &[opcode]);
        assert!(valid == 16 || valid == 4, "{opcode:#x}: {valid}");
    }
    for sub in 0..=7 {
        assert_eq!(with_all_operands(world, &[0xfc, sub]), 16, "{sub}");
    }
    for opcode in 0x28..=0x3e {
        for align in 0..=3 {
            let valid = with_all_operands(world, &[opcode, align, 0x80, 0x80, 0x01]);
            let expected = if align > ACCESSES[opcode as usize - 0x28].align as u8 {
                0
            } else if opcode < 0x36 {
                16
            } else {
                4
            };
            assert_eq!(valid, expected, "{opcode:#x}");
        }
    }
    let others: &[&[u8]] = &[
        &[0x01],
        &[0x00],
        &[0x0f],
        &[0x10, 0],
        &[0x10, 1],
        &[0x11, 0, 0],
        &[0x11, 1, 0],
        &[0x1a],
        &[0x1b],
        &[0x20, 1],
        &[0x21, 1],
        &[0x22, 0],
        &[0x23, 0],
        &[0x23, 1],
        &[0x24, 0],
        &[0x3f, 0],
        &[0x40, 0],
        &[0xfc, 10, 0, 0],
        &[0xfc, 11, 0],
    ];
    for instruction in others {
        assert!(with_all_operands(world, instruction) > 0, "{instruction:x?}");
    }
}

#[test]
fn what_does_not_exist_is_not_accepted() {
    let world = &mut World::new();
    let wrong: &[&[u8]] = &[
        &[0x10, 2 + 5],
        &[0x11, 9, 0],
        &[0x11, 0, 1],
        &[0x11, 0, 2],
        &[0x20, 2],
        &[0x23, 3],
        &[0x24, 1],
        &[0x3f, 1],
        &[0x0c, 1],
        &[0x0d, 9],
        &[0x0e, 1, 0, 1],
        &[0x02, 0x7f, 0x0b],
        &[0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10],
        &[0x41, 0xff, 0xff, 0xff, 0xff, 0x4f],
        &[0x05],
        &[0x0b],
        &[0x02, 0x40],
    ];
    for instruction in wrong {
        assert_eq!(with_all_operands(world, instruction), 0, "{instruction:x?}");
    }
    // A body ends with its bytes, and locals are limited.
    assert!(world.agree(FIRST, &[0, 0x0b]));
    assert!(!world.agree(FIRST, &[0]));
    assert!(!world.agree(FIRST, &[0, 0x0b, 0x0b]));
    assert!(!world.agree(FIRST, &[0, 0x0b, 0x01]));
    assert!(world.agree(FIRST, &[2, 0xce, 0x86, 0x03, 0x7f, 0, 0x7c, 0x0b]));
    assert!(!world.agree(FIRST, &[1, 0xcf, 0x86, 0x03, 0x7f, 0x0b]));
    assert!(!world.agree(FIRST, &[1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]));
}

#[test]
fn what_is_not_plain_is_left_to_the_general_validator() {
    let world = &mut World::new();
    let functions = FIRST..FIRST + PLAIN_FUNCTIONS + 2;
    let bodies: &[&[u8]] = &[
        &[0, 0x41, 0, 0x42, 0, 0x0b],
        &[0, 0x0b],
        &[1, 1, 0x6f, 0x0b],
        &[0, 0xd0, 0x70, 0x1a, 0x0b],
        &[0, 0x23, 2, 0x1a, 0x0b],
        &[0, 0x41, 0, 0x28, 0x42, 0, 0, 0x1a, 0x0b],
    ];
    let (mut plain, mut valid) = (0, 0);
    for function in functions {
        for body in bodies {
            plain += usize::from(world.check(function, body));
            valid += usize::from(world.general(function, body).is_some());
        }
    }
    assert_eq!((plain, valid), (1, 11));
    let module = |features| {
        let binary = text_to_binary("(module)", None).unwrap();
        let module = Module::parse(&TypeRegistry::new(), Arc::new(binary), features).unwrap();
        Plain::of(&declared(&module), features).is_some()
    };
    assert!(module(WasmFeatures::WASM3));
    assert!(!module(WasmFeatures::WASM3.difference(WasmFeatures::FLOATS)));
    assert!(!module(WasmFeatures::WASM2));
}

/// Instructions of which random bodies are made.
const ALPHABET: &[&[u8]] = &[
    &[0x41, 0],
    &[0x41, 1],
    &[0x44, 0, 0, 0, 0, 0, 0, 0, 0],
    &[0x42, 0],
    &[0x20, 0],
    &[0x20, 1],
    &[0x21, 0],
    &[0x22, 1],
    &[0x6a],
    &[0xa0],
    &[0x45],
    &[0x1a],
    &[0x1a],
    &[0x1b],
    &[0x02, 0x40],
    &[0x02, 0x7f],
    &[0x03, 0x40],
    &[0x03, 0x7c],
    &[0x04, 0x40],
    &[0x04, 0x7f],
    &[0x05],
    &[0x0b],
    &[0x0b],
    &[0x0b],
    &[0x0c, 0],
    &[0x0c, 1],
    &[0x0d, 0],
    &[0x0d, 1],
    &[0x0e, 2, 0, 1, 0],
    &[0x0e, 0, 1],
    &[0x0f],
    &[0x00],
    &[0x01],
    &[0x10, 0],
    &[0x10, 1],
    &[0x11, 0, 0],
    &[0x23, 0],
    &[0x24, 0],
    &[0x28, 2, 4],
    &[0x39, 3, 0],
    &[0x40, 0],
    &[0xfc, 10, 0, 0],
    &[0xfc, 3],
    &[0xad],
];

#[test]
fn random_bodies_are_valid_for_both_or_for_none() {
    let world = &mut World::new();
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % bound
    };
    let mut valid = 0;
    for _ in 0..400_000 {
        let mut body = vec![0];
        let length = 1 + below(8);
        let mut open = 1_i32;
        for _ in 0..length {
            let instruction = ALPHABET[below(ALPHABET.len())];
            open += i32::from((2..=4).contains(&instruction[0])) - i32::from(instruction[0] == 0x0b);
            body.extend_from_slice(instruction);
        }
        // What is still open is closed, mostly.
        let ends = (open + i32::from(below(40) == 0)).max(0) as usize;
        body.extend(std::iter::repeat_n(0x0b, ends));
        valid += u32::from(world.agree(FIRST + below(PLAIN_FUNCTIONS as usize) as u32, &body));
    }
    assert!(valid > 2000, "{valid}");
}
