//! Configuration lines: `;;! gc = true` in the first lines of a script, as in the scripts of Wasmtime's repository.
//!
//! The lines are TOML, and hold nothing but booleans. The keys are Wasmtime's. A key that is absent leaves the
//! configuration as it is, so a script with such lines runs with all that it needs; Wasmtime disables what is
//! absent.

use crate::outcome::ScriptError;
use transom::{Config, Escaped, WasmFeatures};

/// What a line begins with.
const PREFIX: &str = ";;!";

/// What a key configures.
enum Effect {
    /// A feature. If it is disabled, the others cannot stay enabled.
    Feature(WasmFeatures, WasmFeatures),
    /// Results that are NaN have one form.
    CanonicalNans,
    /// A feature that does not exist here.
    Lacking(&'static str),
    /// Nothing here, for a reason.
    Nothing(&'static str),
}

/// All that needs references.
const WITH_REFERENCES: WasmFeatures = WasmFeatures::FUNCTION_REFERENCES
    .union(WasmFeatures::GC)
    .union(WasmFeatures::EXCEPTIONS)
    .union(WasmFeatures::LEGACY_EXCEPTIONS);

const fn alone(feature: WasmFeatures) -> Effect {
    Effect::Feature(feature, WasmFeatures::empty())
}

/// The keys; those of features of the component model are recognised by their beginning.
const KEYS: &[(&str, Effect)] = &[
    (
        "bulk_memory",
        Effect::Feature(
            WasmFeatures::BULK_MEMORY,
            WITH_REFERENCES.union(WasmFeatures::REFERENCE_TYPES),
        ),
    ),
    ("custom_page_sizes", alone(WasmFeatures::CUSTOM_PAGE_SIZES)),
    (
        "exceptions",
        Effect::Feature(WasmFeatures::EXCEPTIONS, WasmFeatures::LEGACY_EXCEPTIONS),
    ),
    ("extended_const", alone(WasmFeatures::EXTENDED_CONST)),
    (
        "function_references",
        Effect::Feature(WasmFeatures::FUNCTION_REFERENCES, WasmFeatures::GC),
    ),
    ("gc", alone(WasmFeatures::GC)),
    ("legacy_exceptions", alone(WasmFeatures::LEGACY_EXCEPTIONS)),
    ("memory64", alone(WasmFeatures::MEMORY64)),
    ("multi_memory", alone(WasmFeatures::MULTI_MEMORY)),
    (
        "reference_types",
        Effect::Feature(WasmFeatures::REFERENCE_TYPES, WITH_REFERENCES),
    ),
    ("relaxed_simd", alone(WasmFeatures::RELAXED_SIMD)),
    (
        "simd",
        Effect::Feature(WasmFeatures::SIMD, WasmFeatures::RELAXED_SIMD),
    ),
    ("tail_call", alone(WasmFeatures::TAIL_CALL)),
    ("threads", alone(WasmFeatures::THREADS)),
    ("wide_arithmetic", alone(WasmFeatures::WIDE_ARITHMETIC)),
    ("nan_canonicalization", Effect::CanonicalNans),
    (
        "component_model",
        Effect::Nothing("components are supported in every configuration"),
    ),
    ("custom_descriptors", Effect::Lacking("custom descriptors")),
    (
        "shared_everything_threads",
        Effect::Lacking("shared-everything threads"),
    ),
    ("stack_switching", Effect::Lacking("stack switching")),
    (
        "gc_types",
        Effect::Nothing("the types of objects belong to the feature gc"),
    ),
    (
        "hogs_memory",
        Effect::Nothing("there is no pool of memories that is too small"),
    ),
    (
        "spec_test",
        Effect::Nothing("scripts of the specification run like others"),
    ),
];

/// The keys of features of the component model that are not frozen.
const COMPONENTS: (&str, Effect) = (
    "component_model_",
    Effect::Lacking("this feature of the component model"),
);

/// The configuration lines of a script.
#[derive(Default)]
pub struct Settings {
    features: Vec<(&'static Effect, bool)>,
    notes: Vec<Note>,
}

/// A configuration line that makes no difference, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The line, from 1.
    pub line: usize,
    /// The reason.
    pub message: String,
}

impl Settings {
    /// Reads the first lines of a script, as long as they are configuration lines.
    ///
    /// # Errors
    ///
    /// A line is not `key = true` or `key = false`, its key is unknown, or it enables a feature that does not exist here.
    pub fn of(script: &str) -> Result<Settings, ScriptError> {
        let mut settings = Settings::default();
        let mut is_head = true;
        for (index, line) in script.lines().enumerate() {
            let number = index + 1;
            let Some(setting) = line.strip_prefix(PREFIX) else {
                is_head = false;
                continue;
            };
            if is_head {
                let read = settings.read(number, setting);
                read.map_err(|message| ScriptError::at_line(number, message))?;
            } else {
                settings.note(number, "ignored: configuration lines must be the first lines");
            }
        }
        Ok(settings)
    }

    fn read(&mut self, line: usize, setting: &str) -> Result<(), String> {
        let setting = setting.split('#').next().unwrap_or_default().trim();
        if setting.is_empty() {
            return Ok(());
        }
        let shown = Escaped(setting);
        let malformed =
            || format!("invalid configuration line `{shown}`: expected `KEY = true` or `KEY = false`");
        let (key, value) = setting.split_once('=').ok_or_else(malformed)?;
        let (key, value) = (key.trim(), value.trim());
        let value = value.parse::<bool>().map_err(|_| malformed())?;
        let row = KEYS.iter().find(|(name, _)| *name == key);
        let is_component = key.starts_with(COMPONENTS.0);
        let effect = row
            .map(|(_, effect)| effect)
            .or(is_component.then_some(&COMPONENTS.1));
        match effect {
            None => return Err(format!("unknown key `{}` in a configuration line", Escaped(key))),
            Some(Effect::Lacking(what)) if value => {
                return Err(format!("cannot enable `{key}`: Transom does not support {what}"));
            }
            Some(Effect::Lacking(_)) => {}
            Some(Effect::Nothing(reason)) => {
                self.note(line, &format!("`{key}` makes no difference: {reason}"))
            }
            Some(effect) => self.features.push((effect, value)),
        }
        Ok(())
    }

    fn note(&mut self, line: usize, message: &str) {
        let message = message.to_owned();
        self.notes.push(Note { line, message });
    }

    /// Whether the configuration stays as it is.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// The lines that make no difference, in their order.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Changes a configuration. A feature that is disabled disables those that need it, unless they are enabled.
    pub fn configure(&self, config: &mut Config) {
        for (effect, value) in &self.features {
            match effect {
                Effect::Feature(feature, dependent) if !value => {
                    config.wasm_features(feature.union(*dependent), false);
                }
                Effect::CanonicalNans => {
                    config.cranelift_nan_canonicalization(*value);
                }
                _ => {}
            }
        }
        for (effect, value) in &self.features {
            if let Effect::Feature(feature, _) = effect
                && *value
            {
                config.wasm_features(*feature, true);
            }
        }
    }
}

#[cfg(test)]
mod tests;
