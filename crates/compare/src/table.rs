//! What is known of each engine: how it is started, and what its messages mean. All of it is data, in `engines/*.toml`.

use crate::outcome::{Outcome, Phase, Step};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use transom::Escaped;

/// An engine that is a command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table {
    /// What it is called in lists of engines.
    pub name: String,
    /// What it is called by people.
    pub title: String,
    /// Its commands, the likeliest first.
    pub programs: Vec<String>,
    /// What makes it print its version.
    pub version: Vec<String>,
    /// How it is asked things.
    pub arguments: Arguments,
    /// What switches a feature on, for those that are off by default: flags, which take the place of `{flags}`, or
    /// variables of the environment, as `NAME=VALUE`.
    #[serde(default)]
    pub flags: BTreeMap<String, Vec<String>>,
    /// What its messages tell about how far it got.
    #[serde(default)]
    pub phases: Vec<PhaseOf>,
    /// What its messages mean; the first one that fits counts.
    #[serde(default)]
    messages: Vec<Meaning>,
    /// The engine whose messages it shares.
    messages_of: Option<String>,
    /// What its complaints about a program begin with, by which they are told from what the program writes itself.
    #[serde(default)]
    complaints: Vec<String>,
    /// Whether it was not to be had for recording what it says, so that all of this is from its documentation.
    #[serde(default)]
    pub unseen: bool,
}

/// The arguments for each thing that an engine may be asked. `{file}`, `{call}`, `{flags}` stand for what they name.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// Call one export.
    pub call: Option<Vec<String>>,
    /// Do all that the file `{jobs}` says, by `{runner}`, and write to `{out}`.
    pub jobs: Option<Vec<String>>,
    /// What somebody would type to see a call by itself, where `call` is not there.
    pub shown: Option<Vec<String>>,
    /// Run a program of WASI; its arguments come last.
    pub program: Option<Vec<String>>,
    /// Run a script of the specification.
    pub script: Option<Vec<String>>,
    /// Call one function of a component, where `{call}` has its arguments in WAVE. Who has no such row takes no components.
    pub function: Option<Vec<String>>,
    /// Instantiate a component.
    pub instantiate: Option<Vec<String>>,
}

/// A phase that a message tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseOf {
    says: String,
    phase: Phase,
}

/// What a message means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// A part of what the engine says.
    says: String,
    means: Outcome,
}

macro_rules! tables {
    ($($name:literal)*) => { [$(include_str!(concat!("engines/", $name, ".toml"))),*] };
}

/// One table for each kind of engine.
static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    tables!("transom" "wasmtime" "wasmer" "wasmi" "wasmedge" "iwasm" "wasm-interp" "reference" "node" "deno" "bun" "wizard")
        .iter()
        .map(|text| toml::from_str(text).expect("a test reads all of them"))
        .collect()
});

/// All kinds of engines.
pub fn tables() -> &'static [Table] {
    &TABLES
}

/// The table of an engine by its name, which may have more behind a hyphen: `wasmtime-45` is a `wasmtime`.
pub fn table(name: &str) -> Option<&'static Table> {
    let is = |table: &&Table| {
        let rest = name.strip_prefix(&table.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    TABLES.iter().filter(is).max_by_key(|table| table.name.len())
}

/// How much of a message is kept.
const MESSAGE: usize = 300;

impl Table {
    /// What an engine itself says at the end of a program; all of it if nothing is known of how it complains.
    pub(crate) fn complaint<'s>(&self, stderr: &'s str) -> Option<&'s str> {
        if self.complaints.is_empty() {
            return Some(stderr);
        }
        let lines = std::iter::once(0).chain(stderr.match_indices('\n').map(|(at, _)| at + 1));
        let mut ends = lines
            .map(|at| &stderr[at..])
            .collect::<Vec<_>>()
            .into_iter()
            .rev();
        ends.find(|end| self.complaints.iter().any(|known| end.starts_with(&**known)))
    }

    /// What an engine's words mean.
    pub fn meaning(&self, said: &str) -> Option<Step> {
        let same = self.messages_of.as_deref().and_then(table);
        let mut messages = same.unwrap_or(self).messages.iter();
        let meaning = messages.find(|known| said.contains(&known.says))?;
        let told = self.phases.iter().find(|known| said.contains(&known.says));
        let phase = match &meaning.means {
            Outcome::Refused | Outcome::Unsupported(_) => Phase::Validate,
            Outcome::Unlinkable(_) => Phase::Link,
            // It may be so of one step of many.
            Outcome::Impossible(_) => Phase::Execute,
            _ => told.map_or(Phase::Execute, |told| told.phase),
        };
        let at = said.lines().find(|line| line.contains(&meaning.says));
        Some(Step::new(phase, meaning.means.clone()).saying(brief(at.unwrap_or(said))))
    }
}

/// The first line that says something, or the beginning of it, with nothing that acts on a terminal.
pub(crate) fn brief(said: &str) -> String {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty());
    let chars = line.unwrap_or_default().chars().take(MESSAGE);
    let shown = |c: char| match Escaped(c).is_escape() {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    chars.map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_can_be_read_and_features_are_known_ones() {
        for table in tables() {
            for feature in table.flags.keys() {
                let part = feature.strip_prefix(transom_inspect::needs::COMPONENT);
                let known = match part {
                    Some(part) => transom_inspect::needs::component_features().any(|(name, _)| name == part),
                    None => transom_inspect::needs::set(feature).is_ok(),
                };
                assert!(known, "{}: {feature}", table.name);
            }
            let Arguments { call, jobs, .. } = &table.arguments;
            assert!(
                call.is_some() != jobs.is_some() || table.arguments.script.is_some(),
                "{}",
                table.name
            );
        }
        assert_eq!(table("wasmtime-45").map(|table| &*table.name), Some("wasmtime"));
        assert_eq!(
            table("wasm-interp").map(|table| &*table.name),
            Some("wasm-interp")
        );
        assert!(table("wasmtimes").is_none());
    }
}
