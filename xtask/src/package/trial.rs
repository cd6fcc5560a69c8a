//! What an installed command must do.

use super::built::Built;
use super::steps::expect;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A program for WASI, among the test programs of the repository.
const PROGRAM: &str = "hello.wasm";
const ARGUMENTS: [&str; 2] = ["one", "two"];
const PRINTED: &str = "hello from hello.wasm\nargument 1: one\nargument 2: two\nNAME is not set";

/// Checks that an installed command is the one that was built, and that it works.
pub fn check(built: &Built, program: &Path, folder: &Path) -> Result<(), String> {
    let read =
        |path: &Path| fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    if read(program)? != read(&built.program)? {
        return Err(format!(
            "{} differs from {}",
            program.display(),
            built.program.display()
        ));
    }
    let version = format!("transom {}", built.facts.version);
    expect(&version, Command::new(program).arg("--version"))?;
    let module = built.root.join("tests/programs").join(PROGRAM);
    fs::copy(&module, folder.join(PROGRAM))
        .map_err(|error| format!("cannot copy {}: {error}", module.display()))?;
    expect(
        PRINTED,
        Command::new(program)
            .args(["run", PROGRAM])
            .args(ARGUMENTS)
            .current_dir(folder),
    )
}
