//! Comparing what programs leave.

use super::*;

fn outcome(stdout: &str, files: &[(&str, &str)]) -> Outcome {
    let files = files
        .iter()
        .map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    Outcome {
        stdout: stdout.into(),
        files: files.collect(),
    }
}

#[test]
fn differences() {
    let ours = outcome("one\ntwo\n", &[("a", "x")]);
    assert_eq!(ours.difference(&outcome("one\ntwo\n", &[("a", "x")])), None);
    let line = ours.difference(&outcome("one\nzwei\n", &[("a", "x")]));
    assert_eq!(line.as_deref(), Some("line 2 of the output: `two` and `zwei`"));
    let file = Some("file `a`".to_owned());
    assert_eq!(ours.difference(&outcome("one\ntwo\n", &[("a", "y")])), file);
    assert_eq!(ours.difference(&outcome("one\ntwo\n", &[])), file);
    assert_eq!(outcome("one\ntwo\n", &[]).difference(&ours), file);
}

#[test]
fn a_task_that_is_not_done() {
    let task = |prints: Option<&str>, writes: Option<&str>| Task {
        prints: prints.map(str::to_owned),
        writes: writes.map(str::to_owned),
        ..Task::default()
    };
    let outcome = outcome("one\n", &[("a", "two")]);
    assert_eq!(outcome.check(&task(Some("one"), Some("a"))), Ok(()));
    assert_eq!(outcome.check(&task(Some("two"), None)), Ok(()));
    assert!(outcome.check(&task(Some("three"), None)).is_err());
    assert!(outcome.check(&task(None, Some("b"))).is_err());
}

#[test]
fn wasmtime_has_a_version() {
    let package: Package = WASMTIME.parse().expect("well-formed");
    assert_eq!(package.name, "wasmtime");
}

#[test]
fn files_of_folders() {
    let folder = std::env::temp_dir().join(format!("transom-corpus-files-{}", std::process::id()));
    fs::create_dir_all(folder.join("inner")).expect("a folder");
    for name in ["a", "inner/b"] {
        fs::write(folder.join(name), name).expect("it can be written");
    }
    let found = files(&folder).expect("it can be read");
    let names: Vec<_> = found.keys().filter_map(|path| path.to_str()).collect();
    assert_eq!(names, ["a", "inner/b"]);
    fs::remove_dir_all(folder).expect("it is there");
}
