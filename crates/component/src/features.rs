//! The features of the component model, as its specification has them (`design/mvp/Explainer.md`, "Gated features") where `wasm-tools` is 1.263.

use wasmparser::WasmFeatures;

/// What is frozen: components as WASI 0.2 and 0.3 use them, `map` and `implements` among it.
pub const FROZEN: WasmFeatures = WasmFeatures::COMPONENT_MODEL
    .union(WasmFeatures::CM_ASYNC)
    .union(WasmFeatures::CM_MAP)
    .union(WasmFeatures::CM_IMPLEMENTS);

/// A feature that the specification may still change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Its name.
    pub name: &'static str,
    /// Its sign in the specification.
    pub sign: &'static str,
    /// The same for the validator.
    pub feature: WasmFeatures,
}

/// All gates. None is open.
pub const GATES: &[Gate] = &[
    gate("values", "🪙", WasmFeatures::CM_VALUES),
    gate("nested-names", "🪺", WasmFeatures::CM_NESTED_NAMES),
    gate("more-async-builtins", "🚝", WasmFeatures::CM_MORE_ASYNC_BUILTINS),
    gate("async-stackful", "🚟", WasmFeatures::CM_ASYNC_STACKFUL),
    gate("threading", "🧵", WasmFeatures::CM_THREADING),
    gate("fixed-length-lists", "🔧", WasmFeatures::CM_FIXED_LENGTH_LISTS),
    gate("error-context", "📝", WasmFeatures::CM_ERROR_CONTEXT),
    gate("canonical-names", "🔗", WasmFeatures::CM_CANON_NAMES),
    gate("memory64", "🐘", WasmFeatures::CM64),
    gate("gc", "🛸", WasmFeatures::CM_GC),
    gate("accessors", "📡", WasmFeatures::CM_ACCESSORS),
    gate("forward", "➡️", WasmFeatures::CM_FORWARD),
];

const fn gate(name: &'static str, sign: &'static str, feature: WasmFeatures) -> Gate {
    Gate { name, sign, feature }
}

/// The gate of a feature, if it has one.
pub(crate) fn gate_of(feature: WasmFeatures) -> Option<&'static Gate> {
    GATES.iter().find(|gate| feature.contains(gate.feature))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feature that the validator has and this crate does not is one that nobody decided about.
    #[test]
    fn every_feature_of_components_is_frozen_or_behind_a_gate() {
        let known = GATES.iter().fold(FROZEN, |all, gate| all | gate.feature);
        for (name, feature) in WasmFeatures::all().iter_names() {
            let is_of_components = name.starts_with("CM") || name == "COMPONENT_MODEL";
            assert_eq!(known.contains(feature), is_of_components, "{name}");
        }
        for gate in GATES {
            assert!(!FROZEN.intersects(gate.feature), "{}", gate.name);
            assert_eq!(gate_of(gate.feature), Some(gate));
        }
    }
}
