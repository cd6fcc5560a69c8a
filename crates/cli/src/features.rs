//! Features of the language and settings of how programs run, by the names of `-W`, in two tables. Names follow the `wasmtime`
//! command.

use crate::args::parse_size;
use crate::lists;
use std::collections::HashMap;
use std::str::FromStr;
use transom::Config;

/// One feature.
struct Feature {
    name: &'static str,
    /// Whether it is enabled by default: all of WebAssembly 3.0, threads and others.
    default: bool,
    /// A feature that it requires. If that is disabled, it is disabled unless `-W` enables it.
    needs: Option<&'static str>,
    set: fn(&mut Config, bool),
    about: &'static str,
}

macro_rules! features {
    ($($name:literal $default:ident $(needs $needs:literal)?: $about:literal, $($set:ident),+;)*) => {
        &[$(Feature {
            name: $name,
            default: features!(@$default),
            needs: features!(@needs $($needs)?),
            set: |config, on| { $(config.$set(on);)+ },
            about: $about,
        }),*]
    };
    (@on) => { true };
    (@off) => { false };
    (@needs) => { None };
    (@needs $needs:literal) => { Some($needs) };
}

/// A feature comes after the one that it needs.
const FEATURES: &[Feature] = features! {
    "bulk-memory" on: "memory.copy, table.init and other bulk instructions", wasm_bulk_memory;
    "custom-page-sizes" off: "memories with one-byte pages", wasm_custom_page_sizes;
    "extended-const" on: "arithmetic in constant expressions", wasm_extended_const;
    "memory64" on: "memories and tables with 64-bit indices", wasm_memory64;
    "multi-memory" on: "multiple memories in a module", wasm_multi_memory;
    "multi-value" on: "multiple results of functions and blocks", wasm_multi_value;
    "reference-types" on needs "bulk-memory": "externref and funcref, as values and in tables", wasm_reference_types;
    "function-references" on needs "reference-types": "typed function references", wasm_function_references;
    "gc" on needs "function-references": "structs, arrays and i31", wasm_gc;
    "exceptions" on needs "reference-types": "try_table, throw and exnref", wasm_exceptions;
    "legacy-exceptions" on needs "exceptions": "try, catch, delegate and rethrow of the legacy proposal", wasm_legacy_exceptions;
    "simd" on: "128-bit vectors", wasm_simd;
    "relaxed-simd" on needs "simd": "vector instructions whose results may differ between machines", wasm_relaxed_simd;
    "tail-call" on: "return_call, return_call_indirect, return_call_ref", wasm_tail_call;
    "threads" on: "atomic instructions and shared memories", wasm_threads;
    "wide-arithmetic" on: "128-bit addition and multiplication", wasm_wide_arithmetic;
};

/// A setting that is no feature of the language.
struct Behaviour {
    name: &'static str,
    /// Its values, for people.
    values: &'static str,
    about: &'static str,
    parse: fn(Option<&str>) -> Result<Setting, String>,
}

const BEHAVIOURS: &[Behaviour] = &[
    Behaviour {
        name: "nan-canonicalization",
        values: "y|n",
        about: "make every NaN that arithmetic returns the canonical one [default: n]",
        parse: |value| lists::switch(value).map(Setting::CanonicalNans),
    },
    Behaviour {
        name: "relaxed-simd-deterministic",
        values: "y|n",
        about: "relaxed vector instructions return the same on all machines [default: n]",
        parse: |value| lists::switch(value).map(Setting::DeterministicSimd),
    },
    Behaviour {
        name: "max-wasm-stack",
        values: "BYTES",
        about: "stack of the program: 512K, 8M [default: 512K]",
        parse: |value| parse_size(lists::required(value, "BYTES")?).map(Setting::Stack),
    },
    Behaviour {
        name: "unknown-imports-trap",
        values: "y|n",
        about: "functions that nobody defines trap when they are called [default: n]",
        parse: |value| unknown(value, UnknownImports::Trap),
    },
    Behaviour {
        name: "unknown-imports-default",
        values: "y|n",
        about: "imports that nobody defines are empty; functions return zeros and nulls [default: n]",
        parse: |value| unknown(value, UnknownImports::Default),
    },
    Behaviour {
        name: "trap-on-grow-failure",
        values: "y|n",
        about: "trap where a memory or table cannot grow, instead of returning -1 [default: n]",
        parse: |value| lists::switch(value).map(Setting::TrapOnGrowFailure),
    },
];

fn unknown(value: Option<&str>, how: UnknownImports) -> Result<Setting, String> {
    let how = lists::switch(value)?.then_some(how);
    Ok(Setting::UnknownImports(how))
}

/// What becomes of imports that nobody defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownImports {
    /// Functions trap.
    Trap,
    /// Everything has the default value of its type.
    Default,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A feature of the language, and whether it is on.
    Feature(&'static str, bool),
    /// `nan-canonicalization`
    CanonicalNans(bool),
    /// `relaxed-simd-deterministic`
    DeterministicSimd(bool),
    /// `max-wasm-stack`
    Stack(usize),
    /// `unknown-imports-trap` and `unknown-imports-default`
    UnknownImports(Option<UnknownImports>),
    /// `trap-on-grow-failure`
    TrapOnGrowFailure(bool),
}

