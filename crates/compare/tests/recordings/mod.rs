//! What tests of recorded answers share: cases and recordings lie in folders, and engines are looked for in the folder of `cargo xtask engines`, then on
//! the PATH.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use transom_compare::process::Bounds;
use transom_compare::{Answer, CommandEngine, Table, tables};

/// What an engine of some version said to every case.
#[derive(Serialize, Deserialize)]
pub struct Recording {
    pub engine: String,
    pub version: String,
    pub answers: BTreeMap<String, Vec<Answer>>,
}

impl Recording {
    pub fn read(file: &Path) -> Recording {
        let text = std::fs::read_to_string(file).expect("text");
        serde_json::from_str(&text).expect("a recording")
    }

    /// What was said to a case of one step.
    pub fn answer(&self, case: &str) -> &Answer {
        let answers = self.answers.get(case);
        &answers.unwrap_or_else(|| panic!("{} {}: {case} is not recorded", self.engine, self.version))[0]
    }

    /// Keeps what an engine said, in a folder of this name.
    pub fn write(&self, kept: &str) {
        let number = self
            .version
            .split(|c: char| c.is_whitespace() || c == 'v')
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
        let name = format!("{}-{}.json", self.engine, number.expect("a version"));
        let text = serde_json::to_string_pretty(self).expect("plain");
        std::fs::write(folder(kept).join(name), text + "\n").expect("the recording can be written");
    }
}

/// How long a case may take: one never ends, and no engine needs as much as this for the others.
pub fn bounds(case: &str) -> Bounds {
    Bounds {
        time: Duration::from_millis(if case == "time" { 700 } else { 20_000 }),
        output: 4096,
    }
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect::<Vec<_>>();
    files.sort();
    files
}

/// The engines that are here, of those kinds that are wanted.
pub fn installed(is_wanted: impl Fn(&Table) -> bool) -> Vec<(&'static Table, CommandEngine)> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let mut folders = vec![target.join("engines/bin")];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let known = tables()
        .iter()
        .filter(|table| table.name != "transom" && is_wanted(table));
    let here = known.filter_map(|table| {
        let programs = folders
            .iter()
            .flat_map(|folder| table.programs.iter().map(|program| folder.join(program)));
        let program = programs.into_iter().find(|program| program.is_file())?;
        let words = vec![program.to_string_lossy().into_owned()];
        let engine = CommandEngine::new(&table.name, table, words, Bounds::default());
        Some((table, engine.ok()?))
    });
    here.collect()
}
