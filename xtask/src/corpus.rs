//! Modules of other people, from the registries: `cargo xtask corpus` runs Transom on them and writes `docs/corpus.md`.
//!
//! `xtask/corpus/modules.txt` has a row for each module: its package, and the task of a WASI program. Packages are fetched once, and
//! compared with the hash of their row each time. A package that cannot be fetched is skipped with a message; the document keeps its
//! old row. Everything else that is not as the table has it is a failure.

mod document;
mod package;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod wasi;

use crate::cargo::cargo;
use crate::folders::target_folder;
use document::Document;
use package::{Store, Unavailable};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use steps::{Report, Steps};
use table::Row;
use wasi::Engines;

/// The modules and their packages.
const TABLE: &str = "xtask/corpus/modules.txt";
const DOCUMENT: &str = "docs/corpus.md";

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    only: Vec<String>,
    offline: bool,
    check: bool,
}

impl Wanted {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--only" => {
                    let names = arguments.next().ok_or("`--only` needs names")?;
                    wanted.only.extend(names.split(',').map(str::to_owned));
                }
                "--offline" => wanted.offline = true,
                "--check" => wanted.check = true,
                other => return Err(format!("unknown option `{other}`")),
            }
        }
        Ok(wanted)
    }

    /// The rows to run.
    fn select<'a>(&self, rows: &'a [Row]) -> Result<Vec<&'a Row>, String> {
        let unknown = self
            .only
            .iter()
            .find(|name| rows.iter().all(|row| row.name != **name));
        if let Some(name) = unknown {
            return Err(format!("unknown module `{name}`; {TABLE} has their names"));
        }
        let selected = rows
            .iter()
            .filter(|row| self.only.is_empty() || self.only.contains(&row.name));
        Ok(selected.collect())
    }
}

/// How many modules ended how.
#[derive(Debug, Default)]
struct Counts {
    passed: usize,
    tasks: usize,
    failed: Vec<String>,
    skipped: Vec<String>,
}

/// Runs the steps on the modules; fails if one of them does not do what its row says.
pub fn run(root: &Path, arguments: impl Iterator<Item = String>) -> ExitCode {
    let ended = Wanted::parse(arguments).and_then(|wanted| Corpus::new(root, wanted)?.run());
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::from(2)
        }
    }
}

/// One run of the command.
struct Corpus {
    root: PathBuf,
    wanted: Wanted,
    rows: Vec<Row>,
    store: Store,
    target: PathBuf,
}

impl Corpus {
    fn new(root: &Path, wanted: Wanted) -> Result<Corpus, String> {
        let text = fs::read_to_string(root.join(TABLE)).map_err(|error| format!("{TABLE}: {error}"))?;
        let target = target_folder(root);
        let target = std::path::absolute(&target).unwrap_or(target);
        Ok(Corpus {
            root: root.to_owned(),
            store: Store::new(target.join("corpus"), wanted.offline),
            rows: table::parse(&text).map_err(|error| format!("{TABLE}: {error}"))?,
            wanted,
            target,
        })
    }

    /// Whether everything is as the table has it.
    fn run(&self) -> Result<bool, String> {
        let selected = self.wanted.select(&self.rows)?;
        let steps = self.steps()?;
        let mut document = Document::new(&self.rows, &self.old_document());
        let mut counts = Counts::default();
        for (index, row) in selected.iter().enumerate() {
            let start = Instant::now();
            let report = self.report(row, &steps);
            let line = match &report {
                Ok(report) => report.line(row),
                Err(Unavailable::Absent(error)) => format!("SKIPPED: {error}"),
                Err(Unavailable::Wrong(error)) => format!("FAILED: {error}"),
            };
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{:>3}/{} {:<18} {seconds:>6.1} s  {line}",
                index + 1,
                selected.len(),
                row.name
            );
            counts.add(row, &report);
            if let Ok(report) = &report {
                document.set(row, report);
            }
        }
        let current = self.keep(&document)?;
        Ok(counts.summary() && current)
    }

    fn report(&self, row: &Row, steps: &Steps) -> Result<Report, Unavailable> {
        let mut members = vec![row.path.as_str()];
        let mounts = row.task.iter().flat_map(|task| &task.mounts);
        members.extend(mounts.map(|mount| mount.path.as_str()));
        let folder = self.store.provide(&row.package, &members)?;
        steps.run(row, &folder)
    }

    /// The command and the other engines, built and fetched.
    fn steps(&self) -> Result<Steps, String> {
        println!("building transom ...");
        let mut build = cargo();
        build.current_dir(&self.root);
        // All packages, as the rest of the project builds them: a package alone has other features, and nothing to share.
        build.args(["build", "--release", "--workspace", "--locked", "--quiet"]);
        let status = build.status().map_err(|error| format!("cargo: {error}"))?;
        if !status.success() {
            return Err(format!("cargo build: {status}"));
        }
        let scripts = self.root.join("xtask/corpus");
        let engines = Engines::find(&self.store, &scripts, &self.target)?;
        Ok(Steps {
            transom: self.target.join("release/transom"),
            tasks: scripts.join("tasks"),
            work: self.target.join("corpus/work"),
            engines,
        })
    }

    fn old_document(&self) -> String {
        fs::read_to_string(self.root.join(DOCUMENT)).unwrap_or_default()
    }

    /// Writes the document, or compares it.
    fn keep(&self, document: &Document) -> Result<bool, String> {
        let text = document.text();
        if text == self.old_document() {
            return Ok(true);
        }
        if self.wanted.check {
            eprintln!("FAILED: {DOCUMENT} is not what this run gives; try: cargo xtask corpus");
            return Ok(false);
        }
        fs::write(self.root.join(DOCUMENT), text).map_err(|error| format!("{DOCUMENT}: {error}"))?;
        println!("wrote {DOCUMENT}");
        Ok(true)
    }
}

impl Counts {
    fn add(&mut self, row: &Row, report: &Result<Report, Unavailable>) {
        match report {
            Ok(report) if report.is_expected(row) => {
                self.passed += 1;
                self.tasks += usize::from(row.task.is_some());
            }
            Err(Unavailable::Absent(_)) => self.skipped.push(row.name.clone()),
            Ok(_) | Err(Unavailable::Wrong(_)) => self.failed.push(row.name.clone()),
        }
    }

    /// Prints the last lines; whether nothing failed.
    fn summary(&self) -> bool {
        println!(
            "corpus: {} modules as expected ({} with a WASI task), {} failed, {} skipped",
            self.passed,
            self.tasks,
            self.failed.len(),
            self.skipped.len()
        );
        if !self.skipped.is_empty() {
            eprintln!(
                "SKIPPED, because a package cannot be fetched: {}",
                self.skipped.join(", ")
            );
        }
        if !self.failed.is_empty() {
            eprintln!("FAILED: {}", self.failed.join(", "));
        }
        self.failed.is_empty()
    }
}