/// The value of one option `-W`.
#[derive(Debug, Clone)]
pub enum Features {
    /// `-W help`
    Help,
    /// Settings, in order.
    Set(Vec<Setting>),
}

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "help" {
            return Ok(Features::Help);
        }
        let mut set = Vec::new();
        for (name, value) in lists::settings(text) {
            let wrong = |what: String| match value {
                Some(value) => format!("invalid value in `{name}={value}`: {what}"),
                None => format!("`{name}`: {what}"),
            };
            let behaviour = BEHAVIOURS.iter().find(|behaviour| behaviour.name == name);
            let feature = FEATURES.iter().find(|feature| feature.name == name);
            match (behaviour, feature) {
                (Some(behaviour), _) => set.push((behaviour.parse)(value).map_err(wrong)?),
                (None, Some(feature)) => {
                    set.push(Setting::Feature(
                        feature.name,
                        lists::switch(value).map_err(wrong)?,
                    ));
                }
                (None, None) if name == "all-proposals" => {
                    let on = lists::switch(value).map_err(wrong)?;
                    set.extend(FEATURES.iter().map(|feature| Setting::Feature(feature.name, on)));
                }
                (None, None) => {
                    return Err(format!("unknown feature `{name}`; `-W help` lists the features"));
                }
            }
        }
        Ok(Features::Set(set))
    }
}

/// The settings of all options `-W`, in order.
fn all(options: &[Features]) -> impl Iterator<Item = &Setting> {
    options.iter().flat_map(|option| match option {
        Features::Help => &[],
        Features::Set(settings) => settings.as_slice(),
    })
}

/// What becomes of imports that nobody defines; `None` if they are an error.
pub fn unknown_imports(options: &[Features]) -> Option<UnknownImports> {
    let asked = all(options).filter_map(|setting| match setting {
        Setting::UnknownImports(how) => Some(*how),
        _ => None,
    });
    asked.last().flatten()
}

/// Whether a program traps where a memory or table cannot grow.
pub fn traps_on_grow_failure(options: &[Features]) -> bool {
    let asked = all(options).filter_map(|setting| match setting {
        Setting::TrapOnGrowFailure(on) => Some(*on),
        _ => None,
    });
    asked.last().unwrap_or(false)
}

/// The configuration of all options `-W`; none for `-W help`.
pub fn config(settings: &[Features]) -> Option<Config> {
    if settings.iter().any(|option| matches!(option, Features::Help)) {
        return None;
    }
    let mut asked = HashMap::new();
    let mut config = Config::new();
    for setting in all(settings) {
        match *setting {
            Setting::Feature(name, on) => drop(asked.insert(name, on)),
            Setting::CanonicalNans(on) => drop(config.cranelift_nan_canonicalization(on)),
            Setting::DeterministicSimd(on) => drop(config.relaxed_simd_deterministic(on)),
            Setting::Stack(bytes) => drop(config.max_wasm_stack(bytes)),
            Setting::UnknownImports(_) | Setting::TrapOnGrowFailure(_) => {}
        }
    }
    let mut on = HashMap::new();
    for feature in FEATURES {
        let possible = feature.needs.is_none_or(|needed| on[needed]);
        let value = asked
            .get(feature.name)
            .copied()
            .unwrap_or(feature.default && possible);
        on.insert(feature.name, value);
        (feature.set)(&mut config, value);
    }
    Some(config)
}

/// What `-W help` prints.
pub fn help() -> String {
    let mut text = "WebAssembly features; `-W NAME` enables one, `-W NAME=n` disables it:\n\n".to_owned();
    for Feature {
        name, default, about, ..
    } in FEATURES
    {
        let default = if *default { "on" } else { "off" };
        text += &format!("  {name:20} {default:4} {about}\n");
    }
    text += "\n`-W all-proposals` enables all of them. How programs run:\n\n";
    for Behaviour {
        name, values, about, ..
    } in BEHAVIOURS
    {
        let key = format!("{name}={values}");
        text += &format!("  {key:32} {about}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_parsed() {
        let Ok(Features::Set(list)) = "gc,simd=n".parse::<Features>() else {
            panic!("not parsed")
        };
        assert_eq!(
            list,
            [Setting::Feature("gc", true), Setting::Feature("simd", false)]
        );
        assert!("nonsense".parse::<Features>().unwrap_err().contains("-W help"));
        assert!("gc=maybe".parse::<Features>().is_err());
        assert!(
            "max-wasm-stack"
                .parse::<Features>()
                .unwrap_err()
                .contains("BYTES")
        );
        let list = ["unknown-imports-trap,max-wasm-stack=1M,trap-on-grow-failure"
            .parse()
            .unwrap()];
        assert_eq!(unknown_imports(&list), Some(UnknownImports::Trap));
        assert!(traps_on_grow_failure(&list) && config(&list).is_some());
        let list = ["unknown-imports-default,unknown-imports-default=n"
            .parse()
            .unwrap()];
        assert_eq!(unknown_imports(&list), None);
        assert!(config(&["help".parse().unwrap()]).is_none());
    }

    #[test]
    fn engines_accept_what_follows_from_a_setting() {
        for setting in [
            "simd=n",
            "reference-types=n",
            "bulk-memory=n",
            "gc=n",
            "wide-arithmetic,threads=n",
        ] {
            let config = config(&[setting.parse().unwrap()]).unwrap();
            assert!(transom::Engine::new(&config).is_ok(), "{setting}");
        }
    }

    #[test]
    fn what_is_needed_comes_first() {
        for (index, feature) in FEATURES.iter().enumerate() {
            let before = |needed: &str| FEATURES[..index].iter().any(|feature| feature.name == needed);
            assert!(feature.needs.is_none_or(before), "{}", feature.name);
        }
    }
}
