//! The interface of an engine, and the cases that it runs.

use crate::outcome::{Outcome, Phase, Step};
use crate::process::Bounds;
use serde::Serialize;
use std::path::{Path, PathBuf};
use transom::component::{Type, Val};
use transom_inspect::functions::Function;
use transom_inspect::wave;

/// The input of all engines: the same file.
#[derive(Debug, Clone)]
pub struct Case {
    /// The path of the file.
    pub file: PathBuf,
    /// The task.
    pub task: Task,
    /// Features to enable on engines that disable them by default and have a flag for them.
    pub features: Vec<String>,
}

/// The task for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Call these exports of a module, each on a new instance. They have no parameters, and return integers.
    Calls(Vec<String>),
    /// Run a module as a program of WASI, with these arguments.
    Program(Vec<String>),
    /// Run a script of the specification.
    Script,
    /// Instantiate a component.
    Instantiate,
    /// Call these functions of a component, each in a new instance.
    Functions(Vec<FunctionCall>),
}

/// A call of a function that a component exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionCall {
    /// The names of the instances that it is in, outermost first.
    pub instances: Vec<String>,
    /// Its name in the innermost of them.
    pub function: String,
    /// The call as WAVE has it: `a:b/c.f@1.0.0(1, "x")`.
    pub text: String,
    /// The type of its result, if it has one.
    #[serde(skip)]
    pub result: Option<Type>,
}

impl FunctionCall {
    /// A call with these arguments.
    pub fn new(function: &Function, arguments: &[Val]) -> Self {
        let arguments = arguments.iter().map(wave::text).collect::<Vec<_>>();
        FunctionCall {
            instances: function.instances.clone(),
            function: function.name.clone(),
            text: format!("{}({})", function.wave_name(), arguments.join(", ")),
            result: function.ty.results().next(),
        }
    }
}

impl Task {
    /// The number of steps.
    pub fn steps(&self) -> usize {
        match self {
            Task::Calls(calls) => calls.len(),
            Task::Functions(calls) => calls.len(),
            Task::Program(_) | Task::Script | Task::Instantiate => 1,
        }
    }

    /// The name of a step.
    pub fn step(&self, index: usize) -> &str {
        match self {
            Task::Calls(calls) => calls.get(index).map_or("", |call| call),
            Task::Program(_) => "the program",
            Task::Script => "the script",
            Task::Instantiate => "the instance",
            Task::Functions(calls) => calls.get(index).map_or("", |call| &call.text),
        }
    }

    /// Whether the file is a component.
    pub fn is_of_component(&self) -> bool {
        matches!(self, Task::Instantiate | Task::Functions(_))
    }
}

/// The identity of an engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The name in lists.
    pub name: String,
    /// The version that the engine prints.
    pub version: String,
    /// The command line.
    pub command: String,
}

/// An engine that runs WebAssembly.
pub trait Engine: Send + Sync {
    /// The identity.
    fn identity(&self) -> &Identity;

    /// What comes of each case: a step for each that its task has. Whatever the engine does, this ends, some time after
    /// the time of its bounds for each step.
    fn observe(&self, cases: &[Case], bounds: Bounds) -> Vec<Vec<Step>>;

    /// The command line that reproduces one step of a case.
    fn command_line(&self, case: &Case, step: usize) -> String;

    /// The flags that enable a feature, if there are any.
    fn flags(&self, _feature: &str) -> &[String] {
        &[]
    }
}

/// The same step for all that a task asks, when the first is all that will be known.
pub(crate) fn all(task: &Task, step: &Step) -> Vec<Step> {
    vec![step.clone(); task.steps()]
}

/// The step of a task that an engine cannot run.
pub(crate) fn impossible(why: impl Into<String>) -> Step {
    Step::new(Phase::Validate, Outcome::Impossible(why.into()))
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
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
