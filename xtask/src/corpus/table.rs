//! The table of modules: a line for each, with its task and its known failures on lines below it.
//!
//! ```text
//! NAME LANGUAGE REGISTRY PACKAGE VERSION SHA256 PATH
//!   run ARGUMENT…         the arguments of a WASI program, which sees `xtask/corpus/tasks/NAME` as `/`
//!   stdin FILE            a file of that folder
//!   mount PATH GUEST      a folder of the archive that the program sees as GUEST
//!   exits CODE            the exit code, if it is not 0
//!   prints TEXT           what standard output or a new file must contain
//!   writes FILE           a file that must be there afterwards
//!   fails STEP REASON     a known failure
//! ```

#[cfg(test)]
mod tests;

use std::str::FromStr;

/// A module of the corpus.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// The source language of most of its code.
    pub language: String,
    pub package: Package,
    /// Where it lies in the archive.
    pub path: String,
    pub task: Option<Task>,
    pub failures: Vec<KnownFailure>,
}

/// A version of a package.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    pub registry: Registry,
    pub name: String,
    pub version: String,
    /// The hash of the archive.
    pub sha256: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registry {
    Npm,
    PyPi,
    Crates,
}

/// What a WASI program does.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Task {
    pub arguments: Vec<String>,
    /// The exit code, 0 for most programs.
    pub exit_code: i32,
    pub stdin: Option<String>,
    pub mounts: Vec<Mount>,
    pub prints: Option<String>,
    pub writes: Option<String>,
}

/// A folder of the archive that a program can read.
#[derive(Debug, PartialEq, Eq)]
pub struct Mount {
    pub path: String,
    pub guest: String,
}

/// A step that fails, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownFailure {
    pub step: Step,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Validate,
    Inspect,
    Roundtrip,
    Compile,
    Run,
}

impl Step {
    pub const ALL: [Step; 5] = [
        Step::Validate,
        Step::Inspect,
        Step::Roundtrip,
        Step::Compile,
        Step::Run,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Step::Validate => "validate",
            Step::Inspect => "inspect",
            Step::Roundtrip => "roundtrip",
            Step::Compile => "compile",
            Step::Run => "run",
        }
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(name: &str) -> Result<Step, String> {
        let step = Step::ALL.into_iter().find(|step| step.name() == name);
        step.ok_or_else(|| format!("unknown step `{name}`"))
    }
}

impl Registry {
    pub fn name(self) -> &'static str {
        match self {
            Registry::Npm => "npm",
            Registry::PyPi => "PyPI",
            Registry::Crates => "crates.io",
        }
    }
}

impl FromStr for Package {
    type Err = String;

    fn from_str(text: &str) -> Result<Package, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [registry, name, version, sha256] = words[..] else {
            return Err(format!("`{text}` is not REGISTRY PACKAGE VERSION SHA256"));
        };
        let registry = match registry {
            "npm" => Registry::Npm,
            "pypi" => Registry::PyPi,
            "crates" => Registry::Crates,
            other => {
                return Err(format!(
                    "unknown registry `{other}`; known registries are npm, pypi, crates"
                ));
            }
        };
        let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if sha256.len() != 64 || !sha256.chars().all(hexadecimal) {
            return Err(format!("`{sha256}` is not a SHA-256 hash"));
        }
        Ok(Package {
            registry,
            name: name.to_owned(),
            version: version.to_owned(),
            sha256: sha256.to_owned(),
        })
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(line: &str) -> Result<Row, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, language, package @ .., path] = &words[..] else {
            return Err(format!("`{line}` is not a row"));
        };
        Ok(Row {
            name: (*name).to_owned(),
            language: (*language).to_owned(),
            package: package.join(" ").parse()?,
            path: (*path).to_owned(),
            task: None,
            failures: Vec::new(),
        })
    }
}

impl Row {
    /// Adds a line that belongs to the row.
    fn detail(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        let value = value.trim();
        if key == "fails" {
            let (step, reason) = value.split_once(' ').ok_or("`fails` needs a step and a reason")?;
            self.failures.push(KnownFailure {
                step: step.parse()?,
                reason: reason.trim().to_owned(),
            });
            return Ok(());
        }
        if key == "run" {
            self.task.get_or_insert_default().arguments = words(value);
            return Ok(());
        }
        let task = self.task.as_mut().ok_or(format!("`{key}` before `run`"))?;
        match key {
            "exits" => {
                let code = value.parse();
                task.exit_code = code.map_err(|_| format!("`{value}` is not an exit code"))?;
            }
            "stdin" => task.stdin = Some(value.to_owned()),
            "prints" => task.prints = Some(value.to_owned()),
            "writes" => task.writes = Some(value.to_owned()),
            "mount" => {
                let (path, guest) = value.split_once(' ').ok_or("`mount` needs a path and a name")?;
                task.mounts.push(Mount {
                    path: path.to_owned(),
                    guest: guest.trim().to_owned(),
                });
            }
            other => return Err(format!("unknown key `{other}`")),
        }
        Ok(())
    }

    pub fn known_failure(&self, step: Step) -> Option<&KnownFailure> {
        self.failures.iter().find(|failure| failure.step == step)
    }
}

/// Arguments between spaces. A tilde stands for a space in an argument, which no program here needs itself.
fn words(text: &str) -> Vec<String> {
    let words = text.split_whitespace();
    words.map(|word| word.replace('~', " ")).collect()
}

/// Reads the table. Errors start with the number of their line.
pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::<Row>::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let located = |error: String| format!("line {number}: {error}");
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with(' ') {
            let row = rows.last_mut().ok_or("a detail before the first row".to_owned());
            row.and_then(|row| row.detail(line.trim())).map_err(located)?;
            continue;
        }
        let row: Row = line.parse().map_err(located)?;
        if rows.iter().any(|other| other.name == row.name) {
            return Err(located(format!("a second `{}`", row.name)));
        }
        rows.push(row);
    }
    let unchecked = |row: &&Row| {
        row.task
            .as_ref()
            .is_some_and(|task| task.prints.is_none() && task.writes.is_none())
    };
    match rows.iter().find(unchecked) {
        Some(row) => Err(format!("the task of `{}` needs `prints` or `writes`", row.name)),
        None => Ok(rows),
    }
}
