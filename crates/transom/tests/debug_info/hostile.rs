//! Debug information that is damaged, or made to be hard to read: the module runs as if it had none.

use crate::random::Random;
use crate::{DWARF4, DWARF5, LINES, LTO, SHAPES, alone, engine, files, sections};
use transom::{Engine, Instance, Module, Result, Store, Strategy};

/// Runs a program that is not to trap.
fn run(engine: &Engine, program: &[u8]) -> Result<i32> {
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &Module::new(engine, program)?, &[])?;
    // All that is there can be read.
    let _ = files();
    instance
        .get_typed_func::<i32, i32>(&mut store, "run")?
        .call(&mut store, 3)
}

#[test]
fn damaged_sections_do_no_harm() -> Result<()> {
    let _alone = alone();
    let engine = engine(Strategy::Tiered)?;
    for seed in 0..3_000 {
        let mut random = Random::new(seed);
        let program = *random.choose(&[DWARF4, DWARF5, LTO, LINES, SHAPES]);
        let damaged = sections::damaged(&mut random, program);
        assert_eq!(run(&engine, &damaged)?, run(&engine, program)?, "seed {seed}");
    }
    Ok(())
}

fn without_debug_info() -> Vec<u8> {
    sections::map(DWARF4, |name, data| {
        (!name.starts_with(".debug_")).then(|| data.to_vec())
    })
}

/// A unit of 32-bit DWARF, with its header.
fn unit(content: &[u8]) -> Vec<u8> {
    let mut rest = vec![4, 0, 0, 0, 0, 0, 4];
    rest.extend(content);
    let mut unit = (rest.len() as u32).to_le_bytes().to_vec();
    unit.extend(rest);
    unit
}

/// Abbreviations: a unit, a function with an address and a length, a block, a pointer to itself.
const ABBREVIATIONS: &[u8] = &[
    1, 0x11, 1, 0, 0, // compile unit
    2, 0x2e, 1, 0x11, 0x01, 0x12, 0x06, 0, 0, // subprogram: low_pc addr, high_pc data4
    3, 0x0b, 1, 0, 0, // lexical block
    4, 0x0f, 0, 0x49, 0x13, 0, 0, // pointer: type ref4
    5, 0x16, 0, 0x49, 0x13, 0, 0, // typedef: type ref4
    6, 0x34, 0, 0x49, 0x13, 0x02, 0x18, 0, 0, // variable: type ref4, location exprloc
    0,
];

fn with_unit(content: &[u8]) -> Vec<u8> {
    let sections = [
        (".debug_info", unit(content)),
        (".debug_abbrev", ABBREVIATIONS.to_vec()),
    ];
    sections::append(without_debug_info(), &sections)
}

/// The beginning of an entry of the first function.
fn function() -> Vec<u8> {
    let mut entry = vec![2];
    entry.extend(3u32.to_le_bytes());
    entry.extend(16u32.to_le_bytes());
    entry
}

#[test]
fn deep_entries_take_no_stack() -> Result<()> {
    let _alone = alone();
    let engine = engine(Strategy::Tiered)?;
    const DEPTH: usize = 1 << 20;
    let content = [&[1][..], &function(), &[3; DEPTH], &[0; DEPTH + 2]].concat();
    assert_eq!(run(&engine, &with_unit(&content))?, run(&engine, DWARF4)?);
    Ok(())
}

/// Types that are pointers to themselves, names of themselves and of each other, and a variable of each.
#[test]
fn types_in_circles_end() -> Result<()> {
    let _alone = alone();
    let engine = engine(Strategy::Tiered)?;
    // The unit's header has 11 bytes, and its entry one.
    let mut content = vec![1];
    for (kind, target) in [(4, 12), (5, 17), (5, 27), (5, 22), (4, 17), (4, 32)] {
        content.push(kind);
        content.extend((target as u32).to_le_bytes());
    }
    content.extend(function());
    for target in [12u32, 17, 22, 27, 32, 37, 5, u32::MAX] {
        content.push(6);
        content.extend(target.to_le_bytes());
        content.extend([2, 0x91, 0]);
    }
    content.extend([0; 2]);
    assert_eq!(run(&engine, &with_unit(&content))?, run(&engine, DWARF4)?);
    Ok(())
}

/// Many units that share a line table, and many entries that share a long text.
#[test]
fn shared_tables_are_not_read_for_ever() -> Result<()> {
    let _alone = alone();
    let engine = engine(Strategy::Tiered)?;
    let lines = sections::content(DWARF4, ".debug_line");
    // A unit with a line table at offset 0, a range, and a name from `.debug_str`.
    let abbreviations = [
        1, 0x11, 1, 0x10, 0x17, 0x11, 0x01, 0x12, 0x06, 0x03, 0x0e, 0, 0, // compile unit
        2, 0x34, 0, 0x03, 0x0e, 0, 0, // variable: name strp
        0,
    ];
    let mut info = Vec::new();
    for _ in 0..2_000 {
        let mut content = vec![1, 0, 0, 0, 0];
        content.extend(3u32.to_le_bytes());
        content.extend(1_000u32.to_le_bytes());
        content.extend([0; 4]);
        content.extend([2, 0, 0, 0, 0].repeat(200));
        content.push(0);
        info.extend(unit(&content));
    }
    let text = [&[b'x'; 16 << 10][..], &[0]].concat();
    let sections = [
        (".debug_info", info),
        (".debug_abbrev", abbreviations.to_vec()),
        (".debug_line", lines),
        (".debug_str", text),
    ];
    let program = sections::append(without_debug_info(), &sections);
    assert_eq!(run(&engine, &program)?, run(&engine, DWARF4)?);
    Ok(())
}
