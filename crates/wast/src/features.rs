//! The configuration that the specification's scripts are written for.

use transom::Config;

/// Everything of WebAssembly 3.0, and the proposals beyond it that have scripts of their own: threads, custom page
/// sizes, wide arithmetic.
pub fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_function_references(true)
        .wasm_gc(true)
        .wasm_exceptions(true)
        .wasm_memory64(true)
        .wasm_multi_memory(true)
        .wasm_tail_call(true)
        .wasm_extended_const(true)
        .wasm_relaxed_simd(true)
        .wasm_threads(true)
        .wasm_custom_page_sizes(true)
        .wasm_wide_arithmetic(true);
    config
}
