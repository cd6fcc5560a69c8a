//! How functions are compiled, by the keys of `-O`, in one table. Names follow the `wasmtime` command.

use crate::args::parse_size;
use crate::lists;
use std::ops::Range;
use std::str::FromStr;
use transom::{Config, OptLevel, RegallocAlgorithm, Strategy};

/// One key.
struct Key {
    name: &'static str,
    /// Its values, for people.
    values: &'static str,
    about: &'static str,
    parse: fn(Option<&str>) -> Result<Choice, String>,
}

const KEYS: &[Key] = &[
    Key {
        name: "opt-level",
        values: "0|1|2|s",
        about: "0: no optimisation; 1, 2: fast code [default: 2]; s: the same, small where that costs nothing",
        parse: opt_level,
    },
    Key {
        name: "regalloc-algorithm",
        values: "backtracking|single-pass",
        about: "register allocator: good code, or quick compilation [default: backtracking]",
        parse: |value| match value {
            Some("backtracking") => Ok(Choice::Registers(RegallocAlgorithm::Backtracking)),
            Some("single-pass") => Ok(Choice::Registers(RegallocAlgorithm::SinglePass)),
            _ => Err("write backtracking or single-pass".to_owned()),
        },
    },
    Key {
        name: "parallel-compilation",
        values: "y|n",
        about: "compile on all cores [default: y]",
        parse: |value| lists::switch(value).map(|on| Choice::Flag(Config::parallel_compilation, on)),
    },
    Key {
        name: "memory-init-cow",
        values: "y|n",
        about: "map the initial contents of memories, copy-on-write [default: y]",
        parse: |value| lists::switch(value).map(|on| Choice::Flag(Config::memory_init_cow, on)),
    },
    Key {
        name: "memory-reservation",
        values: "BYTES",
        about: "address space of a memory with 32-bit indices; 0 and 64M need little, but check bounds [default: 4G]",
        parse: |value| size(value).map(|bytes| Choice::Bytes(Config::memory_reservation, bytes)),
    },
    Key {
        name: "memory-guard-size",
        values: "BYTES",
        about: "inaccessible address space behind each memory [default: 32M]",
        parse: |value| size(value).map(|bytes| Choice::Bytes(Config::memory_guard_size, bytes)),
    },
    Key {
        name: "guard-before-linear-memory",
        values: "y|n",
        about: "inaccessible address space before each memory, too [default: y]",
        parse: |value| lists::switch(value).map(|on| Choice::Flag(Config::guard_before_linear_memory, on)),
    },
    Key {
        name: "compiler",
        values: "tiered|optimized|baseline",
        about: "tiered: each function quickly when it is first called, and well if it runs often [default]; optimized: all well, before \
            the program starts [default with opt-level, regalloc-algorithm, functions, --emit]; baseline: each quickly, and never again",
        parse: |value| match value {
            Some("optimized" | "cranelift") => Ok(Choice::Strategy(Strategy::Optimized)),
            Some("baseline" | "winch") => Ok(Choice::Strategy(Strategy::Baseline)),
            Some("tiered" | "auto") => Ok(Choice::Strategy(Strategy::Tiered)),
            _ => Err("write tiered, optimized or baseline".to_owned()),
        },
    },
    Key {
        name: "functions",
        values: "RANGE",
        about: "optimise only these functions, by index: 3..7 is 3 to 6, 3.. is 3 and all after it, 3 is 3 alone",
        parse: |value| functions(value.unwrap_or_default()).map(Choice::Functions),
    },
    #[cfg(feature = "planted-bug")]
    Key {
        name: "planted-bug",
        values: "y|n",
        about: "translate i32.ctz as i32.clz in optimised functions [default: n]",
        parse: |value| lists::switch(value).map(|on| Choice::Flag(Config::planted_bug, on)),
    },
];

/// A key with its value.
#[derive(Debug, Clone)]
pub enum Choice {
    /// `opt-level`
    Level(OptLevel),
    /// `compiler`
    Strategy(Strategy),
    /// `functions`
    Functions(Range<u32>),
    /// `regalloc-algorithm`
    Registers(RegallocAlgorithm),
    /// A setting of the engine that is on or off.
    Flag(fn(&mut Config, bool) -> &mut Config, bool),
    /// A setting of the engine that is a number of bytes.
    Bytes(fn(&mut Config, u64) -> &mut Config, u64),
}

/// What one `-O` says.
#[derive(Debug, Clone)]
pub enum Optimize {
    /// `-O help`
    Help,
    /// Keys with their values, in order.
    Set(Vec<Choice>),
}

