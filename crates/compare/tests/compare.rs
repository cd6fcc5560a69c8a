//! What engines said, and what engines that are here say, means what each case says that it does.
//!
//! `cases/*.wat` have in their first lines how far an engine gets and what it may come to. `recorded/*.json` are the
//! answers of real engines; with `TRANSOM_RECORD=1` the answers of the engines that are here are recorded anew. Engines
//! are looked for in the folder of `cargo xtask engines`, then on the PATH.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use transom_compare::process::Bounds;
use transom_compare::{
    Answer, Case, CommandEngine, Engine, InProcess, Outcome, Phase, Step, Table, Task, needed, table, tables,
};
use transom_inspect::Source;

/// What an engine of some version said to every case.
#[derive(Serialize, Deserialize)]
struct Recording {
    engine: String,
    version: String,
    answers: BTreeMap<String, Vec<Answer>>,
}

/// A case: its name, binary, and what may come of it.
struct Expected {
    name: String,
    binary: Vec<u8>,
    phase: Phase,
    means: Vec<Outcome>,
}

/// How long a case may take: one never ends, and no engine needs as much as this for the others.
fn bounds(case: &str) -> Bounds {
    Bounds {
        time: Duration::from_millis(if case == "time" { 700 } else { 20_000 }),
        output: 4096,
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect::<Vec<_>>();
    files.sort();
    files
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

/// The engines of `cargo xtask engines`, and of the PATH.
fn installed() -> Vec<(&'static Table, CommandEngine)> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let mut folders = vec![target.join("engines/bin")];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let known = tables().iter().filter(|table| table.name != "transom");
    let here = known.filter_map(|table| {
        let programs = folders
            .iter()
            .flat_map(|folder| table.programs.iter().map(|program| folder.join(program)));
        let program = programs.into_iter().find(|program| program.is_file())?;
        let words = vec![program.to_string_lossy().into_owned()];
        Some((
            table,
            CommandEngine::new(&table.name, table, words, Bounds::default()).ok()?,
        ))
    });
    here.collect()
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
        let text = std::fs::read_to_string(&file).expect("text");
        let recording: Recording = serde_json::from_str(&text).expect("a recording");
        let table = table(&recording.engine).expect("a known engine");
        let steps = cases.iter().map(|case| {
            let answers = recording.answers.get(&case.name);
            let answers =
                answers.unwrap_or_else(|| panic!("{}: {} is not recorded", file.display(), case.name));
            (case, answers[0].read(table))
        });
        check(&file.display().to_string(), steps);
        count += 1;
    }
    assert!(count >= 6, "only {count} recordings");
}

#[test]
fn engines_that_are_here_say_what_is_meant() {
    let cases = cases();
    let engines = installed();
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
        record(&recording);
    }
    let steps = cases
        .iter()
        .map(|case| (case, recording.answers[&case.name][0].read(table)));
    check(&table.name, steps);
}

/// Keeps what an engine said.
fn record(recording: &Recording) {
    let number = recording
        .version
        .split(|c: char| c.is_whitespace() || c == 'v')
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    let name = format!("{}-{}.json", recording.engine, number.expect("a version"));
    let text = serde_json::to_string_pretty(recording).expect("plain");
    std::fs::write(folder("recorded").join(name), text + "\n").expect("the recording can be written");
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
