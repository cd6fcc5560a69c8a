//! The document with the results.

#[cfg(test)]
mod tests;

use super::steps::{Report, Verdict};
use super::table::{Row, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What comes before the results.
const INTRODUCTION: &str = include_str!("introduction.md");
const HEAD: &str = "| module | language | package | bytes | imports / exports | features beyond WebAssembly 1.0 | text | compile | task |\n\
                    |---|---|---|--:|--:|---|---|---|---|\n";

/// The rows of the table, in its order.
pub struct Document {
    lines: Vec<(String, String)>,
    facts: String,
}

impl Document {
    /// The rows as the old document has them, for modules that do not run now.
    pub fn new(rows: &[Row], old: &str) -> Document {
        let old: BTreeMap<&str, &str> = old
            .lines()
            .filter_map(|line| {
                let name = line.strip_prefix("| ")?.split(" | ").next()?;
                Some((name, line))
            })
            .collect();
        let line = |row: &Row| match old.get(row.name.as_str()) {
            Some(line) => (*line).to_owned(),
            None => format!("{} | | | | | | |", start(row)),
        };
        Document {
            lines: rows.iter().map(|row| (row.name.clone(), line(row))).collect(),
            facts: facts(rows),
        }
    }

    /// Replaces a row.
    pub fn set(&mut self, row: &Row, report: &Report) {
        if let Some((_, line)) = self.lines.iter_mut().find(|(name, _)| *name == row.name) {
            *line = self::line(row, report);
        }
    }

    pub fn text(&self) -> String {
        let mut text = format!("{INTRODUCTION}\n{}\n\n{HEAD}", self.facts);
        for (_, line) in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// How many modules, languages and programs there are.
fn facts(rows: &[Row]) -> String {
    let mut languages = BTreeMap::<&str, usize>::new();
    for row in rows {
        *languages.entry(&row.language).or_default() += 1;
    }
    let packages: BTreeSet<&str> = rows.iter().map(|row| row.package.name.as_str()).collect();
    let programs = rows.iter().filter(|row| row.task.is_some()).count();
    let names: Vec<String> = languages
        .iter()
        .map(|(language, number)| format!("{language} ({number})"))
        .collect();
    format!(
        "{} modules of {} packages, compiled from {} languages: {}. {programs} of them are WASI programs with a task.",
        rows.len(),
        packages.len(),
        languages.len(),
        names.join(", ")
    )
}

/// The cells that come from the table.
fn start(row: &Row) -> String {
    let package = &row.package;
    format!(
        "| {} | {} | {} `{}` {}",
        row.name,
        row.language,
        package.registry.name(),
        package.name,
        package.version
    )
}

fn line(row: &Row, report: &Report) -> String {
    let mut line = format!("{} | {}", start(row), report.size);
    for step in [
        Step::Inspect,
        Step::Validate,
        Step::Roundtrip,
        Step::Compile,
        Step::Run,
    ] {
        let cell = match report.verdict(row, step) {
            None => String::new(),
            Some(Verdict::Passed(said)) => said.to_owned(),
            Some(Verdict::Known(known)) => format!("known failure: {}", known.reason),
            Some(Verdict::Failed(_)) => "FAILED".to_owned(),
            Some(Verdict::UnexpectedPass(_)) => "PASSED UNEXPECTEDLY".to_owned(),
        };
        write!(line, " | {}", cell.replace('|', "\\|")).expect("a string can be written");
    }
    line + " |"
}
