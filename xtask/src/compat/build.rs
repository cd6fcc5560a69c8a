//! Builds of the workspace, of its library, and of a C program.

use super::results;
use crate::cargo::cargo;
use crate::folders::fresh;
use crate::package::built::Problem;
use crate::package::steps::run as step;
use crate::package::tools::required;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders and programs of a run.
pub struct Compat {
    pub root: PathBuf,
    pub target: PathBuf,
    /// The `PATH` on which `cmake` is, which installs the headers.
    pub path: std::ffi::OsString,
}

impl Compat {
    fn command(&self) -> Command {
        let mut command = cargo();
        command
            .current_dir(self.root.join("compat"))
            .env("PATH", &self.path);
        command
    }

    pub fn cargo(&self, arguments: &[&str]) -> Result<(), Problem> {
        shown(self.command().args(arguments))
    }

    /// The same, into the target folder of the whole repository: what both workspaces have in common is compiled once.
    pub fn cargo_in_target(&self, arguments: &[&str]) -> Result<(), Problem> {
        shown(
            self.command()
                .args(&arguments[..1])
                .arg("--target-dir")
                .arg(&self.target)
                .args(&arguments[1..]),
        )
    }

    /// Builds `libwasmtime.so`, and returns the folder of its headers.
    pub fn library(&self) -> Result<PathBuf, Problem> {
        let mut build = self.command();
        build.args(["build", "--locked", "--workspace", "--message-format=json"]);
        let output = build.arg("--target-dir").arg(&self.target).output();
        let output = output.map_err(|error| Problem::Failed(format!("cannot run cargo: {error}")))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(Problem::Failed(format!("the C API does not compile: {errors}")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let folder = text.lines().find_map(results::headers);
        folder.ok_or_else(|| Problem::Failed("cargo has not said where the headers are".to_owned()))
    }

    /// The library.
    pub fn built(&self) -> PathBuf {
        self.target.join("debug/libwasmtime.so")
    }

    /// Compiles a C program, and compares what it prints.
    pub fn c_program(&self, headers: &Path) -> Result<(), Problem> {
        let compiler = required("cc", "install a C compiler (Debian: `gcc`)")?;
        let folder = self.target.join("compat");
        fresh(&folder).map_err(|error| Problem::Failed(error.to_string()))?;
        let source = self.root.join("compat/c-api/examples/hello.c");
        let program = folder.join("hello");
        step(
            Command::new(compiler)
                .args(["-std=c11", "-Wall", "-Werror", "-o"])
                .arg(&program)
                .arg(&source)
                .arg("-I")
                .arg(headers)
                .arg(self.built()),
        )
        .map_err(Problem::Failed)?;
        let output = Command::new(&program).output();
        let output = output.map_err(|error| Problem::Failed(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        match text == "Calling back: hello\n42\n" && output.status.success() {
            true => Ok(()),
            false => Err(Problem::Failed(format!(
                "the C program: {}, {text:?}",
                output.status
            ))),
        }
    }
}

/// Runs a command whose output people see.
fn shown(command: &mut Command) -> Result<(), Problem> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Problem::Failed(format!("{command:?}: {status}"))),
        Err(error) => Err(Problem::Failed(format!("{command:?}: {error}"))),
    }
}
