//! Features of the language by the names of `-W`, in one table.

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

/// The value of one option `-W`.
#[derive(Debug, Clone)]
pub enum Features {
    /// `-W help`
    Help,
    /// Names and whether they are on.
    Set(Vec<(&'static str, bool)>),
}

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "help" {
            return Ok(Features::Help);
        }
        let settings = text.split(',').map(|setting| {
            let (name, value) = setting.split_once('=').unwrap_or((setting, "y"));
            let feature = FEATURES.iter().find(|feature| feature.name == name);
            let name = feature
                .ok_or_else(|| format!("unknown feature `{name}`; `-W help` lists the features"))?
                .name;
            match value {
                "y" | "yes" | "true" => Ok((name, true)),
                "n" | "no" | "false" => Ok((name, false)),
                _ => Err(format!("invalid value in `{name}={value}`; expected y or n")),
            }
        });
        settings.collect::<Result<_, _>>().map(Features::Set)
    }
}

/// The configuration of all options `-W`; none for `-W help`.
pub fn config(settings: &[Features]) -> Option<Config> {
    let mut asked = HashMap::new();
    for setting in settings {
        match setting {
            Features::Help => return None,
            Features::Set(list) => asked.extend(list.iter().copied()),
        }
    }
    let mut config = Config::new();
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
        assert_eq!(list, [("gc", true), ("simd", false)]);
        assert!("nonsense".parse::<Features>().unwrap_err().contains("-W help"));
        assert!("gc=maybe".parse::<Features>().is_err());
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
