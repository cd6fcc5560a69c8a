//! Modules that `wasm-smith` makes, under a configuration for each flavour.

mod fuel;
mod nans;

use crate::random::Random;
use arbitrary::Unstructured;
use transom_inspect::sections::sections;
use wasm_smith::{Config, Module};

/// Which configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    Numeric,
    Bulk,
    Simd,
    Gc,
    Exceptions,
    TailCalls,
    Memories,
}

/// How many calls and turns of loops a module has, over all that is called in it.
const FUEL: u32 = 1000;
/// Bytes of randomness that a module is made of, at least, and by how many more.
const ENTROPY: (usize, usize) = (2 << 10, 3 << 10);
/// What memories and tables may grow to: few enough that comparing them is quick.
const MEMORY_BYTES: u64 = 4 << 16;
const TABLE_ELEMENTS: u64 = 64;

/// A module of a flavour.
pub fn generate(flavour: Flavour, random: &mut Random) -> Vec<u8> {
    loop {
        if let Some(binary) = attempt(flavour, random).filter(|binary| has_functions(binary)) {
            return binary;
        }
    }
}

/// A module of some bytes, unless they lead nowhere.
fn attempt(flavour: Flavour, random: &mut Random) -> Option<Vec<u8>> {
    let config = config(flavour, random);
    let length = ENTROPY.0 + random.below(ENTROPY.1);
    let mut module = Module::new(config, &mut Unstructured::new(&random.bytes(length))).ok()?;
    let fuel = module.ensure_termination(FUEL).ok()?;
    fuel::return_without(&module.to_bytes(), fuel)
}

/// Whether there is something to call. Where types are of any kind, none may be one of functions.
fn has_functions(binary: &[u8]) -> bool {
    const FUNCTION: u8 = 3;
    sections(binary).is_ok_and(|sections| {
        sections
            .iter()
            .any(|section| section.id == FUNCTION && section.count.is_some_and(|count| count > 1))
    })
}

fn config(flavour: Flavour, random: &mut Random) -> Config {
    let mut config = basic();
    // A module that traps at once shows little, and one that can't trap misses something.
    config.disallow_traps = random.chance(75);
    config.allow_start_export = random.chance(10);
    match flavour {
        Flavour::Numeric => {}
        Flavour::Bulk => {
            references(&mut config);
            // What never traps has no bulk operations on memories.
            config.disallow_traps = random.chance(50);
        }
        Flavour::Simd => {
            config.simd_enabled = true;
            config.multi_value_enabled = true;
        }
        Flavour::Gc => gc(&mut config),
        Flavour::Exceptions => {
            references(&mut config);
            config.exceptions_enabled = true;
            config.min_tags = 1;
            config.max_tags = 4;
            config.gc_enabled = random.chance(30);
        }
        Flavour::TailCalls => {
            references(&mut config);
            config.tail_call_enabled = true;
            config.min_funcs = 4;
            config.gc_enabled = random.chance(50);
        }
        Flavour::Memories => {
            references(&mut config);
            config.memory64_enabled = random.chance(60);
            config.min_memories = 2;
            config.max_memories = 4;
            config.simd_enabled = random.chance(30);
        }
    }
    config
}

/// The first version of the language, with what every engine has had since.
fn basic() -> Config {
    Config {
        bulk_memory_enabled: false,
        canonicalize_nans: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        limit_arrays_in_const_exprs: true,
        max_data_segments: 6,
        max_element_segments: 6,
        max_elements: 16,
        max_funcs: 4,
        max_globals: 6,
        max_imports: 0,
        max_instructions: 40,
        max_memory32_bytes: MEMORY_BYTES,
        max_memory64_bytes: MEMORY_BYTES.into(),
        max_table_elements: TABLE_ELEMENTS,
        max_tags: 0,
        max_types: 16,
        memory64_enabled: false,
        memory_max_size_required: true,
        min_funcs: 3,
        min_globals: 1,
        min_memories: 1,
        min_types: 3,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        shared_everything_threads_enabled: false,
        simd_enabled: false,
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

fn references(config: &mut Config) {
    config.bulk_memory_enabled = true;
    config.reference_types_enabled = true;
    config.multi_value_enabled = true;
    config.extended_const_enabled = true;
    config.min_tables = 1;
    config.max_tables = 4;
}

fn gc(config: &mut Config) {
    references(config);
    config.gc_enabled = true;
    config.min_types = 6;
    config.max_types = 24;
}
