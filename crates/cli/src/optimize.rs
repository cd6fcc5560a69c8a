//! How functions are compiled, by the keys of `-O`, in one table. Names follow the `wasmtime` command.

use std::ops::Range;
use std::str::FromStr;
use transom::{Config, OptLevel};

/// One key.
struct Key {
    name: &'static str,
    /// Its values, for people.
    values: &'static str,
    about: &'static str,
    parse: fn(&str) -> Result<Choice, String>,
}

const KEYS: &[Key] = &[
    Key {
        name: "opt-level",
        values: "0|1|2|s",
        about: "0: no optimisation; 1, 2: fast code [default: 2]; s: the same, small where that costs nothing",
        parse: opt_level,
    },
    Key {
        name: "functions",
        values: "RANGE",
        about: "optimise only these functions, by index: 3..7 is 3 to 6, 3.. is 3 and all after it, 3 is 3 alone",
        parse: |text| functions(text).map(Choice::Functions),
    },
    #[cfg(feature = "planted-bug")]
    Key {
        name: "planted-bug",
        values: "y|n",
        about: "translate i32.ctz as i32.clz in optimised functions [default: n]",
        parse: |text| match text {
            "y" => Ok(Choice::PlantedBug(true)),
            "n" => Ok(Choice::PlantedBug(false)),
            _ => Err("write y or n".to_owned()),
        },
    },
];

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// `opt-level`
    Level(OptLevel),
    /// `functions`
    Functions(Range<u32>),
    /// `planted-bug`
    #[cfg(feature = "planted-bug")]
    PlantedBug(bool),
}

/// What one `-O` says.
#[derive(Debug, Clone, PartialEq, Eq)]
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
        let choices = text.split(',').map(|setting| {
            let (name, value) = setting.split_once('=').unwrap_or((setting, "y"));
            let key = KEYS.iter().find(|key| key.name == name);
            let key = key.ok_or_else(|| format!("no setting `{name}`; `-O help` lists them"))?;
            (key.parse)(value).map_err(|what| format!("`{setting}`: {what}"))
        });
        choices.collect::<Result<_, _>>().map(Optimize::Set)
    }
}

fn opt_level(text: &str) -> Result<Choice, String> {
    Ok(Choice::Level(match text {
        "0" => OptLevel::None,
        "1" | "2" => OptLevel::Speed,
        "s" => OptLevel::SpeedAndSize,
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
    settings.contains(&Optimize::Help)
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
                Choice::Functions(range) => config.optimized_functions(range.clone()),
                #[cfg(feature = "planted-bug")]
                Choice::PlantedBug(planted) => config.planted_bug(*planted),
            };
        }
    }
}

/// What `-O help` prints.
pub fn help() -> String {
    let mut text = "Settings of the optimising compiler, for `-O KEY=VALUE`:\n\n".to_owned();
    for Key {
        name, values, about, ..
    } in KEYS
    {
        let key = format!("{name}={values}");
        text += &format!("  {key:20} {about}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_parsed() {
        let parsed = "opt-level=0,functions=3..7".parse();
        let choices = vec![Choice::Level(OptLevel::None), Choice::Functions(3..7)];
        assert_eq!(parsed, Ok(Optimize::Set(choices)));
        assert_eq!("help".parse(), Ok(Optimize::Help));
        for (text, what) in [
            ("fast", "-O help"),
            ("opt-level=3", "write 0, 1, 2 or s"),
            ("functions=x..", "write a range"),
            ("functions=-1", "write a range"),
            ("functions=5..3", "ends before it begins"),
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
