//! `Config::debug_info`: what debuggers of the system find, read back from where they find it.

#![allow(clippy::unwrap_used)]

mod hostile;
#[path = "../hostile/random.rs"]
#[allow(dead_code, reason = "every test uses a part of it")]
mod random;
mod read;
#[path = "../symbols/sections.rs"]
mod sections;

use read::File;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use transom::{Config, Engine, Instance, Module, Result, Store, Strategy};

const DWARF4: &[u8] = include_bytes!("../symbols/programs/dwarf4.wasm");
const DWARF5: &[u8] = include_bytes!("../symbols/programs/dwarf5.wasm");
const LTO: &[u8] = include_bytes!("../symbols/programs/lto.wasm");
const LINES: &[u8] = include_bytes!("../symbols/programs/lines.wasm");
const SHAPES: &[u8] = include_bytes!("../symbols/programs/shapes.wasm");

/// Held by who makes files, so that there are no others.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn engine(strategy: Strategy) -> Result<Engine> {
    Engine::new(Config::new().debug_info(true).compilation(strategy))
}

/// The files of modules, the last one first.
fn files() -> Vec<File> {
    let files = transom_sys::debugger_files();
    files.iter().map(|file| File::read(file)).collect()
}

/// The files of a module.
fn file_of(strategy: Strategy, program: &[u8]) -> Result<File> {
    let _module = Module::new(&engine(strategy)?, program)?;
    let mut files = files();
    assert_eq!(files.len(), 1, "a module has one file");
    Ok(files.remove(0))
}

const STRATEGIES: [Strategy; 3] = [Strategy::Tiered, Strategy::Baseline, Strategy::Optimized];

#[test]
fn functions_have_symbols_and_entries() -> Result<()> {
    let _alone = alone();
    for strategy in STRATEGIES {
        for program in [DWARF4, DWARF5, LTO, LINES] {
            let file = file_of(strategy, program)?;
            let names: BTreeSet<&str> = file.symbols.iter().map(|symbol| &*symbol.name).collect();
            assert!(names.contains("run") && names.contains("fill"), "{names:?}");
            for symbol in &file.symbols {
                assert!(file.text.contains(&symbol.code.start) && symbol.code.end <= file.text.end);
            }
            for function in &file.functions {
                let symbol = file.symbols.iter().find(|symbol| symbol.code == function.code);
                let symbol = symbol.expect("an entry is about the code of one symbol");
                assert_eq!(symbol.name, function.name);
            }
            let described = file.functions.iter().filter(|function| function.name == "fill");
            assert_eq!(described.count(), 1);
        }
    }
    Ok(())
}

#[test]
fn lines_are_those_of_the_source_and_in_the_function() -> Result<()> {
    let _alone = alone();
    for strategy in STRATEGIES {
        for program in [DWARF4, DWARF5, LINES] {
            let file = file_of(strategy, program)?;
            assert!(!file.sequences.is_empty());
            for sequence in &file.sequences {
                let code = sequence.start..sequence.end;
                assert!(
                    file.symbols.iter().any(|symbol| symbol.code == code),
                    "a function"
                );
                assert_eq!(sequence.rows.first().map(|row| row.address), Some(code.start));
                assert!(sequence.rows.is_sorted_by_key(|row| row.address));
                assert!(sequence.rows.iter().all(|row| code.contains(&row.address)));
            }
            let rows = file.sequences.iter().flat_map(|sequence| &sequence.rows);
            let rows = rows.filter(|row| row.line != 0);
            let lines: BTreeSet<(&str, u64)> = rows.map(|row| (&*row.file, row.line)).collect();
            // The loop and what is inlined in it, and a line of the other unit; nothing beyond the ends of the files.
            for line in [
                ("/src/fill.c", 9),
                ("/src/fill.c", 5),
                ("/src/stack.c", 4),
                ("/src/stack.h", 9),
            ] {
                assert!(lines.contains(&line), "{line:?} is not among {lines:?}");
            }
            for (file, line) in lines {
                let last = match file {
                    "/src/fill.c" => 17,
                    "/src/stack.c" => 6,
                    "/src/stack.h" => 13,
                    _ => panic!("there is no file {file}"),
                };
                assert!((1..=last).contains(&line), "{file}:{line}");
            }
        }
    }
    Ok(())
}

