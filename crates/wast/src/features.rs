//! The features that the specification's scripts are written for.
//!
//! The scripts of a proposal are those of its time: they say what was invalid then, which may be valid since. So each
//! folder of theirs runs with the features that it was written for, and its assertions hold as they stand.

use transom::component::FROZEN;
use transom::{Config, WasmFeatures};

/// The folders of proposals that don't run with [everything](config), and the features that each was written for.
const FOLDERS: [(&str, WasmFeatures); 11] = [
    ("mutable-global", WasmFeatures::WASM1),
    (
        "sign-extension-ops",
        WasmFeatures::WASM1.union(WasmFeatures::SIGN_EXTENSION),
    ),
    (
        "nontrapping-float-to-int-conversions",
        WasmFeatures::WASM1.union(WasmFeatures::SATURATING_FLOAT_TO_INT),
    ),
    (
        "multi-value",
        WasmFeatures::WASM1.union(WasmFeatures::MULTI_VALUE),
    ),
    ("threads", WasmFeatures::WASM1.union(WasmFeatures::THREADS)),
    (
        "reference-types",
        WasmFeatures::WASM1
            .union(BULK_AND_REFERENCES)
            .union(WasmFeatures::MULTI_VALUE),
    ),
    (
        "tail-call",
        WasmFeatures::WASM1
            .union(BULK_AND_REFERENCES)
            .union(WasmFeatures::TAIL_CALL),
    ),
    ("simd", WasmFeatures::WASM2.union(WasmFeatures::MULTI_MEMORY)),
    (
        "extended-const",
        WasmFeatures::WASM2.union(WasmFeatures::EXTENDED_CONST),
    ),
    ("memory64", WasmFeatures::WASM2.union(WasmFeatures::MEMORY64)),
    (
        "function-references",
        WasmFeatures::WASM2
            .union(WasmFeatures::FUNCTION_REFERENCES)
            .union(WasmFeatures::TAIL_CALL),
    ),
];

/// Two proposals that were made together: each has scripts that need the other.
const BULK_AND_REFERENCES: WasmFeatures = WasmFeatures::BULK_MEMORY.union(WasmFeatures::REFERENCE_TYPES);

/// Everything of WebAssembly 3.0, and the proposals beyond it that have scripts of their own: threads, custom page
/// sizes, wide arithmetic.
pub fn config() -> Config {
    with_features(
        WasmFeatures::WASM3
            .union(WasmFeatures::THREADS)
            .union(WasmFeatures::CUSTOM_PAGE_SIZES)
            .union(WasmFeatures::WIDE_ARITHMETIC),
    )
}

/// What the scripts of a proposal's folder are written for; everything, unless the table has the folder.
pub fn config_of(folder: &str) -> Config {
    let row = FOLDERS.iter().find(|(name, _)| *name == folder);
    row.map_or_else(config, |(_, features)| with_features(*features))
}

fn with_features(features: WasmFeatures) -> Config {
    let features = features | FROZEN;
    let mut config = Config::new();
    config
        .wasm_features(WasmFeatures::all(), false)
        .wasm_features(features, true);
    config
}
