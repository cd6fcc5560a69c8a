//! Every atomic instruction at every width, in every kind of memory, against what plain Rust makes of it.

use crate::support::*;
use transom::*;

/// Bytes of an access, and of the value that it takes or gives.
const WIDTHS: [(u32, u32); 7] = [(4, 4), (8, 8), (1, 4), (2, 4), (1, 8), (2, 8), (4, 8)];

const OPERATIONS: [&str; 9] = [
    "load", "store", "add", "sub", "and", "or", "xor", "xchg", "cmpxchg",
];

/// The text form of an instruction.
fn instruction(operation: &str, (size, of): (u32, u32)) -> String {
    let ty = if of == 4 { "i32" } else { "i64" };
    let (width, suffix) = match (size == of, operation) {
        (true, _) => (String::new(), ""),
        (false, "store") => ((size * 8).to_string(), ""),
        (false, _) => ((size * 8).to_string(), "_u"),
    };
    match operation {
        "load" | "store" => format!("{ty}.atomic.{operation}{width}{suffix}"),
        _ => format!("{ty}.atomic.rmw{width}.{operation}{suffix}"),
    }
}

/// A function for every instruction, which is its name, with an index, two values and a result of 64 bits each.
fn module(memory: &str, index: &str, offset: u64) -> String {
    let mut text = format!("(module (memory (export \"m\") {memory})\n");
    for width in WIDTHS {
        for operation in OPERATIONS {
            let name = instruction(operation, width);
            let index = if index == "i32" {
                "(i32.wrap_i64 (local.get 0))"
            } else {
                "(local.get 0)"
            };
            let value = |local: u32| match width.1 {
                4 => format!("(i32.wrap_i64 (local.get {local}))"),
                _ => format!("(local.get {local})"),
            };
            let operands = match operation {
                "load" => String::new(),
                "cmpxchg" => value(2) + &value(1),
                _ => value(1),
            };
            let access = format!("({name} offset={offset} {index} {operands})");
            let body = match (operation, width.1) {
                ("store", _) => format!("{access} (i64.const 0)"),
                (_, 4) => format!("(i64.extend_i32_u {access})"),
                _ => access,
            };
            text += &format!("(func (export \"{name}\") (param i64 i64 i64) (result i64) {body})\n");
        }
    }
    text + ")"
}

/// What an instruction gives and leaves in memory.
fn model(operation: &str, size: u32, old: u64, value: u64, expected: u64) -> (u64, u64) {
    let mask = u64::MAX >> (64 - 8 * size);
    let new = match operation {
        "load" => old,
        "store" | "xchg" => value,
        "add" => old.wrapping_add(value),
        "sub" => old.wrapping_sub(value),
        "and" => old & value,
        "or" => old | value,
        "xor" => old ^ value,
        "cmpxchg" if old == expected & mask => value,
        _ => old,
    };
    (if operation == "store" { 0 } else { old }, new & mask)
}

/// A memory's bytes, whether it is shared or not.
enum Bytes {
    Own(Memory),
    Shared(SharedMemory),
}

impl Bytes {
    fn of(store: &mut Store<()>, instance: Instance) -> Bytes {
        match instance.get_export(store, "m") {
            Some(Extern::Memory(memory)) => Bytes::Own(memory),
            Some(Extern::SharedMemory(memory)) => Bytes::Shared(memory),
            other => panic!("`m` is {other:?}"),
        }
    }

    fn write(&self, store: &mut Store<()>, offset: usize, bytes: &[u8]) -> Result<()> {
        match self {
            Bytes::Own(memory) => memory.write(store, offset, bytes)?,
            Bytes::Shared(memory) => memory.write(offset, bytes)?,
        }
        Ok(())
    }

    fn read<const N: usize>(&self, store: &mut Store<()>, offset: usize) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        match self {
            Bytes::Own(memory) => memory.read(store, offset, &mut bytes)?,
            Bytes::Shared(memory) => memory.read(offset, &mut bytes)?,
        }
        Ok(bytes)
    }
}

/// Numbers that look random, and those at which something overflows.
fn values() -> Vec<u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut values = vec![
        0,
        1,
        u64::MAX,
        0x80,
        0x8000,
        0x8000_0000,
        1 << 63,
        0xff,
        0xffff_ffff,
    ];
    values.extend((0..7).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }));
    values
}

fn compare(engine: &Engine, memory: &str, index: &str, offset: u64) -> Result<()> {
    let (mut store, instance) = instance_in(engine, &module(memory, index, offset))?;
    let bytes = Bytes::of(&mut store, instance);
    let values = values();
    for (size, of) in WIDTHS {
        for operation in OPERATIONS {
            let name = instruction(operation, (size, of));
            let func = instance.get_typed_func::<(u64, u64, u64), u64>(&mut store, &name)?;
            for (case, &old) in values.iter().enumerate() {
                for &value in &values {
                    // The expected value is the one that is there, every other time.
                    let expected = if case % 2 == 0 { old } else { values[case % 3] };
                    let at = (16 + case * size as usize) & !(size as usize - 1);
                    let place = at + offset as usize;
                    let before = [0x5a; 24];
                    bytes.write(&mut store, place - 8, &before)?;
                    bytes.write(&mut store, place, &old.to_le_bytes()[..size as usize])?;
                    let mask = u64::MAX >> (64 - 8 * size);
                    let (result, left) = model(operation, size, old & mask, value, expected);
                    let actual = func.call(&mut store, (at as u64, value, expected))?;
                    let mut after = before;
                    after[8..8 + size as usize].copy_from_slice(&left.to_le_bytes()[..size as usize]);
                    let context = format!("{memory}: {name} of {old:#x}, {value:#x}, {expected:#x}");
                    assert_eq!(actual, result, "{context}");
                    assert_eq!(bytes.read::<24>(&mut store, place - 8)?, after, "{context}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn all_instructions_do_what_the_model_does() -> Result<()> {
    let engine = Engine::default();
    for offset in [0, 8] {
        compare(&engine, "1 1 shared", "i32", offset)?;
        compare(&engine, "1", "i32", offset)?;
        compare(&engine, "i64 1 1 shared", "i64", offset)?;
    }
    compare(&engine, "i64 1", "i64", 40)
}

#[test]
fn checked_memories_and_unoptimised_code_do_the_same() -> Result<()> {
    let checked = Engine::new(Config::new().memory_reservation(1 << 16))?;
    compare(&checked, "1 2 shared", "i32", 0)?;
    compare(&checked, "1", "i32", 16)?;
    let plain = Engine::new(Config::new().cranelift_opt_level(OptLevel::None))?;
    compare(&plain, "1 2 shared", "i32", 0)
}

#[test]
fn a_fence_is_allowed_without_a_memory() -> Result<()> {
    let (mut store, instance) = instance("(module (func (export \"f\") atomic.fence))")?;
    call(&mut store, instance, "f", &[]).map(drop)
}
