//! Debug information that is damaged, or made to be hard to read.

use crate::random::Random;
use crate::{DWARF4, DWARF5, LINES, LTO, SHAPES, sections};
use std::sync::Arc;
use transom::WasmFeatures;
use transom_module::{FrameSymbol, Module};
use transom_types::TypeRegistry;

fn parse(bytes: Vec<u8>) -> Module {
    let parsed = Module::parse(&TypeRegistry::new(), Arc::new(bytes), WasmFeatures::WASM3);
    parsed.expect("custom sections can't make a module invalid")
}

pub fn without_debug_info(program: &[u8]) -> Vec<u8> {
    sections::map(program, |name, data| {
        (!name.starts_with(".debug_")).then(|| data.to_vec())
    })
}

/// The symbols of all instructions.
fn all_symbols(module: &Module) -> Vec<Vec<FrameSymbol>> {
    let offsets = module.bodies.iter().flat_map(|body| body.range.clone());
    offsets.map(|offset| module.symbols(offset)).collect()
}

#[test]
fn every_instruction_has_symbols() {
    for program in [DWARF4, DWARF5, LTO, SHAPES] {
        let module = parse(program.to_vec());
        for symbols in all_symbols(&module) {
            let symbol = symbols.last().expect("all functions are described");
            assert!(symbol.name().is_some(), "{symbols:?}");
        }
    }
    let module = parse(without_debug_info(DWARF4));
    assert!(!module.has_debug_info() && all_symbols(&module).iter().all(Vec::is_empty));
}

#[test]
fn damaged_sections_do_no_harm() {
    let mut found = 0;
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let program = *random.choose(&[DWARF4, DWARF5, LTO, LINES, SHAPES]);
        let damaged = sections::damaged(&mut random, program);
        let symbols = all_symbols(&parse(damaged));
        found += symbols.iter().filter(|symbols| !symbols.is_empty()).count();
    }
    assert!(found > 40_000, "hardly anything is read: {found}");
}

/// The end of each section is missing.
#[test]
fn truncated_sections_do_no_harm() {
    for program in [DWARF4, DWARF5, LTO] {
        for length in 0..600 {
            let truncated = sections::map(program, |name, data| {
                let length = if name.starts_with(".debug_") {
                    length
                } else {
                    data.len()
                };
                Some(data[..length.min(data.len())].to_vec())
            });
            all_symbols(&parse(truncated));
        }
    }
}

/// A unit of version 4 with some content, whose abbreviations are at an offset.
fn unit(abbreviations: u32, content: &[u8]) -> Vec<u8> {
    let mut unit = (content.len() as u32 + 7).to_le_bytes().to_vec();
    unit.extend([4, 0]);
    unit.extend(abbreviations.to_le_bytes());
    unit.push(4);
    unit.extend(content);
    unit
}

const COMPILE_UNIT: u8 = 0x11;
const INLINED: u8 = 0x1d;
const SUBPROGRAM: u8 = 0x2e;
const LOW_PC: [u8; 2] = [0x11, 0x01];
const HIGH_PC: [u8; 2] = [0x12, 0x06];
const STMT_LIST: [u8; 2] = [0x10, 0x17];
const EXTERNAL_FLAG: [u8; 2] = [0x3f, 0x19];

/// Abbreviations with children and these attributes, numbered from 1.
fn abbreviations(all: &[(u8, &[[u8; 2]])]) -> Vec<u8> {
    let mut section = Vec::new();
    for (number, (tag, attributes)) in (1..).zip(all) {
        section.extend([number, *tag, 1]);
        section.extend(attributes.iter().flatten());
        section.extend([0, 0]);
    }
    section.push(0);
    section
}

/// The range of all code, as `LOW_PC` and `HIGH_PC`.
const EVERYWHERE: [u8; 8] = [1, 0, 0, 0, 0xff, 0xff, 0xff, 0];

/// The symbols of the first instruction of each function.
fn read(sections: &[(&str, Vec<u8>)]) -> Vec<Vec<FrameSymbol>> {
    let module = parse(sections::append(without_debug_info(DWARF4), sections));
    let starts = module.bodies.iter().map(|body| body.range.start);
    starts.map(|offset| module.symbols(offset)).collect()
}

