//! The WebAssembly features that a module needs, and the first use of each.
//!
//! The validator determines the features. It first runs with WebAssembly 1.0 only, and its error names a missing feature and
//! the offset. It then runs again with this feature, until there is no error. No second table of the items of each feature
//! is necessary, and the result is exactly the set of features to enable.

use crate::{Error, Place, Result};
use serde::Serialize;
use std::fmt;
use transom::Escaped;
use transom::component::{self, FROZEN, GATES};
use wasmparser::WasmFeatures;

/// A feature that a module needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The name, as in the option `-W`.
    pub feature: String,
    /// The validator's message without the feature.
    pub because: String,
    /// Where it is needed first.
    pub place: Place,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}: {})", self.feature, self.place, self.because)
    }
}

/// Features that Transom has, by their names of the option `-W`.
const NAMES: &[(&str, WasmFeatures)] = &[
    ("mutable-global", WasmFeatures::MUTABLE_GLOBAL),
    ("saturating-float-to-int", WasmFeatures::SATURATING_FLOAT_TO_INT),
    ("sign-extension", WasmFeatures::SIGN_EXTENSION),
    ("multi-value", WasmFeatures::MULTI_VALUE),
    ("bulk-memory", WasmFeatures::BULK_MEMORY),
    ("reference-types", WasmFeatures::REFERENCE_TYPES),
    ("simd", WasmFeatures::SIMD),
    ("relaxed-simd", WasmFeatures::RELAXED_SIMD),
    ("tail-call", WasmFeatures::TAIL_CALL),
    ("extended-const", WasmFeatures::EXTENDED_CONST),
    ("multi-memory", WasmFeatures::MULTI_MEMORY),
    ("memory64", WasmFeatures::MEMORY64),
    ("function-references", WasmFeatures::FUNCTION_REFERENCES),
    ("gc", WasmFeatures::GC),
    ("exceptions", WasmFeatures::EXCEPTIONS),
    ("threads", WasmFeatures::THREADS),
    ("wide-arithmetic", WasmFeatures::WIDE_ARITHMETIC),
    ("custom-page-sizes", WasmFeatures::CUSTOM_PAGE_SIZES),
];

/// Proposals that Transom does not implement.
const ABSENT: &[(&str, WasmFeatures)] = &[
    ("legacy-exceptions", WasmFeatures::LEGACY_EXCEPTIONS),
    ("memory-control", WasmFeatures::MEMORY_CONTROL),
    ("stack-switching", WasmFeatures::STACK_SWITCHING),
    (
        "shared-everything-threads",
        WasmFeatures::SHARED_EVERYTHING_THREADS,
    ),
    ("custom-descriptors", WasmFeatures::CUSTOM_DESCRIPTORS),
    ("compact-imports", WasmFeatures::COMPACT_IMPORTS),
    ("acquire-release-atomics", WasmFeatures::ACQUIRE_RELEASE_ATOMICS),
    ("multibyte-array-access", WasmFeatures::MULTIBYTE_ARRAY_ACCESS),
];

/// All features that have a name.
fn all() -> impl Iterator<Item = (&'static str, WasmFeatures)> {
    NAMES.iter().chain(ABSENT).copied()
}

/// Sets of features that have a name of their own, oldest first.
pub const SETS: &[(&str, WasmFeatures)] = &[
    ("wasm1", WasmFeatures::WASM1),
    ("wasm2", WasmFeatures::WASM2),
    ("wasm3", WasmFeatures::WASM3),
];

/// The set of a name, or a list of names of features.
///
/// # Errors
///
/// There is no such name.
pub fn set(names: &str) -> Result<WasmFeatures> {
    let mut set = start();
    for name in names.split(',') {
        let known = || SETS.iter().copied().chain(all());
        let found = known().find(|(known, _)| *known == name);
        let (_, features) = found.ok_or_else(|| {
            let known = known().map(|(name, _)| name);
            let known = known.collect::<Vec<_>>().join(", ");
            Error::new(format!(
                "unknown feature or set of features `{}`; known ones are {known}",
                Escaped(name)
            ))
        })?;
        set |= features;
    }
    Ok(set)
}

/// What is no proposal: floats, and types that are collected.
fn start() -> WasmFeatures {
    WasmFeatures::FLOATS | WasmFeatures::GC_TYPES
}

/// The features that a valid module needs, or the modules of a component, in the order in which they need them.
///
/// # Errors
///
/// The module is not valid with any set of features.
pub fn needs(binary: &[u8]) -> Result<Vec<Need>> {
    needs_beside(binary, WasmFeatures::empty())
}

