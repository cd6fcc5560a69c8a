//! What other people have written for Wasmtime, on Transom: `cargo xtask compat`.
//!
//! The workspace `compat` compiles crates that depend on the `wasmtime` crate, and its C API, against Transom. Here they are tested, a C
//! program is linked with the library and run, and Python's package `wasmtime` gets the library in place of its own: each of its tests that
//! passes with its own library must pass with ours, except for those that `compat/python-failures.txt` lists.

mod build;
mod python;
mod results;

use crate::folders::target_folder;
use crate::package::built::Problem;
use crate::package::steps::run as step;
use crate::package::tools::{environment, find};
use build::Compat;
use std::path::Path;
use std::process::{Command, ExitCode};

const CMAKE: &str = "3.31.6";

/// Runs all parts; fails if one of them does. What a machine cannot run is skipped, and said so.
pub fn run(root: &Path, mut arguments: impl Iterator<Item = String>) -> ExitCode {
    if let Some(argument) = arguments.next() {
        eprintln!("compat: unknown option `{argument}`");
        return ExitCode::from(2);
    }
    match all(root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Problem::Absent(what)) => {
            println!("WARNING: SKIPPED: {what}");
            ExitCode::SUCCESS
        }
        Err(Problem::Failed(what)) => {
            eprintln!("compat: {what}");
            ExitCode::FAILURE
        }
    }
}

fn all(root: &Path) -> Result<(), Problem> {
    let target = target_folder(root);
    let compat = Compat {
        root: root.to_owned(),
        path: path_with_cmake(&target)?,
        target,
    };
    println!("== crates that depend on `wasmtime`");
    compat.cargo(&["fmt", "--all", "--check"])?;
    compat.cargo_in_target(&["test", "--workspace", "--locked"])?;
    println!("== a C program");
    let headers = compat.library()?;
    compat.c_program(&headers)?;
    println!("== Python's package `wasmtime`");
    python::run(&compat)
}

/// The `PATH`, with `cmake` on it: installed from Python's registry into the target folder if the machine has none.
fn path_with_cmake(target: &Path) -> Result<std::ffi::OsString, Problem> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if find("cmake").is_some() {
        return Ok(path);
    }
    let folder = target.join("compat-tools").join(format!("cmake-{CMAKE}"));
    let programs = folder.join("bin");
    if !programs.join("cmake").is_file() {
        environment(&folder)?;
        let mut pip = Command::new(programs.join("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        let installed = step(pip.arg(format!("cmake=={CMAKE}")));
        installed.map_err(|error| Problem::Absent(format!("{error}; try: pip install cmake")))?;
    }
    let folders = std::iter::once(programs).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).map_err(|error| Problem::Failed(error.to_string()))
}