/// Entries inside of each other, a million deep.
#[test]
fn deep_entries_do_not_exhaust_the_stack() {
    let table = abbreviations(&[
        (COMPILE_UNIT, &[]),
        (SUBPROGRAM, &[LOW_PC, HIGH_PC]),
        (INLINED, &[LOW_PC, HIGH_PC]),
    ]);
    let mut content = [&[1, 2][..], &EVERYWHERE].concat();
    for _ in 0..1_000_000 {
        content.push(3);
        content.extend(EVERYWHERE);
    }
    let sections = [(".debug_info", unit(0, &content)), (".debug_abbrev", table)];
    let symbols = read(&sections);
    assert!(symbols.iter().all(|symbols| symbols.len() <= 101));
    assert!(symbols.iter().any(|symbols| symbols.len() == 101));
}

/// Many units that all have the same large tables of abbreviations and lines, and all claim to have all code.
#[test]
fn units_that_share_large_tables_are_not_read_forever() {
    let mut table = abbreviations(&[(COMPILE_UNIT, &[LOW_PC, HIGH_PC, STMT_LIST])]);
    table.pop();
    for number in 1000..200_000_u32 {
        let low = |shift: u32| (number >> shift) as u8 & 0x7f;
        table.extend([low(0) | 0x80, low(7) | 0x80, low(14), 0x2e, 0, 0, 0]);
    }
    let content = [&[1][..], &EVERYWHERE, &[0; 4]].concat();
    let units = unit(0, &content).repeat(50_000);
    let lines = line_program(&[0x13; 1_000_000]);
    let sections = [
        (".debug_info", units),
        (".debug_abbrev", table),
        (".debug_line", lines),
    ];
    read(&sections);
}

/// Attributes that take no bytes, very many in each of many entries.
#[test]
fn attributes_without_bytes_are_not_read_forever() {
    let flags = vec![EXTERNAL_FLAG; 100_000];
    let table = abbreviations(&[
        (COMPILE_UNIT, &[LOW_PC, HIGH_PC]),
        (SUBPROGRAM, &flags),
        (0x34, &flags),
    ]);
    for entry in [2, 3] {
        let content = [&[1][..], &EVERYWHERE, &vec![entry; 1_000_000]].concat();
        let sections = [
            (".debug_info", unit(0, &content)),
            (".debug_abbrev", table.clone()),
        ];
        read(&sections);
    }
}

/// A line program of version 4 without files.
fn line_program(instructions: &[u8]) -> Vec<u8> {
    let header = [
        &[1, 1, 1, 0xfb, 14, 13][..],
        &[0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1],
        &[0, 0],
    ];
    let header = header.concat();
    let mut program = (header.len() as u32 + 6 + instructions.len() as u32)
        .to_le_bytes()
        .to_vec();
    program.extend([4, 0]);
    program.extend((header.len() as u32).to_le_bytes());
    program.extend(header);
    program.extend(instructions);
    program
}

/// A line program of version 5 that claims to have files which take no or few bytes.
#[test]
fn files_are_not_counted_on() {
    let table = abbreviations(&[(COMPILE_UNIT, &[LOW_PC, HIGH_PC, STMT_LIST])]);
    let info = unit(0, &[&[1][..], &EVERYWHERE, &[0; 4]].concat());
    // Paths that are numbers of one byte, or flags of none.
    for form in [0x0b, 0x19] {
        let claimed = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        let mut rest = vec![1, 1, 1, 0xfb, 14, 13];
        rest.extend([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
        rest.extend([1, 1, form]);
        rest.extend(claimed);
        rest.resize(10_000_000, 0);
        let mut program = (rest.len() as u32 + 8).to_le_bytes().to_vec();
        program.extend([5, 0, 4, 0]);
        program.extend((rest.len() as u32).to_le_bytes());
        program.extend(&rest);
        let sections = [
            (".debug_info", info.clone()),
            (".debug_abbrev", table.clone()),
            (".debug_line", program),
        ];
        read(&sections);
    }
}