#[test]
fn frames_are_unwound_from_every_instruction() -> Result<()> {
    let _alone = alone();
    for strategy in STRATEGIES {
        for program in [DWARF5, SHAPES] {
            let file = file_of(strategy, program)?;
            for symbol in &file.symbols {
                let start = symbol.code.start;
                // Before the frame pointer is pushed, behind that, and when it is set.
                assert_eq!(file.frame_at(start), ("rsp+8".into(), false));
                assert_eq!(file.frame_at(start + 1), ("rsp+16".into(), true));
                assert_eq!(file.frame_at(start + 4), ("rbp+16".into(), true));
                for address in start + 4..symbol.code.end {
                    let (frame, _) = file.frame_at(address);
                    assert!(["rbp+16", "rsp+8"].contains(&&*frame), "{frame} at {address:#x}");
                }
            }
        }
    }
    Ok(())
}

/// Only baseline code has them: it keeps locals in slots.
#[test]
fn variables_have_places() -> Result<()> {
    let _alone = alone();
    for program in [DWARF4, DWARF5] {
        let file = file_of(Strategy::Tiered, program)?;
        let names: BTreeSet<&str> = file.placed.iter().map(|name| &**name).collect();
        assert!(names.contains("count") && names.contains("stack"), "{names:?}");
        let file = file_of(Strategy::Optimized, program)?;
        assert_eq!(file.placed, [""; 0]);
    }
    Ok(())
}

#[test]
fn files_are_there_as_long_as_the_code() -> Result<()> {
    let _alone = alone();
    let engine = engine(Strategy::Tiered)?;
    assert!(files().is_empty());
    let (first, second) = (Module::new(&engine, DWARF4)?, Module::new(&engine, SHAPES)?);
    assert_eq!(files().len(), 2);
    drop(first);
    assert_eq!(files().len(), 1);
    // The adapters of an engine have files as well, since debuggers unwind through them.
    let mut store = Store::new(&engine, ());
    let module = Module::new(&engine, r#"(module (func (export "f") (param i32)))"#)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    instance
        .get_typed_func::<i32, ()>(&mut store, "f")?
        .call(&mut store, 1)?;
    let adapter = "transom::enter(i32)";
    assert!(
        files()
            .iter()
            .flat_map(|file| &file.symbols)
            .any(|symbol| symbol.name.starts_with(adapter))
    );
    drop((store, module, second));
    assert_eq!(files().len(), 1, "that of the adapter");
    drop(engine);
    assert!(files().is_empty());
    Ok(())
}

#[test]
fn there_are_no_files_by_default() -> Result<()> {
    let _alone = alone();
    let engine = Engine::default();
    let _module = Module::new(&engine, DWARF4)?;
    let optimized = Engine::new(Config::new().compilation(Strategy::Optimized))?;
    let _module = Module::new(&optimized, DWARF4)?;
    assert!(files().is_empty());
    Ok(())
}

/// Modules without DWARF have symbols and frames.
#[test]
fn functions_without_names_have_symbols() -> Result<()> {
    let _alone = alone();
    let file = file_of(
        Strategy::Tiered,
        b"(module (func) (func $\"a b\") (func $\"\\00\\1b\"))",
    )?;
    let names: Vec<&str> = file.symbols.iter().map(|symbol| &*symbol.name).collect();
    assert_eq!(names[..2], ["wasm::function[0]", "a b"]);
    assert!(!names[2].contains(char::is_control), "{names:?}");
    assert!(file.functions.is_empty() && file.sequences.is_empty());
    assert_eq!(
        file.frame_at(file.symbols[1].code.start + 4),
        ("rbp+16".into(), true)
    );
    Ok(())
}
