//! What an engine is to the comparison, and the cases that it is given.

use crate::outcome::{Outcome, Phase, Step};
use crate::process::Bounds;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What all engines are given: the same file.
#[derive(Debug, Clone)]
pub struct Case {
    /// Where it lies.
    pub file: PathBuf,
    /// What to do with it.
    pub task: Task,
    /// Features of the language that are switched on where they are off by default, and the engine has flags for them.
    pub features: Vec<String>,
}

/// What to do with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Call these exports of a module, each on an instance of its own. They take nothing, and return integers.
    Calls(Vec<String>),
    /// Run a module as a program of WASI, with these arguments.
    Program(Vec<String>),
    /// Run a script of the specification.
    Script,
}

impl Task {
    /// How many steps come of it.
    pub fn steps(&self) -> usize {
        match self {
            Task::Calls(calls) => calls.len(),
            Task::Program(_) | Task::Script => 1,
        }
    }

    /// What one of its steps is called.
    pub fn step(&self, index: usize) -> &str {
        match self {
            Task::Calls(calls) => calls.get(index).map_or("", |call| call),
            Task::Program(_) => "the program",
            Task::Script => "the script",
        }
    }
}

/// Who an engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The name in lists.
    pub name: String,
    /// What it says of its version.
    pub version: String,
    /// How it is started.
    pub command: String,
}

/// Something that runs WebAssembly.
pub trait Engine: Send + Sync {
    /// Who it is.
    fn identity(&self) -> &Identity;

    /// What comes of each case: a step for each that its task has. Whatever the engine does, this ends, some time after
    /// the time of its bounds for each step.
    fn observe(&self, cases: &[Case], bounds: Bounds) -> Vec<Vec<Step>>;

    /// What somebody would type to see it do one step of a case again.
    fn command_line(&self, case: &Case, step: usize) -> String;

    /// The flags that switch a feature on, if there are any.
    fn flags(&self, _feature: &str) -> &[String] {
        &[]
    }
}

/// The same step for all that a task asks, when the first is all that will be known.
pub(crate) fn all(task: &Task, step: &Step) -> Vec<Step> {
    vec![step.clone(); task.steps()]
}

/// The step of something that an engine can't be asked.
pub(crate) fn impossible(why: impl Into<String>) -> Step {
    Step::new(Phase::Validate, Outcome::Impossible(why.into()))
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The last part of a path, as it is written in command lines that others are to repeat.
pub(crate) fn short(file: &Path) -> String {
    file.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
