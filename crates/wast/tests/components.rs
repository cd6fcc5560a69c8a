//! The component model's reference suite, as the crate `wasm-tools` has it: its scripts that are not about the asynchronous ABI.
//!
//! `components-failures.txt` lists `file:line  # reason`. A failure that is not listed fails the test, and so does a listed one that passes.
//! `BLESS=1` rewrites the list; reasons stay.
#![allow(clippy::unwrap_used)]

#[path = "../../../tests/published.rs"]
mod published;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use transom::{Config, Engine, Tiers, WasmFeatures};
use transom_wast::{Outcome, Runner};

/// Files that need features behind gates: nothing is done with these features but to define their functions, which trap.
const GATED: &[&str] = &[
    "binary/binary.wast",
    "validation/indicies.wast",
    "values/post-return.wast",
    "values/variants.wast",
];

/// The failures that are known.
const FAILURES: &str = include_str!("components-failures.txt");

/// The files of all folders but that of the asynchronous ABI.
fn files() -> Vec<PathBuf> {
    let suite = published::component_model().join("test");
    let mut files = published::files(&suite, ".wast");
    files.retain(|file| !file.starts_with(suite.join("async")));
    files
}

fn name(file: &Path) -> String {
    let folder = file.parent().and_then(Path::file_name).unwrap();
    format!("{}/{}", folder.display(), file.file_name().unwrap().display())
}

/// Runs all files: what failed, and how many assertions there are.
fn run(configure: &dyn Fn(&mut Config)) -> (BTreeMap<String, Outcome>, usize) {
    let (mut failures, mut assertions) = (BTreeMap::new(), 0);
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut config = transom_wast::config();
        configure(&mut config);
        let engine = Engine::new(&config).unwrap();
        let mut runner = Runner::new(&engine).unwrap();
        if GATED.contains(&&*name(&file)) {
            let gates = WasmFeatures::CM_MORE_ASYNC_BUILTINS | WasmFeatures::CM_THREADING;
            let gates = gates | WasmFeatures::CM_FORWARD | WasmFeatures::CM_ASYNC_STACKFUL;
            runner = runner.component_gates(gates);
        }
        let outcomes = runner.run(&text).unwrap();
        for outcome in outcomes {
            assertions += usize::from(outcome.kind.starts_with("assert"));
            if !outcome.verdict.is_pass() {
                failures.insert(format!("{}:{}", name(&file), outcome.line), outcome);
            }
        }
    }
    (failures, assertions)
}

/// Compares failures with those that are known.
fn check(failures: &BTreeMap<String, Outcome>) {
    let known: BTreeMap<&str, &str> = FAILURES
        .lines()
        .filter_map(|line| line.split_once("  # "))
        .collect();
    if std::env::var_os("BLESS").is_some() {
        let mut list = String::new();
        for (place, outcome) in failures {
            let category = outcome.verdict.category().unwrap_or("unsupported");
            writeln!(list, "{place}  # {}", known.get(&**place).unwrap_or(&category)).unwrap();
        }
        std::fs::write(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/components-failures.txt"),
            list,
        )
        .unwrap();
        return;
    }
    let unknown: Vec<_> = failures
        .iter()
        .filter(|(place, _)| !known.contains_key(&***place))
        .collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let passed: Vec<_> = known
        .keys()
        .filter(|place| !failures.contains_key(**place))
        .collect();
    assert!(
        passed.is_empty(),
        "these pass, and are listed as failures: {passed:#?}"
    );
}

#[test]
fn the_reference_suite() {
    let (failures, assertions) = run(&|_| {});
    check(&failures);
    assert_eq!((files().len(), assertions), (29, 819));
}

/// Each function by either compiler, by the second after the first, and by a mixture; with code for calls between components from the first on, with collections at every allocation, and with garbage
/// in the bits that are undefined where functions meet.
#[test]
fn the_reference_suite_in_tiers() {
    let tiers = [
        Tiers::Optimized,
        Tiers::Baseline,
        Tiers::Mixed(1),
        Tiers::Replaced(0),
        Tiers::Expecting(1),
    ];
    for (index, tiers) in tiers.into_iter().enumerate() {
        let (failures, _) = run(&|config| {
            config
                .component_code_after(0)
                .tiers(tiers)
                .gc_zeal(true)
                .dirty_upper_halves(index % 2 == 0);
        });
        check(&failures);
    }
}
