//! What the command line asks for, and what libFuzzer says.

use super::progress::Progress;
use super::target::TARGETS;
use super::*;

fn parse(line: &str) -> Result<Wanted, String> {
    Wanted::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn targets_are_chosen_by_name() {
    let wanted = parse("--only decode,wasi --seconds 5 --sanitizer address").unwrap();
    let names: Vec<_> = wanted.targets().map(|target| target.name).collect();
    assert_eq!(names, ["decode", "wasi"]);
    assert_eq!((wanted.seconds, wanted.sanitizer), (5, Some("address")));
    assert!(parse("--only nothing").unwrap_err().contains("decode"));
    assert!(parse("--seconds").unwrap_err().contains("needs a value"));
}

#[test]
fn each_target_is_a_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("fuzz/targets");
    let mut programs: Vec<_> = files(&root).unwrap();
    programs.sort();
    let mut named: Vec<_> = TARGETS
        .iter()
        .map(|target| root.join(format!("{}.rs", target.name)))
        .collect();
    named.sort();
    assert_eq!(programs, named);
}

#[test]
fn lines_of_libfuzzer() {
    let mut progress = Progress::default();
    progress.read("#4096\tpulse  cov: 210 ft: 340 corp: 52/1024b lim: 43 exec/s: 2048 rss: 61Mb");
    let expected = Progress {
        runs: 4096,
        rate: 2048,
        coverage: 210,
        corpus: 52,
    };
    assert_eq!(progress, expected);
    progress.read("stat::number_of_executed_units: 5000");
    assert_eq!(progress.runs, 5000);
    progress.read("#0 0x55d5 in something");
    assert_eq!(progress.coverage, 210);
}

#[test]
fn checks_are_instrumented() {
    let is = |line: &str| {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        instrument::is_instrumented(&arguments)
    };
    assert!(is("--crate-name transom_fuzz --crate-type lib"));
    assert!(is("--crate-name decode --crate-type bin"));
    assert!(!is("--crate-name cranelift_codegen --crate-type lib"));
    assert!(!is("--crate-name build_script_build --crate-type bin"));
    assert!(!is("-vV"));
}
