//! WASI programs under Transom, Node's `node:wasi` and Wasmtime's WASI.
//!
//! Each engine runs the program in a fresh copy of the task's folder. The exit code must be the task's, and standard output and the files
//! afterwards must be the same as under the other engines.

#[cfg(test)]
mod tests;

use super::package::{Store, Unavailable};
use super::table::{Package, Task};
use crate::folders::fresh;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Wasmtime with bindings for Python; its WASI is that of the `wasmtime` command.
const WASMTIME: &str =
    "pypi wasmtime 50.0.1 cc14c3a17654e0394e0225b11813532ef0cd7bd1e222a0c5494cdedaabeddac4";

/// The other engines, as far as they are there.
pub struct Engines(Vec<Engine>);

struct Engine {
    name: &'static str,
    /// What comes before the options that `transom run` has, too.
    words: Vec<PathBuf>,
    /// A variable of its environment.
    variable: Option<(&'static str, PathBuf)>,
}

/// A program and its task.
pub struct Program<'a> {
    pub name: &'a str,
    pub module: &'a Path,
    /// The unpacked package.
    pub package: &'a Path,
    pub task: &'a Task,
    /// The files of the task, which need not exist.
    pub files: &'a Path,
}

/// What a program has left.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    stdout: Vec<u8>,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Engines {
    /// Finds Node and fetches Wasmtime; prints which one is missing.
    pub fn find(store: &Store, scripts: &Path, target: &Path) -> Result<Engines, String> {
        let mut engines = Vec::new();
        let installed = target.join("engines/bin/node");
        let node = [installed, "node".into()].into_iter().find(|node| {
            let version = Command::new(node).arg("--version").stdout(Stdio::null()).status();
            version.is_ok_and(|status| status.success())
        });
        match node {
            Some(node) => engines.push(Engine {
                name: "Node",
                words: vec![node, "--no-warnings".into(), scripts.join("wasi.mjs")],
                variable: None,
            }),
            None => eprintln!("SKIPPED: programs under Node: cannot find `node`; install Node"),
        }
        let package: Package = WASMTIME.parse()?;
        match store.provide(&package, &["wasmtime"]) {
            Ok(folder) => engines.push(Engine {
                name: "Wasmtime",
                words: vec!["python3".into(), scripts.join("wasi.py")],
                variable: Some(("PYTHONPATH", folder)),
            }),
            Err(Unavailable::Absent(error)) => eprintln!("SKIPPED: programs under Wasmtime: {error}"),
            Err(Unavailable::Wrong(error)) => return Err(error),
        }
        Ok(Engines(engines))
    }

    /// Runs a program everywhere and compares.
    pub fn run(&self, program: &Program, transom: &Path, work: &Path) -> Result<String, String> {
        let ours = Engine {
            name: "Transom",
            words: vec![transom.to_owned(), "run".into()],
            variable: None,
        };
        let expected = ours.run(program, work)?;
        expected
            .check(program.task)
            .map_err(|error| format!("Transom: {error}"))?;
        for engine in &self.0 {
            let outcome = engine.run(program, work)?;
            if let Some(difference) = expected.difference(&outcome) {
                return Err(format!("Transom and {} differ: {difference}", engine.name));
            }
        }
        let names: Vec<&str> = self.0.iter().map(|engine| engine.name).collect();
        Ok(match names.is_empty() {
            true => "not compared".to_owned(),
            false => format!("same as {}", names.join(", ")),
        })
    }
}

impl Engine {
    fn run(&self, program: &Program, work: &Path) -> Result<Outcome, String> {
        let folder = work.join(self.name);
        let failed = |error: io::Error| format!("{}: {}: {error}", self.name, folder.display());
        fresh(&folder).map_err(failed)?;
        let given = files(program.files).unwrap_or_default();
        for (path, bytes) in &given {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder)).map_err(failed)?;
            fs::write(path, bytes).map_err(failed)?;
        }
        let output = self.command(program, &folder).map_err(failed)?.output();
        let output = output.map_err(failed)?;
        let mut left = files(&folder).map_err(failed)?;
        left.retain(|path, bytes| given.get(path) != Some(bytes));
        if output.status.code() != Some(program.task.exit_code) {
            let messages = String::from_utf8_lossy(&output.stderr).into_owned();
            let last = messages.lines().rfind(|line| !line.trim().is_empty());
            return Err(format!(
                "{}: {}: {}",
                self.name,
                output.status,
                last.unwrap_or("no message")
            ));
        }
        Ok(Outcome {
            stdout: output.stdout,
            files: left,
        })
    }

    fn command(&self, program: &Program, folder: &Path) -> io::Result<Command> {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().expect("an engine has a program"));
        command.args(words);
        command.arg("--dir").arg(mapping(folder, "/"));
        for mount in &program.task.mounts {
            let host = program.package.join(&mount.path);
            command.arg("--dir").arg(mapping(&host, &mount.guest));
        }
        command.args(["--argv0", program.name]).arg(program.module);
        command.args(&program.task.arguments);
        if let Some((name, value)) = &self.variable {
            command.env(name, value);
        }
        command.stdin(match &program.task.stdin {
            Some(file) => File::open(program.files.join(file))?.into(),
            None => Stdio::null(),
        });
        Ok(command)
    }
}

impl Outcome {
    /// Whether the program has done its task.
    fn check(&self, task: &Task) -> Result<(), String> {
        let contains =
            |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        if let Some(text) = &task.prints
            && !contains(&self.stdout, text)
            && !self.files.values().any(|file| contains(file, text))
        {
            return Err(format!("no `{text}` in the output and the files"));
        }
        match &task.writes {
            Some(file) if !self.files.contains_key(Path::new(file)) => {
                Err(format!("`{file}` has not been written"))
            }
            _ => Ok(()),
        }
    }

    /// The first thing that is not the same.
    fn difference(&self, other: &Outcome) -> Option<String> {
        if self.stdout != other.stdout {
            let lines =
                [&self.stdout, &other.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let [ours, theirs] = lines.each_ref().map(|text| text.lines().collect::<Vec<_>>());
            let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
            return Some(format!(
                "line {} of the output: `{}` and `{}`",
                at + 1,
                ours.get(at).unwrap_or(&""),
                theirs.get(at).unwrap_or(&"")
            ));
        }
        let mut paths = self.files.keys().chain(other.files.keys());
        let path = paths.find(|path| self.files.get(*path) != other.files.get(*path))?;
        Some(format!("file `{}`", path.display()))
    }
}

/// A folder under a name, as `--dir` has it.
fn mapping(host: &Path, guest: &str) -> String {
    format!("{}::{guest}", host.display())
}

/// The files of a folder and of the folders in it.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(folder.join(&inner))? {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(entry.path())?;
                files.insert(path, bytes);
            }
        }
    }
    Ok(files)
}
