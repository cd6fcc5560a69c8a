//! What engines said, and what engines that are here say, means what each case says that it does.
//!
//! `cases/*.wat` have in their first lines how far an engine gets and what it may come to. `recorded/*.json` are the
//! answers of real engines; with `TRANSOM_RECORD=1` the answers of the engines that are here are recorded anew. Engines
//! are looked for in the folder of `cargo xtask engines`, then on the PATH.

mod recordings;

use recordings::{Recording, bounds, files, folder, installed};
use std::path::{Path, PathBuf};
use transom_compare::{
    Case, CommandEngine, Engine, InProcess, Outcome, Phase, Step, Table, Task, needed, table,
};
use transom_inspect::Source;

/// A case: its name, binary, and what may come of it.
struct Expected {
    name: String,
    binary: Vec<u8>,
    phase: Phase,
    means: Vec<Outcome>,
}

fn cases() -> Vec<Expected> {
    let case = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("text");
        let header = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_else(|| panic!("{} has no line `{key}`", path.display()))
                .to_owned()
        };
        Expected {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            phase: serde_json::from_value(header(";; phase: ").into()).expect("a phase"),
            means: serde_json::from_str(&header(";; means: ")).expect("outcomes"),
            binary: Source::new("case", text.clone().into_bytes())
                .binary()
                .expect("text")
                .into_owned(),
        }
    };
    files(&folder("cases")).into_iter().map(case).collect()
}

/// What is wrong with what an engine came to: it may lack a feature that a module needs, but never be misunderstood.
fn wrong(case: &Expected, step: &Step) -> Option<String> {
    let needs = needed(&case.binary).unwrap_or_default();
    let beyond = needs
        .iter()
        .any(|feature| !["bulk-memory", "multi-value", "reference-types"].contains(&&**feature));
    let meant = case.means.iter().any(|outcome| outcome.agrees(&step.outcome)) && step.phase == case.phase;
    let refused = matches!(step.outcome, Outcome::Refused | Outcome::Unsupported(_)) && beyond;
    (!meant && !refused).then(|| format!("{}: {step:?}, not {:?} {:?}", case.name, case.phase, case.means))
}

fn check<'c>(engine: &str, steps: impl Iterator<Item = (&'c Expected, Step)>) {
    let wrong = steps
        .filter_map(|(case, step)| wrong(case, &step))
        .collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{engine}:\n{}", wrong.join("\n"));
}

fn case(expected: &Expected, folder: &Path) -> Case {
    let file = folder.join(format!("{}.wasm", expected.name));
    std::fs::write(&file, &expected.binary).expect("a temporary file");
    Case {
        file,
        task: Task::Calls(vec!["drive0".to_owned()]),
        features: Vec::new(),
    }
}

#[test]
fn recorded_answers_mean_what_they_meant() {
    let cases = cases();
    let mut count = 0;
    for file in files(&folder("recorded")) {
        let recording = Recording::read(&file);
        let table = table(&recording.engine).expect("a known engine");
        let steps = cases
            .iter()
            .map(|case| (case, recording.answer(&case.name).read(table)));
        check(&file.display().to_string(), steps);
        count += 1;
    }
    assert!(count >= 6, "only {count} recordings");
}

#[test]
fn engines_that_are_here_say_what_is_meant() {
    let cases = cases();
    let engines = installed(|_| true);
    if engines.is_empty() {
        eprintln!("SKIPPED: no other engine is here; `cargo xtask engines` installs some");
    }
    std::thread::scope(|scope| {
        for (table, engine) in &engines {
            scope.spawn(|| ask(table, engine, &cases));
        }
    });
}

/// Asks an engine about every case.
fn ask(table: &Table, engine: &CommandEngine, cases: &[Expected]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let asked = cases.iter().map(|expected| {
        let answers = engine.answers(&case(expected, folder.path()), bounds(&expected.name));
        (expected.name.clone(), answers)
    });
    let recording = Recording {
        engine: table.name.clone(),
        version: engine.identity().version.clone(),
        answers: asked.collect(),
    };
    if std::env::var_os("TRANSOM_RECORD").is_some() {
        recording.write("recorded");
    }
    let steps = cases
        .iter()
        .map(|case| (case, recording.answer(&case.name).read(table)));
    check(&table.name, steps);
}

#[test]
fn every_configuration_of_transom_does_what_is_meant() {
    let (cases, folder) = (cases(), tempfile::tempdir().expect("a temporary folder"));
    for (name, configure) in transom_compare::CONFIGURATIONS {
        let engine = InProcess::new(name, configure).expect("an engine");
        let steps = cases.iter().map(|expected| {
            let case = case(expected, folder.path());
            let mut steps = engine.observe(&[case], bounds(&expected.name));
            (expected, steps.remove(0).remove(0))
        });
        check(name, steps);
    }
}
