//! What the command line asks for, and what packages say.

use super::built::{Facts, PACKAGE};
use super::steps::expect;
use super::*;
use std::process::Command;

fn names(arguments: &str) -> Result<Vec<&'static str>, String> {
    let kinds = parse(arguments.split_whitespace().map(str::to_owned))?;
    Ok(kinds.iter().map(|kind| kind.name).collect())
}

#[test]
fn packages_are_chosen() {
    assert_eq!(names("").expect("well-formed"), ["wheel", "deb", "npm"]);
    assert_eq!(names("--only npm,wheel").expect("well-formed"), ["wheel", "npm"]);
    for wrong in ["--only", "--only rpm", "--fast", "npm"] {
        assert!(names(wrong).is_err(), "{wrong}");
    }
    let unknown = names("--only rpm").expect_err("unknown");
    assert!(unknown.contains("wheel, deb, npm"), "{unknown}");
}

#[test]
fn facts_come_from_the_manifest_of_the_command() {
    let metadata = serde_json::json!({"packages": [
        {"name": "transom", "version": "1.0.0", "description": "no", "license": "no"},
        {"name": PACKAGE, "version": "2.0.0", "description": "the command", "license": "Apache-2.0"},
    ]});
    let facts = Facts::of(&metadata).expect("the package is there");
    assert_eq!(facts.version, "2.0.0");
    let manifest = npm::manifest(&facts);
    assert_eq!(manifest["version"], "2.0.0");
    assert_eq!(manifest["bin"]["transom"], manifest["files"][0]);
    assert_eq!(Facts::of(&serde_json::json!({"packages": []})), None);
}

#[test]
fn a_missing_program_is_no_failure() {
    match tools::required("no-such-program", "write it") {
        Err(Problem::Absent(what)) => assert!(what.ends_with("try: write it"), "{what}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn output_is_checked() {
    assert!(expect("one two", Command::new("echo").args(["one", "two"])).is_ok());
    let error = expect("three", Command::new("echo").arg("one")).expect_err("another word");
    assert!(
        error.starts_with("`echo one` printed `one` instead of `three`"),
        "{error}"
    );
    assert!(expect("", &mut Command::new("false")).is_err());
}
