//! Modules that `wasm-smith` makes of the fuzzer's bytes, or that the bytes are.

use arbitrary::{Result, Unstructured};
use wasm_smith::{Config, Module};

/// What binaries start with.
pub const MAGIC: &[u8] = b"\0asm";
/// What memories may have and grow to, so that an input's memories can be compared byte by byte.
const MEMORY_BYTES: u64 = 4 << 16;
/// The same for tables.
const TABLE_ELEMENTS: u64 = 200;

/// A valid module with any features, for checks that run nothing; a binary among the inputs is taken as it is.
pub fn any(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.starts_with(MAGIC) {
        return Some(bytes.to_vec());
    }
    let mut input = Unstructured::new(bytes);
    let config = any_config(&mut input).ok()?;
    module(config, &mut input)
}

/// A module of the rest of the input.
pub fn module(config: Config, input: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    Some(Module::new(config, input).ok()?.to_bytes())
}

/// Everything that Transom has, parts of it switched off by the input.
fn any_config(input: &mut Unstructured<'_>) -> Result<Config> {
    let mut config = small(input)?;
    let bits: u8 = input.arbitrary()?;
    let flag = |bit: u8| bits & (1 << bit) != 0;
    config.gc_enabled = flag(0);
    config.exceptions_enabled = flag(1);
    config.threads_enabled = flag(2);
    config.allow_start_export = flag(3);
    config.export_everything = flag(4);
    config.disallow_traps = flag(5);
    config.generate_custom_sections = flag(6);
    config.max_imports = if flag(7) { 8 } else { 0 };
    config.max_memory32_bytes = 1 << 32;
    config.max_memory64_bytes = 1 << 48;
    Ok(config)
}

/// Modules that import nothing and export all they have, of a size that runs in no time.
pub fn small(input: &mut Unstructured<'_>) -> Result<Config> {
    let bits: u16 = input.arbitrary()?;
    let flag = |bit: u16| bits & (1 << bit) != 0;
    Ok(Config {
        allow_start_export: flag(0),
        canonicalize_nans: false,
        compact_imports_enabled: false,
        custom_page_sizes_enabled: flag(1),
        disallow_traps: flag(2),
        exceptions_enabled: false,
        export_everything: true,
        gc_enabled: false,
        limit_arrays_in_const_exprs: true,
        max_data_segments: 6,
        max_element_segments: 6,
        max_elements: 16,
        max_funcs: if flag(3) { 12 } else { 4 },
        max_globals: 8,
        max_imports: 0,
        max_instructions: if flag(4) { 400 } else { 60 },
        max_memories: if flag(5) { 4 } else { 1 },
        max_memory32_bytes: MEMORY_BYTES,
        max_memory64_bytes: MEMORY_BYTES.into(),
        max_table_elements: TABLE_ELEMENTS,
        max_tables: 4,
        max_tags: 4,
        max_types: 24,
        memory64_enabled: flag(6),
        memory_max_size_required: true,
        min_funcs: 1,
        relaxed_simd_enabled: flag(7),
        simd_enabled: flag(8),
        table_max_size_required: true,
        tail_call_enabled: flag(9),
        threads_enabled: false,
        wide_arithmetic_enabled: flag(10),
        ..Config::default()
    })
}