/// The same, where these features are on.
fn needs_beside(binary: &[u8], on: WasmFeatures) -> Result<Vec<Need>> {
    let mut features = start() | on;
    let mut needs = Vec::new();
    while let Err(error) = validate(binary, features) {
        let Some((name, feature)) = remedy(binary, features, &error) else {
            return Err(everything(binary).unwrap_or(error));
        };
        needs.push(Need {
            feature: name.to_owned(),
            because: error.message,
            place: error.place.unwrap_or(Place::Offset { offset: 0 }),
        });
        features |= feature;
    }
    Ok(needs)
}

/// How the names of the component model's features begin.
pub const COMPONENT: &str = "component-model-";

/// What is frozen of the component model, beside its first version.
const FROZEN_PARTS: &[(&str, WasmFeatures)] = &[
    ("async", WasmFeatures::CM_ASYNC),
    ("map", WasmFeatures::CM_MAP),
    ("implements", WasmFeatures::CM_IMPLEMENTS),
];

/// The features of the component model beside its first version: what follows [`COMPONENT`] in their names, and the same for the validator.
pub fn component_features() -> impl Iterator<Item = (&'static str, WasmFeatures)> {
    let gates = GATES.iter().map(|gate| (gate.name, gate.feature));
    FROZEN_PARTS.iter().copied().chain(gates)
}

/// The features that a valid component needs, by name: those of its modules, and of the component model those beside its first version,
/// frozen or not, whose names begin with [`COMPONENT`].
///
/// # Errors
///
/// The component is not valid with any set of features.
pub fn of_component(binary: &[u8]) -> Result<Vec<String>> {
    let known = component_features;
    let parts = known().fold(WasmFeatures::COMPONENT_MODEL, |all, (_, feature)| all | feature);
    let whole = with(all()) | parts;
    let check = |features| component::validate(binary, features);
    check(whole).map_err(|error| Error::of_validator(error.message, error.offset, error.missing))?;
    let needed = known().filter(|(_, feature)| check(whole - *feature).is_err());
    let needed = needed.map(|(name, _)| format!("{COMPONENT}{name}"));
    let modules = needs_beside(binary, parts)?;
    Ok(modules
        .into_iter()
        .map(|need| need.feature)
        .chain(needed)
        .collect())
}

/// What is wrong when all is on, which says more than that something is off.
fn everything(binary: &[u8]) -> Option<Error> {
    validate(binary, with(all())).err()
}

fn with(features: impl Iterator<Item = (&'static str, WasmFeatures)>) -> WasmFeatures {
    features.fold(start(), |all, (_, feature)| all | feature)
}

/// What an engine's refusal of a binary comes from, if it is a feature: an absent proposal, or an option that is off.
pub(crate) fn explain(binary: &[u8], error: Error) -> Error {
    let supported = with(NAMES.iter().copied());
    let Err(first) = validate(binary, supported) else {
        // It is valid with what the engine has, so something is off.
        let needs = needs(binary).unwrap_or_default();
        return match needs.iter().find(|need| Some(need.place) == error.place) {
            Some(need) => {
                let feature = &need.feature;
                let message = format!("the feature `{feature}` is disabled: {}", need.because);
                let remedy = format!("enable it: -W {feature}");
                Error { message, ..error }.remedy(remedy)
            }
            None => error,
        };
    };
    if first.place != error.place {
        return error;
    }
    match remedy(binary, supported, &first) {
        Some((name, _)) => Error {
            message: format!(
                "the module needs the proposal `{name}`, which transom does not have: {}",
                first.message
            ),
            missing: None,
            ..error
        }
        .remedy("compile the module without this proposal"),
        None => error,
    }
}

/// The feature that an error asks for, or that lets the validator come further.
fn remedy(binary: &[u8], features: WasmFeatures, error: &Error) -> Option<(&'static str, WasmFeatures)> {
    let mut off = all().filter(|(_, feature)| !features.contains(*feature));
    if let Some(missing) = error.missing {
        return off.find(|(_, feature)| feature.contains(missing));
    }
    off.find(|(_, feature)| match validate(binary, features | *feature) {
        Ok(()) => true,
        // A feature that builds on another one leads to that one's error, at the same place.
        Err(next) => reached(&next) > reached(error) || next.message != error.message,
    })
}

fn reached(error: &Error) -> u64 {
    match error.place {
        Some(Place::Offset { offset }) => offset,
        _ => 0,
    }
}

/// Validates a module or component with these features, and stops at the first error. What is frozen of the component model is on.
///
/// # Errors
///
/// It is malformed or invalid.
pub fn validate(binary: &[u8], features: WasmFeatures) -> Result<()> {
    let frozen = match component::is_component(binary) {
        true => FROZEN,
        false => WasmFeatures::empty(),
    };
    component::validate(binary, features | frozen).map_err(|error| {
        // A name in a message of one line may have several.
        let message = Escaped(&error.message).to_string();
        Error::of_validator(message, error.offset, error.missing)
    })
}

#[cfg(test)]
mod tests;