impl FromStr for Optimize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "help" {
            return Ok(Optimize::Help);
        }
        let choices = lists::settings(text).map(|(name, value)| {
            let key = KEYS.iter().find(|key| key.name == name);
            let key = key.ok_or_else(|| format!("no setting `{name}`; `-O help` lists them"))?;
            (key.parse)(value).map_err(|what| format!("`{name}={}`: {what}", value.unwrap_or_default()))
        });
        choices.collect::<Result<_, _>>().map(Optimize::Set)
    }
}

fn size(value: Option<&str>) -> Result<u64, String> {
    parse_size(lists::required(value, "BYTES")?).map(|bytes| bytes as u64)
}

fn opt_level(value: Option<&str>) -> Result<Choice, String> {
    Ok(Choice::Level(match value {
        Some("0") => OptLevel::None,
        Some("1" | "2") => OptLevel::Speed,
        Some("s") => OptLevel::SpeedAndSize,
        _ => return Err("write 0, 1, 2 or s".to_owned()),
    }))
}

/// A range of indices of functions. The end is not part of it, as in Rust.
fn functions(text: &str) -> Result<Range<u32>, String> {
    let number = |text: &str, missing: u32| match text {
        "" => Ok(missing),
        _ => text.parse().map_err(|_| RANGE.to_owned()),
    };
    match text.split_once("..") {
        Some((start, end)) => {
            let range = number(start, 0)?..number(end, u32::MAX)?;
            match range.start <= range.end {
                true => Ok(range),
                false => Err("the range ends before it begins".to_owned()),
            }
        }
        None => {
            let index = text.parse::<u32>().map_err(|_| RANGE)?;
            Ok(index..index.saturating_add(1))
        }
    }
}

const RANGE: &str = "write a range of indices: 3..7, 3.., ..7, or 3";

/// A range as [`functions`] reads it.
pub fn range_text(range: &Range<u32>) -> String {
    match range.end - range.start {
        1 => range.start.to_string(),
        _ => format!("{}..{}", range.start, range.end),
    }
}

/// Whether one of the settings is `-O help`.
pub fn asks_for_help(settings: &[Optimize]) -> bool {
    settings.iter().any(|setting| matches!(setting, Optimize::Help))
}

/// Whether one of the settings says which functions are optimised.
pub fn restricts_functions(settings: &[Optimize]) -> bool {
    let restricts = |choice: &Choice| matches!(choice, Choice::Functions(_));
    settings.iter().any(|setting| match setting {
        Optimize::Help => false,
        Optimize::Set(choices) => choices.iter().any(restricts),
    })
}

/// Configures an engine; a later setting replaces an earlier one.
pub fn configure(config: &mut Config, settings: &[Optimize]) {
    for setting in settings {
        let Optimize::Set(choices) = setting else { continue };
        for choice in choices {
            match choice {
                Choice::Level(level) => config.cranelift_opt_level(*level),
                Choice::Strategy(strategy) => config.compilation(*strategy),
                Choice::Functions(range) => config.optimized_functions(range.clone()),
                Choice::Registers(algorithm) => config.cranelift_regalloc_algorithm(*algorithm),
                Choice::Flag(set, on) => set(config, *on),
                Choice::Bytes(set, bytes) => set(config, *bytes),
            };
        }
    }
}

/// What `-O help` prints.
pub fn help() -> String {
    let mut text = "How code is compiled, and how memories are mapped, for `-O KEY=VALUE`:\n\n".to_owned();
    for Key {
        name, values, about, ..
    } in KEYS
    {
        let key = format!("{name}={values}");
        text += &format!("  {key:44} {about}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_parsed() {
        let parsed = "opt-level=0,functions=3..7,memory-reservation=64M".parse();
        let Ok(Optimize::Set(choices)) = parsed else {
            panic!("{parsed:?}")
        };
        assert!(matches!(
            &choices[..],
            [
                Choice::Level(OptLevel::None),
                Choice::Functions(Range { start: 3, end: 7 }),
                Choice::Bytes(_, 0x400_0000)
            ]
        ));
        assert!(matches!("help".parse(), Ok(Optimize::Help)));
        for (text, what) in [
            ("fast", "-O help"),
            ("opt-level=3", "write 0, 1, 2 or s"),
            ("functions=x..", "write a range"),
            ("functions=-1", "write a range"),
            ("functions=5..3", "ends before it begins"),
            ("memory-reservation", "BYTES"),
            ("memory-init-cow=maybe", "y or n"),
        ] {
            let error = text.parse::<Optimize>().unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn ranges_are_read_as_they_are_written() {
        for (text, range) in [("3", 3..4), ("3..7", 3..7), ("0..0", 0..0)] {
            assert_eq!(functions(text), Ok(range.clone()));
            assert_eq!(range_text(&range), text);
        }
        assert_eq!(functions("3.."), Ok(3..u32::MAX));
        assert_eq!(functions("..3"), Ok(0..3));
    }
}
